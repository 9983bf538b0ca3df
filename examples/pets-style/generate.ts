// Draws the pictures: npm run generate -- [--out data] [--train 3000] [--test 600] [--size 128] [--seed 7]
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fold, key } from '@polytask/base';
import { encodePng } from '@polytask/data';
import { picture } from './draw/picture.ts';

export type GenerateOptions = {
  readonly out: string;
  readonly train: number;
  readonly test: number;
  /** Pixels of each side. */
  readonly size: number;
  readonly seed: number;
};

/** Writes `train/*.png`, `test/*.png`, and a table of each with paths and labels. */
export async function generate({ out, train, test, size, seed }: GenerateOptions): Promise<void> {
  for (const [part, count] of Object.entries({ train, test })) {
    await mkdir(join(out, part), { recursive: true });
    const lines = ['file,species,style,palette,tilt,brush'];
    for (let at = 0; at < count; at++) {
      const { species, style, factors, image } = picture(fold(fold(key(seed), part), at), {
        size,
        isTest: part === 'test',
      });
      const file = `${part}/${String(at).padStart(5, '0')}.png`;
      await writeFile(join(out, file), await encodePng(image));
      lines.push([file, species, style, factors.palette, factors.tilt, factors.brush].join(','));
    }
    await writeFile(join(out, `${part}.csv`), `${lines.join('\n')}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: fileURLToPath(new URL('data', import.meta.url)) },
      train: { type: 'string', default: '3000' },
      test: { type: 'string', default: '600' },
      size: { type: 'string', default: '128' },
      seed: { type: 'string', default: '7' },
    },
  });
  const { out, ...numbers } = values;
  const [train, test, size, seed] = (['train', 'test', 'size', 'seed'] as const).map((name) => Number(numbers[name]));
  await generate({ out: resolve(out), train: train!, test: test!, size: size!, seed: seed! });
  console.log(`${train} + ${test} pictures of ${size} × ${size} pixels in ${out}`);
}
