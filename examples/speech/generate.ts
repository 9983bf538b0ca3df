// Speaks the phrases: npm run generate -- [--out data] [--train 3000] [--test 600] [--seed 7]
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fold, key } from '@polytask/base';
import { encodeWav } from '@polytask/data';
import { utterance } from './speak/utterance.ts';

export type GenerateOptions = {
  readonly out: string;
  readonly train: number;
  readonly test: number;
  readonly seed: number;
};

/** Writes `train/*.wav`, `test/*.wav`, and a table of each with paths and labels. */
export async function generate({ out, train, test, seed }: GenerateOptions): Promise<void> {
  for (const [part, count] of Object.entries({ train, test })) {
    await mkdir(join(out, part), { recursive: true });
    const lines = ['file,transcript,emotion,speaker'];
    for (let at = 0; at < count; at++) {
      const spoken = utterance(fold(fold(key(seed), part), at), { isTest: part === 'test' });
      const file = `${part}/${String(at).padStart(5, '0')}.wav`;
      await writeFile(join(out, file), encodeWav(spoken.sound));
      lines.push([file, spoken.transcript, spoken.emotion, spoken.speaker].join(','));
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
      seed: { type: 'string', default: '7' },
    },
  });
  const { out, ...numbers } = values;
  const [train, test, seed] = (['train', 'test', 'seed'] as const).map((name) => Number(numbers[name]));
  await generate({ out: resolve(out), train: train!, test: test!, seed: seed! });
  console.log(`${train} + ${test} phrases in ${out}`);
}
