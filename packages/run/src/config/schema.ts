import { deviceNames } from '@polytask/engine';
import { z } from 'zod';
import { cleaningSchema } from './cleaning-schema.ts';
import { inputSchema } from './input-schema.ts';
import { aggregators, balancers, metrics, optimizers, samplers, schedules } from './names.ts';
import { column, count, custom, name, positive, rate } from './pieces.ts';
import { pretrainSchema } from './pretrain-schema.ts';
import { relationsSchema } from './relations-schema.ts';
import { selectorSchema } from './selector-schema.ts';
import { sharingSchema } from './sharing-schema.ts';
import { sourceSchema } from './source-schema.ts';
import { taskSchema } from './task-schema.ts';

// Every key of a run file, its type, its range and its default. Objects are strict: an unknown key is an error wherever it stands.
const fractions = z
  .tuple([z.number().positive().max(1), z.number().min(0).max(1), z.number().min(0).max(1)])
  .refine(
    (parts) => Math.abs(parts.reduce((sum, part) => sum + part, 0) - 1) < 1e-6,
    'training, validation and test fractions with sum 1',
  );
const defaultFractions: [number, number, number] = [0.8, 0.1, 0.1];
const sharedFractions = { fractions: fractions.default(defaultFractions) };
/** Nearly equal texts (Jaccard similarity of 5-character runs ≥ 0.8) on both sides: a warning, never on both sides, or not looked for. */
const warned = { nearDuplicates: z.enum(['warn', 'ignore']).default('warn') };
const kept = { nearDuplicates: z.enum(['warn', 'together', 'ignore']).default('together') };
/** Training and validation rows are drawn anew after so many epochs; the test rows stay. */
const drawn = { redraw: z.strictObject({ every: count.default(1) }).optional() };
const split = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('stratified'),
    tasks: z.array(name).min(1).optional(),
    ...sharedFractions,
    ...kept,
    ...drawn,
  }),
  z.strictObject({ by: z.literal('random'), ...sharedFractions, ...kept, ...drawn }),
  /** Whole groups: no value of the column stands in two parts. `tasks`, by default all, are stratified. */
  z.strictObject({
    by: z.literal('group'),
    column,
    tasks: z.array(name).min(1).optional(),
    ...sharedFractions,
    ...kept,
    ...drawn,
  }),
  /** The past trains, the future tests. `gap`, in the column's unit (milliseconds for dates), is left out before each border. */
  z.strictObject({ by: z.literal('time'), column, gap: z.number().min(0).default(0), ...sharedFractions, ...warned }),
  /** One of k runs: fold number `fold` tests, the next one validates, the others train. */
  z.strictObject({
    by: z.literal('kFold'),
    folds: z.int().min(3),
    fold: z.int().min(0),
    repeat: z.int().min(0).default(0),
    tasks: z.array(name).min(1).optional(),
    /** The column of groups to keep whole. */
    column: column.optional(),
    ...kept,
  }),
  /** The parts of another run's `split.lock.json`. */
  z.strictObject({ by: z.literal('lock'), file: z.string().min(1), ...warned }),
  z.strictObject({
    by: z.literal('files'),
    ...warned,
    ...drawn,
    /** Without a validation file, a tenth of the training rows validates. */
    files: z.strictObject({
      train: sourceSchema,
      validation: sourceSchema.optional(),
      test: sourceSchema.optional(),
    }),
  }),
]);

/** How a file says what the run says in other words. */
const mappingKeys = {
  /** Names in the run by the file's: `{ headline: text }`. */
  columns: z.record(column, column).optional(),
  /** By column of the run, labels of the run by the file's; null where it is to count as missing: `{ sentiment: { pos: positive, n/a: null } }`. */
  labels: z.record(column, z.record(z.string(), z.string().nullable())).optional(),
  /** What cells say that are missing, in any column, as they are written: `[NA, '?', -999]`. Columns of numbers know the usual words. */
  missing: z
    .array(z.union([z.string(), z.number()], 'a text or a number'))
    .min(1)
    .optional(),
  /** How a text file is read. */
  encoding: z.enum(['utf-8', 'latin1']).optional(),
};
const source = sourceSchema;

const data = z.strictObject({
  source: source.optional(),
  /** Several files, each with labels of some tasks; without `tasks`, of all. */
  sources: z
    .array(z.strictObject({ source, tasks: z.array(name).min(1).optional(), ...mappingKeys }))
    .min(1)
    .optional(),
  /** Of `source`, of `split.files`, and of every file that is given later. */
  ...mappingKeys,
  /** Files that add columns to the rows of all others, by a column that both have. */
  join: z
    .array(
      z.strictObject({
        source: z.string().min(1),
        on: column,
        /** Whether rows without a partner stay. */
        how: z.enum(['left', 'inner']).default('left'),
        /** Whose cell is kept where both have one and they differ, which is told either way. */
        conflicts: z.enum(['left', 'right', 'missing']).default('left'),
        ...mappingKeys,
      }),
    )
    .min(1)
    .optional(),
  id: column.optional(),
  clean: cleaningSchema.optional(),
  bad: z
    .strictObject({
      policy: z.enum(['quarantine', 'fail']).default('quarantine'),
      maxFraction: z.number().min(0).max(1).default(0.01),
    })
    .prefault({}),
});

const beta = z.number().min(0).lt(1).optional();
const learningRate = positive.default(1e-3);
/** BERT: block by block from the top, and for the embeddings, the learning rate is this times that above; heads have the whole. */
const layerDecay = positive.max(1).optional();
const optimizer = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal(optimizers.sgd),
    learningRate: positive.default(0.1),
    momentum: rate.optional(),
    nesterov: z.boolean().optional(),
    layerDecay,
  }),
  z.strictObject({
    type: z.literal(optimizers.adam),
    learningRate,
    beta1: beta,
    beta2: beta,
    epsilon: positive.optional(),
    layerDecay,
  }),
  z.strictObject({
    type: z.literal(optimizers.adamw),
    learningRate,
    weightDecay: z.number().min(0).optional(),
    beta1: beta,
    beta2: beta,
    epsilon: positive.optional(),
    layerDecay,
  }),
]);

/** Steps, or a share of all steps such as `5%`. */
const warmup = z.union([z.int().min(0), z.string().regex(/^\d+(\.\d+)?%$/)], 'steps, or a share such as 5%').default(0);
const end = z.number().min(0).max(1).default(0);
const schedule = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal(schedules.constant), warmup }),
  z.strictObject({ type: z.literal(schedules.linear), warmup, end }),
  z.strictObject({ type: z.literal(schedules.cosine), warmup, end }),
]);

const pace = z.union([z.literal('epoch'), count], 'epoch, or a number of steps');

const train = z.strictObject({
  epochs: count.optional(),
  /** Instead of epochs. */
  steps: count.optional(),
  batch: count.default(32),
  /** Micro-batches per step. */
  accumulate: count.default(1),
  optimizer: optimizer.prefault({ type: 'adamw' }),
  schedule: schedule.prefault({ type: 'cosine', warmup: '5%' }),
  clip: z
    .union(
      [z.strictObject({ globalNorm: positive }), z.strictObject({ value: positive })],
      '{ globalNorm: number } or { value: number }',
    )
    .optional(),
  /** BERT: at first only heads are trained, then after every epoch, or so many steps, `blocks` more from the top, the embeddings last. */
  unfreeze: z.strictObject({ every: pace.default('epoch'), blocks: count.default(1) }).optional(),
  evaluate: pace.default('epoch'),
  checkpoint: z.strictObject({ every: pace.default('epoch'), keep: count.default(2) }).prefault({}),
});

const selectKeys = { patience: count.optional(), minimalGain: z.number().min(0).default(0) };
const select = z.discriminatedUnion('mode', [
  /** Σ weight · primary metric / Σ weight. */
  z.strictObject({ mode: z.literal('weighted'), ...selectKeys }),
  /** One metric of one task. */
  z.strictObject({ mode: z.literal('primary'), task: name, metric: z.enum(metrics).optional(), ...selectKeys }),
]);

/** One number for each task. */
const perTask = z.record(name, z.number()).optional();
/** What goes with any balancer. */
const balanceKeys = {
  /** With respect to what the gradients of the tasks are compared, for balancers that compare them. */
  gradients: z.enum(['parameters', 'representation', 'last-layer']).optional(),
  /** The balancer has its turn at every n-th step. */
  every: count.optional(),
  /** Its weights averaged over steps: of the new ones, this share is the old. */
  smoothed: rate.optional(),
  /** Works on the logarithms of the losses. */
  logTransformed: z.boolean().optional(),
  /** Its weights are scaled so that their sizes add up to the number of tasks. */
  normalised: z.boolean().optional(),
};
const balancer = <Name extends keyof typeof balancers, Shape extends z.ZodRawShape>(type: Name, options: Shape) =>
  z.strictObject({ type: z.literal(balancers[type]), ...options, ...balanceKeys });

const aggregator = <Name extends keyof typeof aggregators, Shape extends z.ZodRawShape>(type: Name, options: Shape) =>
  z.strictObject({ type: z.literal(aggregators[type]), ...options });

const balance = z.discriminatedUnion('type', [
  balancer('equal', {}),
  balancer('mean', {}),
  balancer('fixed', { weights: z.record(name, z.number().min(0)) }),
  balancer('prior', {
    importance: perTask,
    sizes: perTask,
    costs: perTask,
    sizePower: z.number().optional(),
    costPower: z.number().optional(),
  }),
  balancer('uncertainty', {
    learningRate: positive.optional(),
    initial: z.number().optional(),
    bound: positive.optional(),
  }),
  balancer('rlw', {}),
  /** By what each evaluation of the validation part brings. */
  balancer('dtp', { focus: z.number().min(0).optional(), smoothing: z.number().positive().max(1).optional() }),
  balancer('dwa', { temperature: positive.optional(), window: count.nullable().optional() }),
  balancer('gls', {}),
  balancer('scaleInvariant', {}),
  balancer('imtlL', { learningRate: positive.optional(), initial: z.number().optional(), bound: positive.optional() }),
  balancer('famo', { learningRate: positive.optional(), decay: z.number().min(0).optional(), lowerBounds: perTask }),
  balancer('worst', { count: count.optional() }),
  balancer('tchebycheff', { inverse: z.boolean().optional(), preference: perTask, ideal: perTask }),
  balancer('stch', { mu: positive.optional(), preference: perTask, ideal: perTask }),
  balancer('pbi', { theta: z.number().min(0).optional(), preference: perTask, ideal: perTask }),
  balancer('cosmos', { lambda: z.number().min(0).optional(), concentration: positive.optional(), preference: perTask }),
  balancer('consistency', {
    strength: z.number().min(0).optional(),
    /** Pairs of related tasks; all pairs when left out. */
    pairs: z.array(z.tuple([name, name])).optional(),
  }),
  balancer('mgda', { normalise: z.enum(['none', 'l2', 'loss', 'loss+']).optional() }),
  balancer('pcgrad', {}),
  balancer('gradvac', { beta: z.number().min(0).max(1).optional() }),
  balancer('cagrad', {
    c: z.number().min(0).optional(),
    rescale: z.enum(['none', 'squared', 'linear']).optional(),
    preference: perTask,
  }),
  balancer('imtlG', {}),
  balancer('nash', { maxNorm: positive.nullable().optional() }),
  balancer('fairgrad', { alpha: z.number().min(0).optional() }),
  balancer('aligned', { scale: z.enum(['min', 'median', 'rmse']).optional(), preference: perTask }),
  balancer('upgrad', { preference: perTask }),
  balancer('dualProj', { preference: perTask }),
  balancer('config', { preference: perTask }),
  balancer('gradnorm', { alpha: z.number().min(0).optional(), learningRate: positive.optional() }),
  balancer('metabalance', {
    /** The task that the others are there to help; the first when left out. */
    target: name.optional(),
    relax: z.number().min(0).max(1).optional(),
    beta,
    change: z.enum(['larger', 'smaller', 'both']).optional(),
  }),
  balancer('krum', { byzantine: z.int().min(0).optional(), selected: count.optional() }),
  aggregator('gradDrop', { leak: z.union([rate, z.record(name, z.number().min(0).max(1))]).optional() }),
  aggregator('moco', {
    beta: z.number().positive().max(1).optional(),
    betaDecay: z.number().min(0).optional(),
    gamma: z.number().min(0).optional(),
    gammaDecay: z.number().min(0).optional(),
    rho: z.number().min(0).optional(),
  }),
  aggregator('dbMtl', { beta, betaDecay: z.number().min(0).optional() }),
  aggregator('excessMtl', { rate: positive.optional() }),
  aggregator('trimmedMean', { trim: z.int().min(0).optional() }),
  aggregator('mConfig', { beta1: beta, beta2: beta }),
  custom.extend(balanceKeys),
]);

const samplingKeys = { lengthBuckets: count.max(32).optional() };
const sampler = <Name extends keyof typeof samplers, Shape extends z.ZodRawShape>(type: Name, options: Shape) =>
  z.strictObject({ type: z.literal(samplers[type]), ...options, ...samplingKeys });
const draw = z.enum(['withReplacement', 'withoutReplacement', 'systematic']);
const byTask = {
  /** Whether a task is chosen for every batch or for every example. */
  per: z.enum(['batch', 'example']).default('batch'),
  /** Of a batch that was drawn for one task, its labels or those of all tasks. Default: own per batch, all per example. */
  labels: z.enum(['own', 'all']).optional(),
  /** Batch sizes of tasks, where they are not `train.batch`. */
  batch: z.record(name, count).optional(),
  replacement: z.boolean().default(false),
  batchesPerEpoch: count.optional(),
};
const sampling = z.discriminatedUnion('type', [
  sampler('joint', {}),
  sampler('classBalanced', {
    tasks: z.array(name).min(1).optional(),
    strength: z.number().min(0).max(1).default(1),
    limit: z.number().min(1).default(10),
    size: z.enum(['same', 'over', 'under']).default('same'),
    draw: draw.exclude(['withoutReplacement']).default('systematic'),
  }),
  sampler('taskBalanced', byTask),
  sampler('temperature', { temperature: positive, cap: count.optional(), ...byTask }),
  sampler('annealed', {
    from: positive.default(1),
    to: positive,
    epochs: count.optional(),
    cap: count.optional(),
    ...byTask,
  }),
  sampler('roundRobin', byTask),
  /** Of one task each, which a selector chooses by what training brought. */
  sampler('selected', {
    ...byTask,
    per: z.literal('batch').default('batch'),
    selector: selectorSchema.prefault({ type: 'learningProgress' }),
  }),
  /** The easiest share of the examples, by their losses after the epoch before; it grows to all. */
  sampler('curriculum', {
    /** The share to begin with. */
    start: z.number().positive().max(1).default(0.3),
    /** Epochs until all take part; the first one, in which all do, aside. */
    epochs: count,
    pacing: z.enum(['linear', 'root', 'geometric', 'step']).default('root'),
    stages: count.default(4),
    /** The task within whose classes the share is taken, so that easy classes do not crowd out the others. */
    within: name.optional(),
  }),
  /** By a column of weights ≥ 0; a missing one is 0. */
  sampler('weighted', { column, draw: draw.default('withReplacement'), epochSize: count.optional() }),
]);

/** The schema of a run file. */
export const runSchema = z.strictObject({
  version: z.literal(1),
  name,
  seed: z.int().default(0),
  data: data.prefault({}),
  split: split.prefault({ by: 'stratified' }),
  inputs: z.record(name, inputSchema),
  sharing: sharingSchema.prefault({ type: 'hard' }),
  tasks: z.record(name, taskSchema),
  relations: relationsSchema.optional(),
  balance: balance.prefault({ type: 'equal' }),
  sampling: sampling.prefault({ type: 'joint' }),
  train: train.prefault({}),
  /** Of `polytask pretrain` alone: training has no part in it. */
  pretrain: pretrainSchema.optional(),
  select: select.prefault({ mode: 'weighted' }),
  device: z.enum(deviceNames).default('auto'),
  /** Threads of the device; numbers may differ in the last bits between thread counts. Default: one per core. */
  threads: count.optional(),
});

type Written = z.input<typeof runSchema>;
/** A section whose variant may be left out: then it is `Name`. */
type Implied<Section, Tag extends string, Name> = Section | Omit<Extract<Section, { readonly [T in Tag]: Name }>, Tag>;
type Train = NonNullable<Written['train']>;
type Training = Omit<Train, 'optimizer' | 'schedule'> & {
  optimizer?: Implied<NonNullable<Train['optimizer']>, 'type', 'adamw'>;
  schedule?: Implied<NonNullable<Train['schedule']>, 'type', 'cosine'>;
};

/** A run file as it is written. */
export type RunFile = Omit<Written, 'train' | 'split' | 'select' | 'sampling'> & {
  train?: Training;
  split?: Implied<Implied<NonNullable<Written['split']>, 'by', 'stratified'>, 'by', 'files'>;
  sampling?: Implied<NonNullable<Written['sampling']>, 'type', 'joint'>;
  select?: Implied<Implied<NonNullable<Written['select']>, 'mode', 'weighted'>, 'mode', 'primary'>;
};

/** A run file with every default filled in and absolute paths: JSON. */
export type RunConfig = z.output<typeof runSchema>;

export type TaskConfig = RunConfig['tasks'][string];
export type EncoderConfig = RunConfig['inputs'][string]['encoder'];
export type InputConfig = RunConfig['inputs'][string];
export type AugmentationConfig = NonNullable<InputConfig['augment']>[number];
export type MixConfig = NonNullable<Extract<InputConfig, { type: 'image' }>['mix']>;
export type SharingConfig = RunConfig['sharing'];
export type SplitConfig = RunConfig['split'];
export type SamplingConfig = RunConfig['sampling'];
export type BalanceConfig = RunConfig['balance'];
export type OptimizerConfig = RunConfig['train']['optimizer'];
export type ScheduleConfig = RunConfig['train']['schedule'];
