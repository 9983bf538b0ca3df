import { counted, percent } from '../text/numbers.ts';
import { plain } from '../text/width.ts';
import type { ColumnProfile, FileProfile } from './column-profile.ts';
import { type InputRole, isNumber, type Roles } from './guess-roles.ts';

export type RunFileFacts = {
  readonly name: string;
  /** From the run file's folder. */
  readonly source: string;
  readonly profile: FileProfile;
  readonly roles: Roles & { readonly input: InputRole };
};

/** The text of a run file, with a comment on why each choice was made. */
export function runFile({ name, source, profile, roles }: RunFileFacts): string {
  const { rows, isSample } = profile;
  const tasks = withNames(roles.tasks);
  const size = counted(rows, 'row');
  const unused = roles.unused.map(({ column, reason }) => `#   ${word(column.name)}: ${reason}`);
  return [
    '# A run file: what to learn, from what, and how. `polytask check` finds mistakes in it, `polytask train` trains it.',
    'version: 1',
    `name: ${word(name)}`,
    '# Everything random follows from this number: the split, the first weights, the order of the examples.',
    'seed: 7',
    '',
    'data:',
    `  source: ${word(source)}   # ${isSample ? `more than ${size}` : size}`,
    ...(roles.id
      ? [`  id: ${word(roles.id.name)}`]
      : ['  # id: the column of unique ids, if there is one; without it ids are row-1, row-2, …']),
    '  # Rows that cannot be read are set aside and listed; above this share of them, training does not start.',
    '  bad: { policy: quarantine, maxFraction: 0.01 }',
    ...(unused.length > 0 ? ['# Columns left out:', ...unused] : []),
    '',
    '# Every class in the same shares in all three parts; equal and nearly equal texts never on two sides. Test is not touched before the end.',
    `split: { by: stratified, tasks: [${tasks.map(([task]) => word(task)).join(', ')}], fractions: [0.8, 0.1, 0.1] }`,
    '',
    'inputs:',
    ...inputLines(roles.input, isSample || rows >= 20_000),
    '',
    '# One trunk for all tasks, a head for each.',
    'sharing: { type: hard }',
    '',
    '# A row may lack the label of any task: then it teaches the others only.',
    'tasks:',
    ...tasks.flatMap(([task, column]) =>
      isNumber(column)
        ? [`  ${word(task)}: { type: regress, column: ${word(column.name)}, metrics: [r2, rmse] }`]
        : [
            `  # ${classesOf(column, rows)}`,
            `  ${word(task)}: { type: classify, column: ${word(column.name)}, metrics: [accuracy, macroF1] }`,
          ],
    ),
    '',
    '# How the losses of the tasks share one update: equal, fixed (weight of each task), or learned from their uncertainty.',
    'balance: { type: uncertainty }',
    'sampling: { type: joint }',
    '',
    'train:',
    `  epochs: ${epochsFor(rows)}`,
    `  batch: ${rows < 2000 ? 32 : 64}`,
    '  optimizer: { type: adamw, learningRate: 2e-3 }',
    '  schedule: { type: cosine, warmup: 5% }',
    '  clip: { globalNorm: 1 }',
    '',
    '# The best epoch: the mean of the first metric of every task, by task weight.',
    'select: { mode: weighted }',
    '# Where to compute; `polytask doctor` lists what is here.',
    'device: auto',
    '',
  ].join('\n');
}

function inputLines({ type, columns }: InputRole, isLarge: boolean): string[] {
  const column = word(columns[0]!.name);
  switch (type) {
    case 'text': {
      const [buckets, width] = isLarge ? [65_536, 128] : [16_384, 64];
      return [
        '  # Words and pieces of words, hashed into a table: quick, and good for short texts. More rows deserve a larger table.',
        '  # Slower, and stronger where there is much data: { type: transformer, layers: 2, width: 128 }',
        `  text: { type: text, column: ${column}, encoder: { type: ngrams, buckets: ${buckets}, width: ${width} } }`,
      ];
    }
    case 'image':
      return [
        '  # All images are brought to this size. More of the same: augment: [{ type: rotate, degrees: [-15, 15] }].',
        `  image: { type: image, column: ${column}, size: 64, encoder: { type: cnn }, augment: [{ type: flip, probability: 0.5 }] }`,
      ];
    case 'speech':
      return [
        '  # Spectra of all sounds, read by convolutions and a recurrent network.',
        `  sound: { type: speech, column: ${column}, maxSeconds: 30, encoder: { type: crnn } }`,
      ];
    case 'table':
      return [
        '  # Numbers are scaled and categories numbered, by the training rows alone.',
        `  row: { type: table, columns: [${columns.map(({ name }) => word(name)).join(', ')}], encoder: { type: mlp, hidden: [64, 64] } }`,
      ];
  }
}

const epochsFor = (rows: number): number => Math.min(20, Math.max(3, Math.round(16_000 / Math.max(rows, 1))));

/** Names of tasks are words; columns may be called anything. */
function withNames(columns: readonly ColumnProfile[]): readonly (readonly [string, ColumnProfile])[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    const base = column.name
      .replace(/[^\p{L}\p{N}_-]+/gu, '_')
      .replace(/^_+|_+$/g, '')
      .replace(/^(?!\p{L})/u, 'task_');
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}_${number}`;
    taken.add(name);
    return [name, column] as const;
  });
}

function classesOf({ counts, present }: ColumnProfile, rows: number): string {
  const shown = counts.slice(0, 5).map(([value, count]) => `${plain(value).slice(0, 24)} ${percent(count / present)}`);
  const rest = counts.length > 5 ? ', …' : '';
  const missing = present < rows ? `; ${percent(1 - present / rows)} of the rows have no label` : '';
  return `${counted(counts.length, 'class', 'classes')}: ${shown.join(', ')}${rest}${missing}`;
}

const reserved = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

/** A word of YAML, quoted where it would mean something else. */
export const word = (text: string): string =>
  /^[\p{L}_][\p{L}\p{N}_./-]*$/u.test(text) && !reserved.test(text) ? text : JSON.stringify(text);
