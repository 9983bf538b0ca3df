import { dirname } from 'node:path';
import { PolytaskError, type Problem } from '@polytask/base';
import { type Example, type Image, imageProblem, mono, type Sound, soundProblem } from '@polytask/data';
import type { RunConfig } from '../config/schema.ts';
import type { Tensors } from './idx-part.ts';
import { inTable } from './in-table.ts';
import { checksumOf, type Media } from './media.ts';
import { bytesOf, decodeRaw, rawOfTensor } from './read-raw.ts';

/** What nothing can be learnt from though it can be read. */
function uselessness(raw: unknown): Problem | undefined {
  if (typeof raw === 'object' && raw !== null && 'channels' in raw) {
    const sound = raw as Sound;
    return soundProblem(mono(sound), sound.sampleRate);
  }
  return imageProblem(raw as Image, { minSize: 1 });
}

/** What is wrong with images and sounds of a run, and what seems wrong. */
export type CheckedMedia = {
  readonly bad: readonly { readonly example: Example; readonly problem: Problem }[];
  readonly doubts: readonly Problem[];
};

/** How many files are read at a time. */
export const together = 16;

/** Where the examples are from, and where their images or sounds go. */
export type ReadMediaOptions = {
  readonly file: string;
  /** The images of rows of IDX files. */
  readonly tensors?: Tensors | undefined;
  readonly media: Media;
  /** The id under which the media of an example are asked for. */
  readonly idOf: (example: Example) => string;
};

/** Reads the files that examples name, and adds the good ones to `media` under the ids that `idOf` gives. */
export async function readMedia(
  { inputs }: RunConfig,
  examples: readonly Example[],
  { file, tensors, media, idOf }: ReadMediaOptions,
): Promise<CheckedMedia> {
  const [name, input] = Object.entries(inputs)[0]!;
  if (input.type !== 'image' && input.type !== 'speech') return { bad: [], doubts: [] };
  const bad: { example: Example; problem: Problem }[] = [];
  const doubts: Problem[] = [];
  const read = async (value: string) => {
    try {
      if (tensors) return { raw: rawOfTensor(input, tensors.get(value) ?? value, file) };
      const bytes = await bytesOf(value, dirname(file));
      return { raw: await decodeRaw(input, bytes, value), checksum: checksumOf(bytes) };
    } catch (error) {
      if (PolytaskError.is(error) && error.kind === 'data') return { problem: error.problems[0]! };
      throw error;
    }
  };
  for (let start = 0; start < examples.length; start += together) {
    const some = examples.slice(start, start + together);
    const found = await Promise.all(some.map((example) => read(example.inputs[name]!)));
    for (const [at, example] of some.entries()) {
      const one = found[at]!;
      const place = { table: file, row: example.row, value: example.inputs[name]! };
      if (one.problem) {
        bad.push({ example, problem: { ...inTable(one.problem, place), path: input.column } });
        continue;
      }
      const useless = input.useless === 'ignore' ? undefined : uselessness(one.raw);
      const problem = useless && { ...inTable(useless, place), path: input.column };
      if (problem && input.useless === 'bad') bad.push({ example, problem });
      else {
        if (problem) doubts.push(problem);
        media.add(
          idOf(example),
          one.raw,
          one.checksum === undefined ? undefined : { ...place, checksum: one.checksum },
        );
      }
    }
  }
  return { bad, doubts };
}
