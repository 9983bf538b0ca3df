import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '@polytask/base';

/** The texts that an encoder was pretrained on, hashed, one a line: in its folder. */
const file = 'pretraining-texts.txt';

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

export async function writeSeenTexts(folder: string, texts: Iterable<string>): Promise<void> {
  const lines = [...new Set(Array.from(texts, hash))].sort();
  await writeFile(join(folder, file), lines.map((line) => `${line}\n`).join(''));
}

/** Says how many texts of other parts than the training one the encoder in a folder was pretrained on, where the folder tells. */
export async function seenTextNotes(
  folder: string,
  path: string,
  parts: Readonly<Record<string, readonly string[]>>,
): Promise<Problem[]> {
  const lines = await readFile(join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (lines === undefined) return [];
  const seen = new Set(lines.split('\n'));
  return Object.entries(parts).flatMap(([part, texts]) => {
    const count = texts.filter((text) => seen.has(hash(text))).length;
    if (count === 0) return [];
    return [
      {
        code: 'E1222',
        path,
        file: folder,
        message: `The encoder was pretrained on ${count} of ${texts.length} texts of the ${part} part.`,
        fix: 'Pretrain with the seed and the split of this run, or its scores may be too good.',
      },
    ];
  });
}
