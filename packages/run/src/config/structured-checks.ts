import type { Finding } from './explain.ts';

type Values = Readonly<Record<string, unknown>>;
type Add = (path: readonly PropertyKey[], message: string, fix?: string, at?: Finding['at']) => void;
type File = {
  readonly inputs: Readonly<Record<string, Values>>;
  readonly tasks: Readonly<Record<string, Values>>;
  readonly data: Values;
};

/** Augmentations that move what labels say the place of. */
const moving: Readonly<Record<string, readonly unknown[]>> = {
  tag: ['tokenDropout', 'tokenSwap'],
  detect: ['flip', 'rotate', 'translate', 'shear', 'rescale', 'randomCrop'],
};

const needs: Readonly<Record<string, { readonly type: string; readonly encoders: readonly unknown[] }>> = {
  tag: { type: 'text', encoders: ['transformer', 'bert', 'custom'] },
  detect: { type: 'image', encoders: ['cnn', 'resnet', 'custom'] },
};

/** What tasks of several columns, of words and of places need of the other sections: E1209. */
export function structuredChecks({ inputs, tasks, data }: File, add: Add): void {
  const placed = Object.entries(tasks).filter(([, { type }]) => Object.hasOwn(needs, String(type)));
  for (const [task, section] of Object.entries(tasks)) {
    if (section.type !== 'multiLabel') continue;
    if (section.column === undefined && section.columns === undefined)
      add(['tasks', task], 'Missing: expected column, or columns of 0 and 1.');
    if (section.column !== undefined && section.columns !== undefined)
      add(['tasks', task, 'columns'], 'Expected column or columns. Found both.', 'Keep one of them.');
  }
  for (const [task, { type }] of placed) {
    const wanted = needs[String(type)]!;
    for (const [input, { type: own, encoder, augment, fit, column }] of Object.entries(inputs)) {
      const given = record(encoder);
      const names = wanted.encoders.filter((name) => name !== 'custom').join(' or ');
      if (own !== wanted.type) {
        add(['tasks', task, 'type'], `Only inputs of type ${wanted.type} have tasks of type ${type}.`);
        continue;
      }
      const name = given.type ?? (own === 'image' ? 'cnn' : 'ngrams');
      if (typeof name === 'string' && !wanted.encoders.includes(name))
        add(
          ['inputs', input, 'encoder'],
          `A task of type ${type} needs the encoder ${names}. Found ${name}.`,
          `Use encoder: { type: ${wanted.encoders[0]} }.`,
        );
      if (given.pooling !== undefined && typeof name === 'string' && name !== 'custom')
        add(
          ['inputs', input, 'encoder', 'pooling'],
          `A task of type ${type} needs a vector for each ${type === 'tag' ? 'word' : 'place'}: nothing is pooled.`,
          'Leave it out.',
        );
      if (type === 'detect' && fit !== undefined && fit !== 'stretch')
        add(['inputs', input, 'fit'], 'Boxes keep their place only where images are stretched.', 'Use fit: stretch.');
      list(data.clean).forEach((step, number) => {
        const { type: kind, text, action } = record(step);
        if (type === 'tag' && kind === 'removeLabelLeaks' && text === column && action !== 'report')
          add(
            ['data', 'clean', number],
            `removeLabelLeaks takes out words, for each of which the task ${task} has a label.`,
            'Use action: report, or leave it out.',
          );
      });
      list(augment).forEach((step, number) => {
        const { type: kind, unsafeFor } = record(step);
        if (moving[String(type)]!.includes(kind) && !list(unsafeFor).includes(task))
          add(
            ['inputs', input, 'augment', number],
            `${kind} moves what the task ${task} has labels for.`,
            `Add unsafeFor: [${task}].`,
          );
      });
    }
  }
}

const record = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
