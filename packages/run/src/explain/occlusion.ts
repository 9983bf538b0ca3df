import { type HostTensor, hostTensor } from '@polytask/base';
import { encodePng, type Image, logMelPicture, mono, resizeImage, type Sound } from '@polytask/data';
import type { TaskPrediction } from '../config/run.ts';
import type { InputConfig } from '../config/schema.ts';
import type { ExplainedInput } from './explanation.ts';

/** An input, and the same without each of its parts, in order. */
export type Occluded = { readonly input: ExplainedInput; readonly without: readonly unknown[] };

/** Parts of an input: words of a text, rows and columns of an image, windows of a sound. */
const most = { words: 200, side: 8, windows: 24 } as const;

/**
 * Cuts an input into parts and takes each out in turn: a word is left out, a rectangle gets the mean colour of the image, a window of a sound
 * repeats its quietest one, a cell of a table is empty.
 *
 * Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014.
 */
export function occluded(type: InputConfig['type'], raw: unknown): Promise<Occluded> {
  const cut = { text: words, image: rectangles, speech: windows, table: cells } as const;
  return (cut[type] as (raw: never) => Promise<Occluded>)(raw as never);
}

async function words(text: string): Promise<Occluded> {
  const without: string[] = [];
  const pieces = Array.from(
    new Intl.Segmenter('en', { granularity: 'word' }).segment(text),
    ({ segment, index, isWordLike }) => {
      if (!isWordLike || without.length === most.words) return { text: segment, part: null };
      const before = text.slice(0, index);
      const after = text.slice(index + segment.length);
      // one of the spaces on both sides goes with its word
      without.push(before + (/(^|\s)$/u.test(before) ? after.replace(/^\s/u, '') : after));
      return { text: segment, part: without.length - 1 };
    },
  );
  return { input: { kind: 'text', pieces }, without };
}

async function rectangles(image: Image): Promise<Occluded> {
  const [height, width, channels] = image.shape as unknown as [number, number, number];
  const [rows, columns] = [Math.min(most.side, height), Math.min(most.side, width)];
  const sums = new Float64Array(channels);
  for (const [at, value] of image.data.entries()) sums[at % channels]! += value;
  const mean = sums.map((sum) => Math.round(sum / (height * width)));
  const without = Array.from({ length: rows * columns }, (_, part) => {
    const [row, column] = [Math.floor(part / columns), part % columns];
    const data = image.data.slice();
    for (let y = edge(row, rows, height); y < edge(row + 1, rows, height); y++)
      for (let x = edge(column, columns, width); x < edge(column + 1, columns, width); x++)
        data.set(mean, (y * width + x) * channels);
    return hostTensor('uint8', image.shape, data);
  });
  return { input: { kind: 'image', picture: await pngUri(image), height, width, rows, columns }, without };
}

const edge = (at: number, parts: number, size: number): number => Math.floor((at * size) / parts);

async function windows(sound: Sound): Promise<Occluded> {
  const samples = mono(sound);
  const { length } = samples;
  const count = Math.min(most.windows, Math.max(1, length));
  // digital silence, which no recording has, would be the loudest of signs
  const size = Math.floor(length / count);
  const energies = Array.from({ length: count }, (_, part) =>
    samples.subarray(part * size, (part + 1) * size).reduce((sum, value) => sum + value * value, 0),
  );
  const quiet = energies.indexOf(Math.min(...energies)) * size;
  const without = Array.from({ length: count }, (_, part) => ({
    ...sound,
    channels: sound.channels.map((channel) => {
      const changed = Float32Array.from(channel);
      for (let at = edge(part, count, length); at < edge(part + 1, count, length); at++)
        changed[at] = channel[quiet + ((at - edge(part, count, length)) % Math.max(1, size))]!;
      return changed;
    }),
  }));
  const logMel = await pngUri(resizeImage(logMelPicture(sound), { height: 160, width: 640 }));
  return { input: { kind: 'sound', logMel, seconds: length / sound.sampleRate, windows: count }, without };
}

async function cells(row: Readonly<Record<string, string | number | null>>): Promise<Occluded> {
  const names = Object.keys(row);
  return {
    input: {
      kind: 'table',
      cells: names.map((name) => ({ name, value: row[name] == null ? null : String(row[name]) })),
    },
    without: names.map((name) => ({ ...row, [name]: null })),
  };
}

async function pngUri(image: HostTensor<'uint8'>): Promise<string> {
  return `data:image/png;base64,${Buffer.from(await encodePng(image)).toString('base64')}`;
}

/** The one number of a prediction that can be followed, in it and in others: the probability of its class, or its value. */
export function followed(
  prediction: TaskPrediction,
): { readonly label: string | null; score(other: TaskPrediction): number } | undefined {
  if ('value' in prediction) return { label: null, score: (other) => (other as { readonly value: number }).value };
  if (!('probabilities' in prediction)) return undefined;
  const { probabilities } = prediction;
  const label =
    'label' in prediction
      ? prediction.label
      : Object.keys(probabilities).reduce((best, name) => (probabilities[name]! > probabilities[best]! ? name : best));
  return {
    label,
    score: (other) => (other as { readonly probabilities: Readonly<Record<string, number>> }).probabilities[label]!,
  };
}
