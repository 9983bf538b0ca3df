import { dirname } from 'node:path';
import { PolytaskError, type Problem } from '@polytask/base';
import { type Example, type Image, imageProblem, mono, type Sound, soundProblem } from '@polytask/data';
import type { RunConfig } from '../config/schema.ts';
import { checksumOf, type Media } from './media.ts';
import { bytesOf, decodeRaw } from './read-raw.ts';

/** What nothing can be learnt from though it can be read. */
function uselessness(raw: unknown): Problem | undefined {
  if (typeof raw === 'object' && raw !== null && 'channels' in raw) {
    const sound = raw as Sound;
    return soundProblem(mono(sound), sound.sampleRate);
  }
  return imageProblem(raw as Image, { minSize: 1 });
}

/** What is wrong with images and sounds of some examples, and what seems wrong. */
export type CheckedMedia = {
  readonly bad: readonly { readonly example: Example; readonly problem: Problem }[];
  readonly doubts: readonly Problem[];
};

/** How many files are read at a time. */
export const together = 16;

/** Reads the files that examples name, and adds the good ones to `media` under the ids that `idOf` gives. */
export async function readMedia(
  { inputs }: RunConfig,
  examples: readonly Example[],
  { file, media, idOf }: { file: string; media: Media; idOf: (example: Example) => string },
): Promise<CheckedMedia> {
  const [name, input] = Object.entries(inputs)[0]!;
  if (input.type !== 'image' && input.type !== 'speech') return { bad: [], doubts: [] };
  const folder = dirname(file);
  const bad: { example: Example; problem: Problem }[] = [];
  const doubts: Problem[] = [];
  const read = async (value: string) => {
    try {
      const bytes = await bytesOf(value, folder);
      return { checksum: checksumOf(bytes), raw: await decodeRaw(input, bytes, value) };
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
      const value = example.inputs[name]!;
      if ('problem' in one) {
        bad.push({ example, problem: { ...one.problem!, path: input.column, row: example.row } });
        continue;
      }
      const useless = input.useless === 'ignore' ? undefined : uselessness(one.raw);
      const problem = useless && { ...useless, file: value, path: input.column, row: example.row };
      if (problem && input.useless === 'bad') bad.push({ example, problem });
      else {
        if (problem) doubts.push(problem);
        media.add(idOf(example), one.raw, { file: value, folder, row: example.row, checksum: one.checksum });
      }
    }
  }
  return { bad, doubts };
}
