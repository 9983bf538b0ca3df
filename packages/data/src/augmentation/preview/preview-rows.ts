import { fold, type HostTensor, isHostTensor, type Key, PolytaskError } from '@polytask/base';
import type { Sound } from '../../audio/wav.ts';
import { encodePng } from '../../image/encode-png.ts';
import { resizeImage } from '../../image/resize-image.ts';
import { lengthOfSound } from '../audio/sounds.ts';
import type { Augmenter, ExampleIdentity } from '../augment.ts';
import type { Picture } from '../image/picture.ts';
import { integerWithin } from '../options.ts';
import type { TableRow } from '../tabular/column-noise.ts';
import { rgb } from './contact-sheet.ts';
import { featurePicture, logMelPicture, waveformPicture } from './sound-pictures.ts';

/** What a page shows of a value; pictures are PNG files as `data:` URIs, null where there is nothing to see. */
export type Shown =
  | { readonly kind: 'image'; readonly height: number; readonly width: number; readonly picture: string | null }
  | { readonly kind: 'text'; readonly text: string; readonly isCut: boolean }
  | {
      readonly kind: 'sound';
      readonly seconds: number;
      readonly sampleRate: number;
      readonly channels: number;
      readonly waveform: string;
      readonly logMel: string;
    }
  | { readonly kind: 'features'; readonly frames: number; readonly bands: number; readonly picture: string | null }
  | { readonly kind: 'ids'; readonly ids: readonly number[]; readonly isCut: boolean };

/** JSON: an example, and what each augmentation makes of it. */
export type PreviewRow = {
  readonly id: string;
  readonly original: Shown;
  /** In the order of the steps, each as often as there are copies. */
  readonly augmented: readonly {
    readonly name: string;
    /** Which of the copies, from 0. */
    readonly copy: number;
    /** Null where the step is kept from this example, or fails. */
    readonly shown: Shown | null;
    /** Why there is nothing to show. */
    readonly reason?: string;
  }[];
};

export type PreviewOptions = {
  readonly key: Key;
  /** How often each step is shown. Default: 1. */
  readonly copies?: number;
  /** The longest side of pictures in pixels; larger ones are made smaller. Default: 192. */
  readonly side?: number;
  /** The most characters of a text. Default: 2000. */
  readonly characters?: number;
};

/** What can be shown: an image [height, width, channels], features [frames, bands], a text, a sound, ids, a row of a table. */
export type Previewable = Picture | HostTensor<'float32'> | string | Sound | Int32Array | TableRow;

/**
 * The facts of a contact sheet: every example beside what each step of `augmenter` makes of it alone, whatever its probability.
 *
 * @throws RangeError when an option is out of range or an original cannot be shown.
 */
export async function previewRows<Value extends Previewable>(
  examples: readonly (ExampleIdentity & { readonly value: Value })[],
  augmenter: Augmenter<Value>,
  { key, copies = 1, side = 192, characters = 2000 }: PreviewOptions,
): Promise<PreviewRow[]> {
  integerWithin('copies', copies, 1, 100);
  integerWithin('side', side, 8, 2048);
  integerWithin('characters', characters, 1, 1e6);
  return Promise.all(
    examples.map(async (example) => ({
      id: example.id,
      original: await shownOf(example.value, side, characters),
      augmented: await Promise.all(
        augmenter.steps.flatMap(({ name, unsafeFor }, at) =>
          Array.from({ length: copies }, async (_, copy) => {
            try {
              const value = augmenter.applyStep(at, example.value, fold(key, copy), example);
              if (value === null)
                return { name, copy, shown: null, reason: `It is not safe for ${unsafeFor.join(', ')}.` };
              return { name, copy, shown: await shownOf(value, side, characters) };
            } catch (error) {
              if (!PolytaskError.is(error)) throw error;
              return { name, copy, shown: null, reason: error.problems[0]!.message };
            }
          }),
        ),
      ),
    })),
  );
}

async function shownOf(value: Previewable, side: number, characters: number): Promise<Shown> {
  if (typeof value === 'string') {
    const points = Array.from(value.slice(0, 2 * characters + 2));
    const isCut = points.length > characters;
    return { kind: 'text', text: isCut ? points.slice(0, characters).join('') : value, isCut };
  }
  if (value instanceof Int32Array)
    return { kind: 'ids', ids: [...value.subarray(0, characters)], isCut: value.length > characters };
  if (!isHostTensor(value)) {
    if (!isSound(value)) {
      const cells = Object.entries(value).map(([name, cell]) => `${name}: ${cell ?? ''}`);
      return shownOf(cells.join('\n'), side, characters);
    }
    const { sampleRate, channels } = value;
    const length = lengthOfSound(value);
    const [waveform, logMel] = await Promise.all([
      dataUri(waveformPicture(value, { height: Math.max(8, Math.round(side / 3)), width: side * 2 })),
      dataUri(logMelPicture(value, side * 2)),
    ]);
    return { kind: 'sound', seconds: length / sampleRate, sampleRate, channels: channels.length, waveform, logMel };
  }
  if (value.shape.length === 2) {
    const [frames, bands] = value.shape as [number, number];
    const picture =
      value.data.length === 0 ? null : await dataUri(featurePicture(value as HostTensor<'float32'>, side * 2));
    return { kind: 'features', frames, bands, picture };
  }
  const bytes = rgb(value);
  const [height, width] = value.shape as [number, number];
  if (!bytes) return { kind: 'image', height, width, picture: null };
  const scale = Math.min(1, side / Math.max(height, width));
  const size = { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)) };
  return { kind: 'image', height, width, picture: await dataUri(scale < 1 ? resizeImage(bytes, size) : bytes) };
}

const isSound = (value: Sound | TableRow): value is Sound => Array.isArray(value.channels);

async function dataUri(image: HostTensor<'uint8'>): Promise<string> {
  const bytes = await encodePng(image);
  let characters = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    characters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `data:image/png;base64,${btoa(characters)}`;
}
