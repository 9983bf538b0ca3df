import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { inTable, type TablePlace } from './in-table.ts';
import { bytesOf, decodeRaw, type MediaInput } from './read-raw.ts';

/** Where an image or a sound of an example comes from. */
export type MediaFile = TablePlace & { readonly checksum: number };

/** Memory for what encoders make of images or sounds. */
export type Room = {
  /** Whether so many bytes fit in; they are taken then. */
  take(bytes: number): boolean;
};

/**
 * The images or sounds of a run by the id of their example: in memory, the first ones that fit in `keepMegabytes`, the others in their files
 * and read again whenever they are asked for. None is ever put in the place of another, so that it does not matter in which order batches ask.
 */
export type Media = {
  /** What is from no file that could be read again is kept beyond the limit. */
  add(id: string, raw: unknown, from: MediaFile | undefined): void;
  /** @throws PolytaskError data E2169 a file that is gone or has changed since it was added. */
  read(id: string): unknown;
  /** Takes it from memory: what was made of it is kept instead. */
  drop(id: string): void;
  /** What is left of the memory, for one training or evaluation. */
  room(): Room;
};

export function mediaOf(input: MediaInput): Media {
  const limit = input.keepMegabytes * 1e6;
  const files = new Map<string, MediaFile>();
  const kept = new Map<string, unknown>();
  let used = 0;
  const readAgain = async (id: string): Promise<unknown> => {
    const { checksum, ...place } = files.get(id)!;
    const changed = (message: string, cause?: unknown) => {
      const fix = 'Leave the files of a run as they are until it ends, or start it anew.';
      const problem = inTable({ code: 'E2169', path: input.column, message, fix }, place);
      return new PolytaskError('data', problem, { cause });
    };
    const bytes = await bytesOf(place.value, dirname(place.table)).catch((error: PolytaskError) => {
      throw changed(`${error.problems[0]!.message} It could be read when the run began.`, error);
    });
    if (checksumOf(bytes) !== checksum) throw changed('The file has changed since the run began.');
    return decodeRaw(input, bytes, place.value);
  };
  return {
    add(id, raw, from) {
      if (from) files.set(id, from);
      const size = sizeOf(raw);
      if (from && used + size > limit) return;
      used += size;
      kept.set(id, raw);
    },
    read: (id) => kept.get(id) ?? readAgain(id),
    drop(id) {
      if (!files.has(id)) return;
      if (kept.has(id)) used -= sizeOf(kept.get(id));
      kept.delete(id);
    },
    room() {
      let own = 0;
      return {
        take(bytes) {
          if (used + own + bytes > limit) return false;
          own += bytes;
          return true;
        },
      };
    },
  };
}

/** A number that other bytes hardly have: the first 48 bits of SHA-1. */
export const checksumOf = (bytes: Uint8Array): number => createHash('sha1').update(bytes).digest().readUIntBE(0, 6);

/** About how many bytes of memory a value of numbers and texts takes. */
export function sizeOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 0);
}
