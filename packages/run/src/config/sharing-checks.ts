import { didYouMean, quote } from '@polytask/base';
import type { Finding } from './explain.ts';

type Values = Readonly<Record<string, unknown>>;
type Add = (path: readonly PropertyKey[], message: string, fix?: string, at?: Finding['at']) => void;
type File = {
  readonly inputs: Readonly<Record<string, Values>>;
  readonly tasks: Readonly<Record<string, Values>>;
  readonly sharing: Values;
};

/** What there is a vector of outputs for, where it is not the example. */
const outputsFor: Readonly<Record<string, string>> = { transcribe: 'frame', tag: 'word', detect: 'place' };

/** What ways of sharing need of the other sections: E1209. */
export function sharingChecks(file: File, add: Add): void {
  const { tasks, sharing } = file;
  const several = Object.entries(tasks).find(([, { type }]) => Object.hasOwn(outputsFor, String(type)));
  if (sharing.outputs !== undefined && several)
    add(
      ['sharing', 'outputs'],
      `Attention over outputs takes one vector for each example, the task ${several[0]} gives one for each ${outputsFor[String(several[1].type)]}.`,
      'Leave it out.',
    );
  if (sharing.type === 'mtan') masks(file, add);
  if (sharing.type === 'grouped') {
    const families = Object.keys(tasks).filter((name) => tasks[name]!.each !== undefined);
    groupChecks(Object.keys(tasks), list(sharing.groups).map(list), add, families);
  }
}

function masks({ inputs, tasks, sharing }: File, add: Add): void {
  const isMap = Object.values(tasks).some(({ type }) => type === 'detect');
  for (const [input, { type, encoder }] of Object.entries(inputs)) {
    const given = record(encoder);
    const name = given.type ?? (type === 'image' ? 'cnn' : undefined);
    const areMaps = sharing.hidden === undefined && (name === 'cnn' || name === 'resnet');
    if (!areMaps && !isMap && sharing.batchNorm !== undefined)
      add(
        ['sharing', 'batchNorm'],
        'Only masks over maps have batch norms: those of a cnn or resnet, without hidden, or beside a task of type detect.',
        'Leave it out.',
        'key',
      );
    if (!areMaps) continue;
    for (const key of ['pooling', 'gram'])
      if (given[key] !== undefined && given[key] !== null)
        add(
          ['inputs', input, 'encoder', key],
          'Masks look at the maps of the encoder: there is no vector to make of them.',
          'Leave it out, or give sharing.hidden, for masks over a vector.',
          'key',
        );
  }
}

/**
 * Each task in one group.
 *
 * @param families tasks of which there will be several, `<name>-<value>`: which ones is not known yet.
 */
export function groupChecks(
  tasks: readonly string[],
  given: readonly (readonly unknown[])[],
  add: Add,
  families: readonly string[] = [],
): void {
  const placed = given.flat();
  const isOf = (name: unknown, family: string) => String(name).startsWith(`${family}-`);
  for (const [at, group] of given.entries())
    for (const [place, name] of group.entries()) {
      if (typeof name === 'string' && !tasks.includes(name) && !families.some((family) => isOf(name, family)))
        add(['sharing', 'groups', at, place], `There is no task ${quote(name)}.`, didYouMean(name, tasks));
      if (placed.indexOf(name) < given.slice(0, at).flat().length + place)
        add(['sharing', 'groups', at, place], `The task ${quote(String(name))} is in a group already.`);
    }
  const missing = tasks.filter(
    (name) => !placed.includes(name) && !(families.includes(name) && placed.some((one) => isOf(one, name))),
  );
  if (missing.length > 0)
    add(
      ['sharing', 'groups'],
      `Expected each task in one group. Found none for ${missing.join(', ')}.`,
      'Add them to a group, or give each one of its own.',
    );
}

const record = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
