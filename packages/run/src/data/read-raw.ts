import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { decodeImage, decodeWav, resizeImage } from '@polytask/data';
import type { InputConfig } from '../config/schema.ts';

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
    const [height, width] = typeof input.size === 'number' ? [input.size, input.size] : input.size;
    const image = await decodeImage(bytes, { name, decoder: input.decoder });
    return resizeImage(image, { height, width, fit: input.fit });
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

/** @throws PolytaskError data E2156 a file that cannot be read. */
export async function bytesOf(file: string, folder: string): Promise<Uint8Array> {
  const path = resolve(folder, file);
  try {
    return await readFile(path);
  } catch (error) {
    throw new PolytaskError(
      'data',
      { code: 'E2156', file: path, message: `The file cannot be read: ${(error as Error).message}.` },
      { cause: error },
    );
  }
}
