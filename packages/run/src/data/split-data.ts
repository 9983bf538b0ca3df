import { fold, type Key, type Problem } from '@polytask/base';
import { duplicateGroups, type Example, fixedSplit, randomSplit, type Split, stratifiedSplit } from '@polytask/data';
import type { RunConfig } from '../config/schema.ts';
import type { RunData } from './read-data.ts';

export type PartName = 'train' | 'validation' | 'test';

/** Example indexes per part, ascending. */
export type Parts = Readonly<Record<PartName, Uint32Array>>;

/** The share of a training file that validates when there is no validation file. */
const heldOut = 0.1;

/** Splits the examples as the run says. Texts that are equal stand on one side, except where files are the parts: there they are noted. */
export function splitData(
  { split, tasks }: RunConfig,
  data: RunData,
  key: Key,
): { parts: Parts; notes: readonly Problem[] } {
  const { examples, files } = data;
  const groups = duplicateGroups(examples.map(({ inputs }) => Object.values(inputs)));
  const stratify = (
    chosen: readonly Example[],
    names: readonly string[],
    fractions: readonly number[],
    own: ArrayLike<number>,
  ): Split => {
    const labels = chosen.map((example) =>
      Object.fromEntries(names.map((name) => [name, example.labels[name] ?? null])),
    );
    return stratifiedSplit(key, labels, fractions, { groups: own });
  };
  const every = Object.keys(tasks);
  if (split.by === 'random') return named(randomSplit(key, examples.length, split.fractions, { groups }));
  if (split.by === 'stratified') return named(stratify(examples, split.tasks ?? every, split.fractions, groups));
  const { train = 0, validation, test = 0 } = files;
  if (validation !== undefined) {
    const parts = named(fixedSplit([train, validation, test])).parts;
    return { parts, notes: leaks(parts, groups) };
  }
  const inner = stratify(examples.slice(0, train), every, [1 - heldOut, heldOut], groups.subarray(0, train));
  const testing = Uint32Array.from({ length: test }, (_, at) => train + at);
  const parts = { train: inner.parts[0]!, validation: inner.parts[1]!, test: testing };
  return { parts, notes: [...inner.notes, ...leaks(parts, groups)] };
}

/** The key under which a run splits its data. */
export const splitKey = (root: Key): Key => fold(root, 'split');

function named({ parts, notes }: Split): { parts: Parts; notes: readonly Problem[] } {
  const [train, validation, test] = parts as [Uint32Array, Uint32Array, Uint32Array];
  return { parts: { train, validation, test }, notes };
}

/** Texts of the training part that stand in other parts too: their scores tell less than they seem to. */
function leaks(parts: Parts, groups: Uint32Array): Problem[] {
  const trained = new Set(Array.from(parts.train, (index) => groups[index]!));
  return (['validation', 'test'] as const).flatMap((part) => {
    const count = parts[part].filter((index) => trained.has(groups[index]!)).length;
    if (count === 0) return [];
    return [
      {
        code: 'E2305',
        path: `split.files.${part}`,
        message: `${count} of ${parts[part].length} texts stand in the training file too.`,
        fix: 'Remove them from one of the files.',
      },
    ];
  });
}
