import { PolytaskError, type Problem, quote } from '@polytask/base';
import { type Example, isMissingWord } from '@polytask/data';
import type { Classification } from '@polytask/heads';
import { consistent, contradictions, type Parent, type Relations, relations } from '@polytask/tasks';
import type { TaskPrediction } from './config/run.ts';
import type { RunConfig } from './config/schema.ts';
import { missingFix, namedBelow } from './data/named-labels.ts';

type Predictions = Readonly<Record<string, readonly TaskPrediction[]>>;

/** The label of a task that has none in a row, because of what stands above it. */
export const noLabel = '';

/** The relations of a run, checked. @throws RangeError as `relations` does. */
export function relationsOf({ relations: given, tasks }: Pick<RunConfig, 'relations' | 'tasks'>): Relations {
  return relations({
    tasks: Object.keys(tasks),
    ...(given?.hierarchy && { hierarchy: given.hierarchy }),
    ...(given?.reads && { reads: given.reads }),
    ...(given?.correlated && { correlated: given.correlated.map(({ tasks: pair }) => pair) }),
  });
}

/** What makes the predictions of a run contradict no parent; undefined where there is no hierarchy. */
export function reconcilerFor(
  config: RunConfig,
): ((predictions: Readonly<Record<string, readonly unknown[]>>) => Predictions) | undefined {
  const { order, hierarchy } = relationsOf(config);
  const involved = order.filter(
    (task) => Object.hasOwn(hierarchy, task) || Object.values(hierarchy).some(({ parent }) => parent === task),
  );
  if (involved.length === 0) return undefined;
  return (given) => {
    const predictions = given as Predictions;
    const count = predictions[involved[0]!]!.length;
    const rows = Array.from({ length: count }, (_, row) => reconciled(involved, hierarchy, predictions, row));
    return {
      ...predictions,
      ...Object.fromEntries(involved.map((task) => [task, rows.map((row) => row[task]!)])),
    };
  };
}

function reconciled(
  order: readonly string[],
  hierarchy: Relations['hierarchy'],
  predictions: Predictions,
  row: number,
): Readonly<Record<string, Classification>> {
  const own = Object.fromEntries(
    order.map((task) => [task, (predictions[task]![row] as Classification).probabilities] as const),
  );
  const labels = Object.fromEntries(order.map((task) => [task, Object.keys(own[task]!)] as const));
  const probabilities = Object.fromEntries(order.map((task) => [task, Object.values(own[task]!)] as const));
  // labels that training never saw cannot be predicted
  const known = (task: string, { parent, under }: Parent): Parent => ({
    parent,
    under: Object.fromEntries(
      Object.entries(under).map(([label, below]) => [label, below.filter((one) => labels[task]!.includes(one))]),
    ),
  });
  const found = consistent({
    relations: {
      order,
      hierarchy: Object.fromEntries(Object.entries(hierarchy).map(([task, parent]) => [task, known(task, parent)])),
    },
    labels,
    probabilities,
  });
  return Object.fromEntries(
    order.map((task) => {
      const { label, probabilities: made, none } = found[task]!;
      const all = Object.fromEntries(labels[task]!.map((name, at) => [name, made[at]!]));
      const withNone = Object.hasOwn(hierarchy, task) ? { ...all, [noLabel]: none } : all;
      return [task, { label: label ?? noLabel, probability: withNone[label ?? noLabel]!, probabilities: withNone }];
    }),
  );
}

/** @throws PolytaskError data E2481 where the classes of two tasks that are pulled together are not the same. */
export function requireSameClasses({ relations: given }: RunConfig, heads: Readonly<Record<string, unknown>>): void {
  const problems = (given?.correlated ?? []).flatMap(({ tasks }, at): Problem[] => {
    const [first, second] = tasks.map((task) => (heads[task] as { labels?: readonly string[] }).labels ?? []);
    if (String(first) === String(second)) return [];
    const message = `The classes of ${quote(tasks[0])} (${first!.join(', ')}) and ${quote(tasks[1])} (${second!.join(', ')}) are not the same.`;
    return [{ code: 'E2481', path: `relations.correlated.${at}`, message, fix: 'Map the labels: data.labels.' }];
  });
  if (problems.length > 0) throw new PolytaskError('data', problems);
}

/** Which of its two classes says yes, of both tasks of `relations.esmm`. @throws PolytaskError data E2482 where there are not two, or none is so called. */
export function yesOf(
  { first, both, yes }: NonNullable<NonNullable<RunConfig['relations']>['esmm']>,
  heads: Readonly<Record<string, unknown>>,
): { readonly first: 0 | 1; readonly both: 0 | 1 } {
  const problems: Problem[] = [];
  const placeOf = (key: 'first' | 'both', task: string): 0 | 1 => {
    const labels = (heads[task] as { labels: readonly string[] }).labels;
    const place = labels.indexOf(yes[key]);
    if (labels.length !== 2 || place < 0) {
      const message = `Expected two classes of the task ${quote(task)}, one of them ${quote(yes[key])}. Found ${labels.join(', ')}.`;
      problems.push({ code: 'E2482', path: `relations.esmm.yes.${key}`, message });
    }
    return place as 0 | 1;
  };
  const found = { first: placeOf('first', first), both: placeOf('both', both) };
  if (problems.length > 0) throw new PolytaskError('data', problems);
  return found;
}

/** Labels that are named and that no example has (E2483), and labels of examples that cannot stand below their others (E2480), told once for each task. */
export function relationNotes(config: RunConfig, examples: readonly Example[]): Problem[] {
  const made = relationsOf(config);
  const found = contradictions(
    made,
    examples.map(({ labels }) => labels as Readonly<Record<string, string | null>>),
  );
  const labelsOf = (task: string) =>
    new Set(examples.flatMap(({ labels }) => (labels[task] === null ? [] : [String(labels[task])])));
  const told = Object.keys(made.hierarchy).flatMap((task): Problem[] => {
    const own = found.filter((one) => one.task === task);
    const [first] = own;
    if (!first) return [];
    const above =
      first.parentLabel === null ? 'what is known above it' : `the ${first.parent} ${quote(first.parentLabel)}`;
    return [
      {
        code: 'E2480',
        path: `relations.hierarchy.${task}`,
        message: `${own.length} of ${examples.length} examples have a label that cannot stand where it does. The first is ${quote(examples[first.row]!.id)}: ${quote(first.label)} below ${above}.`,
        fix: own.every(({ label }) => isMissingWord(label))
          ? missingFix([...new Set(own.map(({ label }) => label))])
          : `Correct the labels, or add them to relations.hierarchy.${task}.under.`,
      },
    ];
  });
  return [...namedBelow(config, labelsOf), ...told];
}
