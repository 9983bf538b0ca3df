import type { NamedAugmentation, NamedBalancer, NamedEncoder, NamedHead, RunObjects } from './run.ts';

type Values = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Whether an object stands where YAML has a name. What it can do shows when it is used. */
const isObject = <T>(value: unknown): value is T => typeof value === 'object' && value !== null;

const defaultEpochs = 20;

/** Fills in what a section leaves out and its other keys decide: the variant, and epochs where there are no steps. */
export function impliedVariants(raw: unknown): unknown {
  if (!isRecord(raw)) return raw;
  const file: Record<string, unknown> = { ...raw };
  imply(file, 'split', 'by', (split) => (split.files === undefined ? 'stratified' : 'files'));
  imply(file, 'select', 'mode', (select) => (select.task === undefined ? 'weighted' : 'primary'));
  imply(file, 'balance', 'type', () => 'equal');
  imply(file, 'sharing', 'type', () => 'hard');
  imply(file, 'sampling', 'type', () => 'joint');
  if (isRecord(file.inputs))
    file.inputs = mapValues(file.inputs, (input) =>
      isRecord(input) && typeof input.mix === 'string' ? { ...input, mix: { type: input.mix } } : input,
    );
  if (file.train === undefined) file.train = {};
  if (isRecord(file.train)) {
    const train: Record<string, unknown> = { ...file.train };
    imply(train, 'optimizer', 'type', () => 'adamw');
    imply(train, 'schedule', 'type', () => 'cosine');
    if (train.steps === undefined) train.epochs ??= defaultEpochs;
    file.train = train;
  }
  return file;
}

function imply(owner: Record<string, unknown>, key: string, tag: string, name: (section: Values) => string): void {
  const section = owner[key];
  if (isRecord(section) && section[tag] === undefined) owner[key] = { ...section, [tag]: name(section) };
}

/** Puts `{ type: 'custom', name, options }` where a TypeScript run file passed an object as `type`, and returns the objects by path. */
export function takeObjects(raw: unknown): { value: unknown; objects: RunObjects } {
  const encoders: Record<string, NamedEncoder> = {};
  const heads: Record<string, NamedHead> = {};
  const augmentations: Record<string, Record<number, NamedAugmentation>> = {};
  let balancer: NamedBalancer | undefined;
  if (!isRecord(raw)) return { value: raw, objects: { encoders, heads } };
  const file: Record<string, unknown> = { ...raw };
  if (isRecord(file.inputs)) {
    file.inputs = mapValues(file.inputs, (input, name) => {
      if (!isRecord(input)) return input;
      const taken: Record<string, unknown> = { ...input };
      if (isRecord(input.encoder) && isObject<NamedEncoder>(input.encoder.type)) {
        encoders[name] = input.encoder.type;
        taken.encoder = recorded(input.encoder);
      }
      if (Array.isArray(input.augment)) {
        const own: Record<number, NamedAugmentation> = {};
        taken.augment = input.augment.map((step: unknown, at) => {
          if (!isRecord(step) || !isObject<NamedAugmentation>(step.type)) return step;
          own[at] = step.type;
          return recorded(step);
        });
        if (Object.keys(own).length > 0) augmentations[name] = own;
      }
      return taken;
    });
  }
  if (isRecord(file.tasks)) {
    file.tasks = mapValues(file.tasks, (task, name) => {
      if (!isRecord(task) || !isObject<NamedHead>(task.type)) return task;
      heads[name] = task.type;
      return recorded(task);
    });
  }
  if (isRecord(file.balance) && isObject<NamedBalancer>(file.balance.type)) {
    balancer = file.balance.type;
    file.balance = recorded(file.balance);
  }
  const isAny = Object.keys(augmentations).length > 0;
  return {
    value: file,
    objects: { encoders, heads, ...(balancer && { balancer }), ...(isAny && { augmentations }) },
  };
}

const recorded = (section: Values): Values => {
  const { name, options = {} } = section.type as Values;
  return { ...section, type: 'custom', name, options };
};

const mapValues = (values: Values, change: (value: unknown, name: string) => unknown): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]));
