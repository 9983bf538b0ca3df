import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type HostTensor, PolytaskError, type Problem, quote } from '@polytask/base';
import { decodeImage, decodeWav, type Image, resizeImage } from '@polytask/data';
import type { InputConfig } from '../config/schema.ts';
import { imageOf } from './idx-part.ts';

/** An input whose values are paths of files. */
export type MediaInput = Extract<InputConfig, { type: 'image' | 'speech' }>;

/**
 * What encoders are given for an input of an example: a text as it is, the cells of a row, an image in the size of the run, a sound.
 *
 * @param folder where relative paths of files start.
 * @throws PolytaskError data E2156 a file that cannot be read · E2157 a sound that is too long · and what decoding throws.
 */
export async function readRaw(input: InputConfig, value: string, folder: string): Promise<unknown> {
  if (input.type === 'text') return value;
  return input.type === 'table' ? JSON.parse(value) : decodeRaw(input, await bytesOf(value, folder), value);
}

/** The image in the size of the run, or the sound. @throws PolytaskError data E2157 a sound that is too long · and what decoding throws. */
export async function decodeRaw(input: MediaInput, bytes: Uint8Array, name: string): Promise<unknown> {
  if (input.type === 'image') {
    return sizedImage(input, await decodeImage(bytes, { name, decoder: input.decoder }));
  }
  const sound = decodeWav(bytes, { name });
  const seconds = (sound.channels[0]?.length ?? 0) / sound.sampleRate;
  if (seconds > input.maxSeconds)
    throw new PolytaskError('data', {
      code: 'E2157',
      file: name,
      message: `The sound lasts ${seconds.toFixed(1)} s. The limit of maxSeconds is ${input.maxSeconds}.`,
    });
  return sound;
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

/** @throws PolytaskError data E2156 a file that cannot be read. */
export async function bytesOf(file: string, folder: string): Promise<Uint8Array> {
  const path = resolve(folder, file);
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
