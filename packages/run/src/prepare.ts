import { fold, type Key, key, PolytaskError, type Problem, quote } from '@polytask/base';
import { type Augmenter, checkLabels, type Example, fingerprint, labelVocabulary, type TableRow } from '@polytask/data';
import type { AnyModel, BatchSource, LabelledBatch } from '@polytask/train';
import {
  bucketsOf,
  type EncodedExamples,
  encodeExamples,
  evaluationBatches,
  examplesAt,
  labelOf,
  rawInTurn,
  rawOf,
  trainingBatches,
} from './batches.ts';
import { eachOf } from './config/expand-each.ts';
import type { Run } from './config/run.ts';
import type { RunConfig, TaskConfig } from './config/schema.ts';
import { type ChosenByLoss, curriculumFor } from './curriculum.ts';
import { cleanData, cleaningKey, type RunCleaning } from './data/clean-data.ts';
import { columnNotes } from './data/column-notes.ts';
import { labelNotes, unlabelledNotes } from './data/label-notes.ts';
import { labelNames, numberProblem } from './data/label-shape.ts';
import { leakNotes, tellsLabels } from './data/leak-notes.ts';
import { type RunData, readData } from './data/read-data.ts';
import { type PartName, type Parts as SplitParts, splitData, splitKey } from './data/split-data.ts';
import { strayNotes } from './data/stray-notes.ts';
import { transcriptNotes } from './data/transcript-notes.ts';
import { hasClasses, type KnownLabels, knownLabels } from './labels.ts';
import { seenTextNotes } from './pretrain/seen-texts.ts';
import { allOrProblems } from './problems.ts';
import { augmenterFor, mixingFor } from './registry.ts';
import { relationNotes, requireSameClasses } from './relations.ts';
import { type Rounds, roundsOf } from './rounds.ts';
import { hasOwnLabels, samplerFor, samplingNotes } from './sampler.ts';
import { makeParts, modelOf, type Parts, type Specs } from './specs.ts';

/** Everything that training needs, made from a run and its data. */
export type Prepared = {
  readonly run: Run;
  readonly root: Key;
  readonly data: RunData;
  readonly split: SplitParts;
  /** Data and split as they were before cleaning: what run folders and their locks know. */
  readonly whole: { readonly data: RunData; readonly split: SplitParts };
  /** What cleaning did, where the run cleans. */
  readonly cleaning?: RunCleaning;
  /** Of the examples and of the sizes of the parts. */
  readonly fingerprint: string;
  readonly notes: readonly Problem[];
  /** Those of them that are about the split: what could not be done as asked, and leaks. */
  readonly splitNotes: readonly Problem[];
  readonly parts: Parts;
  readonly specs: Specs;
  readonly model: AnyModel;
  readonly buckets: readonly number[];
  /** The training labels of each task, by how often they occur. */
  readonly labelCounts: Readonly<Record<string, ReadonlyMap<string, number>>>;
  readonly batches: BatchSource;
  examplesOf(part: PartName): readonly Example[];
  /** What changes training examples, before and after they are encoded. */
  readonly augmenters: {
    readonly raw: Augmenter<unknown> | undefined;
    readonly encoded: Augmenter<unknown> | undefined;
  };
  /** The batches of a part, made one after the other; of the validation part as it is in an epoch (0), where parts are drawn anew. */
  evaluation(part: PartName, epoch?: number): AsyncIterable<LabelledBatch>;
  /** What the sampler's next epoch is chosen by, where that depends on the model. */
  readonly curriculum?: ChosenByLoss;
};

/**
 * Reads and splits the data, fits encoder and heads on the training part alone, and makes the batches.
 *
 * @param given what is known already: the specs of a run folder, or the data, cleaned, and its split.
 * @throws PolytaskError usage or data, with all problems found.
 */
export async function prepare(
  run: Run,
  given: { readonly specs?: Specs; readonly data?: RunData; readonly split?: SplitParts } = {},
): Promise<Prepared> {
  const { config } = run;
  const root = key(config.seed);
  const parts = await makeParts(run, given.specs === undefined);
  const whole = given.data ?? (await readData(config));
  const { parts: wholeSplit, notes } = given.split
    ? { parts: given.split, notes: [] }
    : await splitData(config, whole, splitKey(root));
  const {
    data: read,
    split,
    cleaning,
  } = given.split
    ? { data: whole, split: wholeSplit, cleaning: undefined }
    : await cleanData(config, whole, wholeSplit, cleaningKey(root));
  // What a run folder has is known and said.
  const leaks = given.split || given.specs ? [] : leakNotes(config, read, split, splitKey(root));
  const seen = given.split || given.specs ? [] : await pretrainedOn(config, parts, read, split);
  const pick = (part: PartName) => Array.from(split[part], (index) => read.examples[index]!);
  const tasks = Object.keys(parts.heads);
  requireNumbers(config, [...pick('train'), ...pick('validation'), ...pick('test')]);
  // An example without any label teaches nothing.
  const teaches = (example: Example) => tasks.some((task) => labelOf(example, task) !== null);
  const training = pick('train').filter(teaches);
  const rounds = roundsOf(config, read, split, splitKey(root));
  const fitted = given.specs ?? (await fitSpecs(parts, training, read, root, cleaning));
  requireSameClasses(config, fitted.heads);
  const input = config.inputs[parts.input]!;
  // parsed rows are several times as large as their texts: kept for augmentation alone
  const parsed = () => training.map((one) => rawOf(parts, one, undefined) as TableRow);
  const rows = input.type === 'table' && input.augment ? parsed() : [];
  const [augmenter, encodedAugmenter] = (['raw', 'encoded'] as const).map((stage) =>
    augmenterFor(input, run.objects.augmentations?.[parts.input], {
      stage,
      ...(input.type === 'table' && { rows }),
      path: `inputs.${parts.input}.augment`,
    }),
  );
  const mixing = mixingFor(input);
  const memory = { media: read.media, room: read.media?.room() };
  requireJudgement(config, pick('validation'));
  // where parts are drawn anew, whatever may ever train
  const pool = rounds ? [...training, ...pick('validation').filter(teaches)] : training;
  const encoded = await encodeExamples(parts, fitted, pool, { ...memory, areChanged: augmenter !== undefined });
  if (encoded.examples.length === 0)
    throw new PolytaskError('data', { code: 'E2306', message: 'The training part has no labelled example.' });
  const buckets = bucketsOf(encoded, config.sampling.lengthBuckets ?? parts.encoder.lengthBuckets ?? 1);
  const labelCounts = Object.fromEntries(tasks.map((task) => [task, countLabels(training, task, config.tasks[task]!)]));
  const known = knownLabels(config, labelCounts);
  // A batch of more rows than there are would be padding.
  const batchSize = Math.min(config.train.batch, training.length);
  const shortened: Problem[] =
    batchSize < config.train.batch
      ? [
          {
            code: 'E1213',
            path: 'train.batch',
            message: `The training part has ${batchSize} examples: batches have as many, not ${config.train.batch}.`,
          },
        ]
      : [];
  const places = rounds && placesIn(rounds, read.examples, pool);
  const sampling = { data: encoded, batchSize, buckets, key: fold(root, 'batches'), trainIn: places?.train };
  const sampler = samplerFor(config, sampling);
  const curriculum =
    config.sampling.type === 'curriculum' && 'choose' in sampler
      ? curriculumFor(sampler, {
          config: config.sampling,
          parts,
          specs: fitted,
          data: encoded,
          buckets,
          known,
          trainIn: places?.train ?? (() => Uint32Array.from(encoded.examples.keys())),
        })
      : undefined;
  const judged = new Map<PartName, EncodedExamples>();
  return {
    run,
    root,
    data: read,
    split,
    whole: { data: whole, split: wholeSplit },
    ...(cleaning && { cleaning }),
    fingerprint: await fingerprintOf(whole, wholeSplit),
    notes: [
      ...read.notes,
      ...(cleaning?.notes ?? []),
      ...notes,
      ...leaks,
      ...seen,
      ...shortened,
      ...(rounds && !given.specs ? [rounds.note] : []),
      ...(given.specs || input.type !== 'table'
        ? []
        : columnNotes([parts.input, input], rows.length > 0 ? rows : parsed())),
      ...(given.specs ? [] : strayNotes(config, parts, fitted, [...pick('validation'), ...pick('test')])),
      ...samplingNotes(config, encoded),
      ...(given.specs ? [] : labelNotes(config, labelCounts)),
      ...(given.specs ? [] : unlabelledNotes(config, training)),
      ...(given.specs ? [] : transcriptNotes(config, parts, fitted, encoded)),
      ...unknownLabels(known, pick),
      ...relationNotes(config, [...pick('train'), ...pick('validation'), ...pick('test')]),
    ],
    splitNotes: [...notes, ...leaks.filter(({ code }) => !tellsLabels.includes(code))],
    parts,
    specs: fitted,
    model: modelOf(parts, fitted),
    buckets,
    labelCounts,
    batches: trainingBatches(parts, fitted, encoded, {
      sampler,
      ownLabels: hasOwnLabels(config),
      ...((augmenter || encodedAugmenter || mixing) && {
        augmentation: { augmenter, encodedAugmenter, mixing, key: fold(root, 'augment'), buckets },
      }),
    }),
    augmenters: { raw: augmenter, encoded: encodedAugmenter },
    examplesOf: pick,
    ...(curriculum && { curriculum }),
    async *evaluation(part, epoch = 0) {
      if (places && part === 'validation' && epoch > 0) {
        const drawn = examplesAt(encoded, places.validation(epoch));
        yield* evaluationBatches(parts, fitted, drawn, { batchSize, buckets, known });
        return;
      }
      const examples = judged.get(part) ?? (await encodeExamples(parts, fitted, pick(part), memory));
      judged.set(part, examples);
      yield* evaluationBatches(parts, fitted, examples, { batchSize, buckets, known });
    },
  };
}

/** @throws PolytaskError data E2332 where weights are to follow scores of the validation part, and no task has a label there. */
function requireJudgement({ balance, tasks }: RunConfig, validation: readonly Example[]): void {
  if (balance.type !== 'dtp') return;
  if (Object.keys(tasks).some((task) => validation.some((example) => labelOf(example, task) !== null))) return;
  const message = 'Balancing by dtp goes by scores of the validation part. No task has a label there.';
  throw new PolytaskError('data', { code: 'E2332', path: 'balance.type', message });
}

/** Which rows of the data train and validate in an epoch, by their places in `pool`. */
function placesIn(rounds: Rounds, examples: readonly Example[], pool: readonly Example[]) {
  const placeOf = new Map(pool.map((example, place) => [example, place]));
  const placesOf = (rows: Uint32Array) =>
    Uint32Array.from(Array.from(rows).flatMap((row) => placeOf.get(examples[row]!) ?? []));
  return {
    train: (epoch: number) => placesOf(rounds.partsIn(epoch).train),
    validation: (epoch: number) => placesOf(rounds.partsIn(epoch).validation),
  };
}

/** A name of the examples and of how many of them each part has. */
export async function fingerprintOf({ examples }: RunData, { train, validation, test }: SplitParts): Promise<string> {
  return `${await fingerprint(examples)} ${train.length}/${validation.length}/${test.length}`;
}

/** Texts of other parts that the encoder has seen before the run. */
async function pretrainedOn(
  { inputs }: RunConfig,
  parts: Parts,
  { examples }: RunData,
  split: SplitParts,
): Promise<Problem[]> {
  const { encoder } = inputs[parts.input]!;
  if (encoder.type !== 'bert' || encoder.folder === undefined) return [];
  const textsOf = (part: PartName) => Array.from(split[part], (index) => examples[index]!.inputs[parts.input]!);
  return seenTextNotes(encoder.folder, `inputs.${parts.input}.encoder.folder`, {
    validation: textsOf('validation'),
    test: textsOf('test'),
  });
}

/** Refuses labels of numbers that are none, with their rows: heads would meet those of other parts in the middle of training. */
function requireNumbers({ tasks }: RunConfig, examples: readonly Example[]): void {
  const problems = Object.entries(tasks).flatMap(([task, { type, column }]): Problem[] => {
    if (type !== 'regress') return [];
    const bad = examples.flatMap(({ id, labels }) => {
      const label = labels[task] ?? null;
      const problem = label === null ? undefined : numberProblem(label);
      return problem ? [{ id, problem }] : [];
    });
    if (bad.length === 0) return [];
    const [{ id, problem }] = bad as [(typeof bad)[number]];
    const fix = `The first is ${quote(id)} in the column ${quote(column)}. Map it to null in data.labels, or let data.clean make a number of it (coerceTypes).`;
    return [{ ...problem, path: `tasks.${task}`, count: bad.length, fix }];
  });
  if (problems.length > 0) throw new PolytaskError('data', problems);
}

/** Mappings without the label, joins without a key or a partner, mapped columns that are not there. */
const losesLabels: readonly string[] = ['E2153', 'E2154', 'E2158', 'E2159'];

async function fitSpecs(
  parts: Parts,
  training: readonly Example[],
  { media, notes }: RunData,
  root: Key,
  cleaning: RunCleaning | undefined,
): Promise<Specs> {
  const families = familyLabels(parts, training);
  const heads = await allOrProblems(
    Object.entries(parts.heads).map(([task, head]) => () => {
      const family = eachOf(parts.tasks[task]!)?.of;
      const labels =
        family === undefined ? training.map((example) => labelOf(example, task)) : families.get(family)!.labels;
      if (hasClasses(parts.tasks[task]!)) checkLabels(task, labels);
      return [task, ofTask(task, () => head.fit(labels))] as const;
    }),
  ).catch((error: unknown) => {
    if (!PolytaskError.is(error)) throw error;
    // what became of labels on their way from the files is the likely reason
    throw new PolytaskError(error.kind, [...error.problems, ...notes.filter(({ code }) => losesLabels.includes(code))]);
  });
  const raw = rawInTurn(parts, training, media);
  const encoderKey = fold(root, 'encoder');
  const encoder = await (media && parts.encoder.fitEach
    ? parts.encoder.fitEach(raw, encoderKey)
    : parts.encoder.fit(await all(raw), encoderKey));
  // as prediction and a resumed training will read them
  return JSON.parse(
    JSON.stringify({
      encoder,
      heads: Object.fromEntries(heads),
      ...(families.size > 0 && {
        families: Object.fromEntries(
          Array.from(families, ([name, { labels, tasks }]) => [name, labels.length / tasks]),
        ),
      }),
      cleaning: cleaning?.record,
    }),
  ) as Specs;
}

/** Heads of one family are alike: their labels have one scale, or the same classes. */
function familyLabels(
  { tasks }: Parts,
  training: readonly Example[],
): Map<string, { labels: string[]; tasks: number }> {
  const families = new Map<string, { labels: string[]; tasks: number }>();
  for (const [task, config] of Object.entries(tasks)) {
    const each = eachOf(config);
    if (!each) continue;
    const family = families.get(each.of) ?? { labels: [], tasks: 0 };
    family.tasks++;
    for (const example of training) {
      const label = labelOf(example, task);
      if (label !== null) family.labels.push(label);
    }
    families.set(each.of, family);
  }
  return families;
}

/** What a head says of its options and labels, said of its task. */
function ofTask<Spec>(task: string, fit: () => Spec): Spec {
  try {
    return fit();
  } catch (error) {
    if (!PolytaskError.is(error)) throw error;
    const problems = error.problems.map((problem) => ({
      ...problem,
      path: problem.path === undefined ? `tasks.${task}` : `tasks.${task}.${problem.path}`,
    }));
    throw new PolytaskError(error.kind, problems);
  }
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const list: Value[] = [];
  for await (const value of values) list.push(value);
  return list;
}

function countLabels(examples: readonly Example[], task: string, config: TaskConfig): Map<string, number> {
  const counts = new Map<string, number>();
  for (const example of examples)
    for (const label of labelNames(config, labelOf(example, task))) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** Labels of other parts that no training example has, and that are not judged. */
function unknownLabels(known: KnownLabels, pick: (part: PartName) => readonly Example[]): Problem[] {
  const others = [...pick('validation'), ...pick('test')];
  return Object.entries(known).flatMap(([task, labels]) => {
    if (!labels) return [];
    const given = others.map((example) => labelOf(example, task));
    return labelVocabulary({ labels: [...labels] }, task).encodeAll(given).problems;
  });
}
