import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { type HostTensor, PolytaskError, type Problem, quote } from '@polytask/base';
import {
  decodeImage,
  decodeWav,
  type Example,
  type Image,
  imageProblem,
  mono,
  resizeImage,
  type Sound,
  soundProblem,
} from '@polytask/data';
import type { InputConfig, RunConfig } from '../config/schema.ts';
import { imageOf, type Tensors } from './idx-part.ts';

/**
 * What encoders are given for an input of an example: a text as it is, the cells of a row, an image in the size of the run, a sound.
 *
 * @param folder where relative paths of files start.
 * @throws PolytaskError data E2156 a file that cannot be read · E2157 a sound that is too long · and what decoding throws.
 */
export async function readRaw(input: InputConfig, value: string, folder: string): Promise<unknown> {
  switch (input.type) {
    case 'text':
      return value;
    case 'table':
      return JSON.parse(value);
    case 'image': {
      const path = isAbsolute(value) ? value : resolve(folder, value);
      return sizedImage(input, await decodeImage(await bytesOf(path), { name: value, decoder: input.decoder }));
    }
    case 'speech': {
      const path = isAbsolute(value) ? value : resolve(folder, value);
      const sound = decodeWav(await bytesOf(path), { name: value });
      const seconds = (sound.channels[0]?.length ?? 0) / sound.sampleRate;
      if (seconds > input.maxSeconds)
        throw new PolytaskError('data', {
          code: 'E2157',
          file: value,
          message: `The sound lasts ${seconds.toFixed(1)} s. The limit of maxSeconds is ${input.maxSeconds}.`,
        });
      return sound;
    }
  }
}

/** What an encoder is given for a tensor in a cell. @throws PolytaskError data E2161 what is no image. */
export function rawOfTensor(input: InputConfig, cell: HostTensor | string, file?: string): Image {
  const image: Image | Problem =
    input.type !== 'image'
      ? { code: 'E2161', message: `Only inputs of type image are read from IDX files. Found type ${input.type}.` }
      : typeof cell === 'string'
        ? {
            code: 'E2161',
            message: `Expected an image. Found ${quote(cell)}.`,
            fix: 'Name the file of images for this column.',
          }
        : imageOf(cell);
  if ('code' in image) throw new PolytaskError('data', { ...image, ...(file !== undefined && { file }) });
  return sizedImage(input as Extract<InputConfig, { type: 'image' }>, image);
}

/** The image in the size of the run. */
function sizedImage({ size, fit }: Extract<InputConfig, { type: 'image' }>, image: Image): Image {
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  return resizeImage(image, { height, width, fit });
}

/** What nothing can be learnt from though it can be read. */
function uselessness(raw: unknown): Problem | undefined {
  if (typeof raw === 'object' && raw !== null && 'channels' in raw) {
    const sound = raw as Sound;
    return soundProblem(mono(sound), sound.sampleRate);
  }
  return imageProblem(raw as Image, { minSize: 1 });
}

/** Images and sounds of a run by the id of their example, what is wrong with the others, and what seems wrong. */
export type Media = {
  readonly raw: ReadonlyMap<string, unknown>;
  readonly bad: readonly { readonly example: Example; readonly problem: Problem }[];
  readonly doubts: readonly Problem[];
};

/**
 * A problem of a file that a row of a table names, at the place of the row and with the name of the file; one of a folder stays with its file.
 */
export function inTable(
  problem: Problem,
  {
    table,
    value,
    ...place
  }: { readonly table: string; readonly row: number; readonly line?: number; readonly value: string },
): Problem {
  if (value.startsWith(table)) return { ...problem, file: problem.file ?? value, row: place.row };
  return { ...problem, file: table, ...place, message: `${quote(value, 80)}: ${problem.message}` };
}

/** How many files are read at a time. */
const together = 16;

/** Reads the files that examples name; undefined where a run's input is in the table itself. */
export async function readMedia(
  { inputs }: RunConfig,
  examples: readonly Example[],
  { file, tensors }: { readonly file: string; readonly tensors?: Tensors | undefined },
): Promise<Media | undefined> {
  const [name, input] = Object.entries(inputs)[0]!;
  if (input.type !== 'image' && input.type !== 'speech') return undefined;
  const folder = dirname(file);
  const raw = new Map<string, unknown>();
  const bad: { example: Example; problem: Problem }[] = [];
  const doubts: Problem[] = [];
  const readOne = async (section: typeof input, value: string, from: string): Promise<unknown> => {
    if (tensors === undefined) return readRaw(section, value, from);
    return rawOfTensor(section, tensors.get(value) ?? value, file);
  };
  for (let start = 0; start < examples.length; start += together) {
    const some = examples.slice(start, start + together);
    const read = await Promise.all(
      some.map((example) =>
        readOne(input, example.inputs[name]!, folder).catch((error: unknown) => {
          if (PolytaskError.is(error) && error.kind === 'data') return { problem: error.problems[0]! };
          throw error;
        }),
      ),
    );
    for (const [at, example] of some.entries()) {
      const one = read[at]!;
      const place = { table: file, row: example.row, value: example.inputs[name]! };
      if (typeof one === 'object' && one !== null && 'problem' in one) {
        bad.push({ example, problem: { ...inTable(one.problem as Problem, place), path: input.column } });
        continue;
      }
      const found = input.useless === 'ignore' ? undefined : uselessness(one);
      const problem = found && { ...inTable(found, place), path: input.column };
      if (problem && input.useless === 'bad') bad.push({ example, problem });
      else {
        if (problem) doubts.push(problem);
        raw.set(example.id, one);
      }
    }
  }
  return { raw, bad, doubts };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const problem: Problem = isMissing
      ? { code: 'E2156', file: path, message: 'No such file.', fix: `Looked for in ${dirname(path)}.` }
      : { code: 'E2156', file: path, message: `The file cannot be read: ${(error as Error).message}.` };
    throw new PolytaskError('data', problem, { cause: error });
  }
}
