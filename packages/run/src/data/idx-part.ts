import { basename } from 'node:path';
import { type HostTensor, isHostTensor, type Problem } from '@polytask/base';
import { type Image, readIdx, type Source } from '@polytask/data';
import { type SourceConfig, sourceName } from '../config/source-schema.ts';

/** The images of rows by what stands in their cells. */
export type Tensors = Map<string, HostTensor>;

/**
 * The rows of IDX files. In the place of an image or another tensor stands its name, such as `train-images-idx3-ubyte#17`, by which it is kept
 * in `tensors`.
 */
export function openIdx(source: Exclude<SourceConfig, string>, tensors: Tensors): Source {
  const rows = readIdx(source);
  const titles = Object.fromEntries(
    Object.entries(source).map(([name, one]) => [name, basename(sourceName({ [name]: one }))]),
  );
  return {
    name: rows.name,
    async *[Symbol.asyncIterator]() {
      for await (const found of rows) {
        if ('values' in found)
          for (const name in found.values) {
            const cell = found.values[name]!;
            if (!isHostTensor(cell)) continue;
            const title = `${titles[name]}#${found.row}`;
            tensors.set(title, cell);
            (found.values as Record<string, string>)[name] = title;
          }
        yield found;
      }
    },
  };
}

/** A tensor as an image of three channels, as PNG files are read: grey values stand in all of them. E2161 for what is no image. */
export function imageOf({ dtype, shape, data }: HostTensor): Image | Problem {
  const [height, width, channels = 1] = shape;
  const isImage = (shape.length === 2 || shape.length === 3) && (channels === 1 || channels === 3);
  if (dtype !== 'uint8' || !isImage || !height || !width) {
    const message = `Expected an image, bytes [height, width] or [height, width, 3]. Found ${dtype} [${shape.join(', ')}].`;
    return { code: 'E2161', message, fix: 'Name the file of images for the column of the input.' };
  }
  if (channels === 3) return { dtype, shape, data: data as Uint8Array };
  const pixels = new Uint8Array(3 * data.length);
  for (let at = 0; at < data.length; at++) pixels.fill(data[at]! as number, 3 * at, 3 * at + 3);
  return { dtype, shape: [height, width, 3], data: pixels };
}
