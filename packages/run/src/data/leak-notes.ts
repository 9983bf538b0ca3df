import { basename } from 'node:path';
import { type Key, type Problem, quote } from '@polytask/base';
import { columnLeaks, duplicateGroups, labelLeaks, splitLeaks, table } from '@polytask/data';
import { labelOf } from '../batches.ts';
import { isMedia } from '../config/input-columns.ts';
import type { RunConfig } from '../config/schema.ts';
import type { RunData } from './read-data.ts';
import { nearGroups, type Parts, partOrder } from './split-data.ts';

/** Texts among which near-duplicates are looked for unasked: beyond, that takes too long for a warning. */
const mostTexts = 50_000;

/**
 * What the validation and test part share with the training part, so that their scores say too much: equal texts (E2305), near-duplicates
 * (E2321; E2323 where they were not looked for) and groups of rows (E2322). And labels that the kind of the files gives away (E2324), texts
 * that say their names (E2325), and files whose names say other labels than they have (E2328).
 */
export function leakNotes(
  { inputs, split, tasks }: RunConfig,
  data: RunData,
  parts: Parts,
  key: Key,
): readonly Problem[] {
  const { examples, columns } = data;
  const isText = Object.values(inputs).every(({ type }) => type === 'text');
  const isWanted = isText && split.nearDuplicates === 'warn';
  const isPossible = examples.length <= mostTexts;
  const texts = examples.map(({ inputs }) => Object.values(inputs));
  const found = splitLeaks(
    partOrder.map((part) => parts[part]),
    { texts, columns, ...(isWanted && isPossible && { nearDuplicates: () => nearGroups(data, key) }) },
  );
  const notes = [
    ...equalTexts(split, texts, parts),
    ...found.flatMap((problem) => inKeysOfTheRun(problem, split)),
    ...(isText && isPossible ? namesInTexts({ inputs, tasks }, data, parts) : []),
    ...(Object.values(inputs).some(isMedia)
      ? [...fileKinds(Object.keys(tasks), data), ...otherNames(Object.keys(tasks), data)]
      : []),
  ];
  if (!isWanted || isPossible) return notes;
  const message = `Near-duplicates are not looked for among more than ${mostTexts} texts.`;
  const fix = 'Set it to together, which looks for them all the same, or to ignore.';
  return [...notes, { code: 'E2323', path: 'split.nearDuplicates', message, fix }];
}

/** Notes that are about what tells labels, however the data is split. */
export const tellsLabels: readonly string[] = ['E2324', 'E2325', 'E2328'];

/** Names of labels that stand in training texts and nearly always tell the label, as hashtags that labels were made from. */
function namesInTexts(
  { inputs, tasks }: Pick<RunConfig, 'inputs' | 'tasks'>,
  { examples }: RunData,
  { train }: Parts,
): readonly Problem[] {
  const [[input, section]] = Object.entries(inputs) as [[string, RunConfig['inputs'][string]]];
  const texts = examples.map((example) => example.inputs[input]!);
  return Object.entries(tasks).flatMap(([task, { type, column }]): Problem[] => {
    if (type !== 'classify' || section.type !== 'text') return [];
    const labels = examples.map((example) => labelOf(example, task));
    const found = labelLeaks(texts, labels, { rows: train }).filter(({ isLabelName }) => isLabelName);
    if (found.length === 0) return [];
    const [{ token, label, precision, rows }] = found as [(typeof found)[number]];
    const message = `Texts say the names of their labels: ${quote(token)} stands in ${rows} training rows, and ${(100 * precision).toFixed(0)} % of them are ${quote(label)}${found.length > 1 ? `; ${found.length - 1} more such words` : ''}.`;
    // words that have tags cannot be taken out
    if (Object.values(tasks).some((one) => one.type === 'tag'))
      return [{ code: 'E2325', path: `tasks.${task}`, message }];
    const fix = `Where new texts will not say them: data.clean: [{ type: removeLabelLeaks, text: ${section.column}, label: ${column} }].`;
    return [{ code: 'E2325', path: `tasks.${task}`, message, fix }];
  });
}

/** Tasks whose labels follow from whether a file is PNG or JPEG, whose traces a model sees in the pixels. */
function fileKinds(tasks: readonly string[], { examples, columns }: RunData): readonly Problem[] {
  const kinds =
    columns.type?.map((kind) => (kind === null ? null : String(kind))) ??
    examples.map(({ inputs }) => /\.([a-z0-9]{1,5})$/i.exec(Object.values(inputs)[0]!)?.[1]?.toLowerCase() ?? null);
  return tasks.flatMap((task): Problem[] => {
    const labels = examples.map((example) => labelOf(example, task));
    const [leak] = columnLeaks(table({ kinds, labels }), 'labels').filter(({ facet }) => facet === 'value');
    if (!leak) return [];
    const found = [...new Set(kinds)].filter((kind) => kind !== null).join(', ');
    const message = `The kind of the file (${found}) tells the label in ${(100 * leak.score).toFixed(0)} of 100 rows: a model can learn traces of compression.`;
    return [
      { code: 'E2324', path: `tasks.${task}`, message, fix: 'Bring all files to one kind and size before training.' },
    ];
  });
}

const mostlyNamed = 0.8;
const mostlyRight = 0.9;

/** Tasks of files nearly all of which have one of the labels in their name, and many of them another one than they are labelled with. */
function otherNames(tasks: readonly string[], { examples }: RunData): readonly Problem[] {
  const words = examples.map(({ inputs }) => new Set(wordsOf(basename(Object.values(inputs)[0]!))));
  return tasks.flatMap((task): Problem[] => {
    const labels = examples.map((example) => labelOf(example, task));
    const known = [...new Set(labels)].filter((label) => label !== null && /\p{L}{2}/u.test(label)) as string[];
    const parts = known.map((label) => [label, wordsOf(label)] as const);
    const named = examples.flatMap((example, at) => {
      const said = parts.filter(([, own]) => own.every((word) => words[at]!.has(word))).map(([label]) => label);
      return labels[at] !== null && said.length === 1 ? [{ example, said: said[0]!, is: labels[at]! }] : [];
    });
    const wrong = named.filter(({ said, is }) => said !== is);
    const labelled = labels.filter((label) => label !== null).length;
    if (known.length < 2 || named.length < mostlyNamed * labelled || wrong.length <= (1 - mostlyRight) * named.length)
      return [];
    const { example, said, is } = wrong[0]!;
    const name = basename(Object.values(example.inputs)[0]!);
    const message = `The names of the files say other labels in ${wrong.length} of ${named.length} rows: ${quote(name)} says ${quote(said)} and is ${quote(is)}.`;
    const fix = 'Were the rows of the table shuffled against its files?';
    return [{ code: 'E2328', path: `tasks.${task}`, row: example.row, message, fix }];
  });
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? [];

/** Texts of the training part that stand in other parts too. */
function equalTexts(
  { by }: RunConfig['split'],
  texts: readonly (readonly string[])[],
  parts: Parts,
): readonly Problem[] {
  const groups = duplicateGroups(texts);
  const trained = new Set(Array.from(parts.train, (index) => groups[index]!));
  return (['validation', 'test'] as const).flatMap((part) => {
    const count = parts[part].filter((index) => trained.has(groups[index]!)).length;
    if (count === 0) return [];
    const of = `${count} of ${parts[part].length} texts`;
    const isFile = by === 'files';
    return [
      {
        code: 'E2305',
        path: isFile ? `split.files.${part}` : 'split',
        message: isFile
          ? `${of} stand in the training file too.`
          : `${of} of the ${part} part stand in the training part too.`,
        fix: isFile ? 'Remove them from one of the files.' : 'Remove them from the data, or split in another way.',
      },
    ];
  });
}

function inKeysOfTheRun(problem: Problem, { by }: RunConfig['split']): readonly Problem[] {
  const { code, path } = problem;
  if (code === 'E2320') return [];
  const isDrawn = by === 'stratified' || by === 'random' || by === 'group' || by === 'kFold';
  if (code === 'E2321' && isDrawn) return [{ ...problem, fix: 'Set split.nearDuplicates to together, or to ignore.' }];
  if (code === 'E2322' && isDrawn)
    return [{ ...problem, fix: `Keep its groups whole: split: { by: group, column: ${JSON.stringify(path)} }.` }];
  return [problem];
}
