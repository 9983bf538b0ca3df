import { dirname, resolve } from 'node:path';
import { type HostTensor, isHostTensor, key, PolytaskError, type Problem } from '@polytask/base';
import { type Example, fitLabels, labelVocabulary, type Rows } from '@polytask/data';
import { evaluate, inference } from '@polytask/train';
import { bucketsOf, encodeExamples, evaluationBatches, labelOf } from './batches.ts';
import type { Run } from './config/run.ts';
import type { InputConfig, RunConfig } from './config/schema.ts';
import { type SourceConfig, sourceName } from './config/source-schema.ts';
import { cleanData, cleaningKey } from './data/clean-data.ts';
import { cleanOther, textCleaner } from './data/clean-new.ts';
import type { Media } from './data/media.ts';
import { openNamed } from './data/open-part.ts';
import { readData, readFile } from './data/read-data.ts';
import { rawOfTensor, readRaw } from './data/read-raw.ts';
import { type PartName, splitData, splitKey } from './data/split-data.ts';
import { strayNotes } from './data/stray-notes.ts';
import { deviceOf, type WorkerOption } from './device.ts';
import { explainInput } from './explain/explain-input.ts';
import type { Explanation } from './explain/explanation.ts';
import { spikesOf } from './explain/spikes.ts';
import type { DataRecord } from './folder/create.ts';
import { judgesOf, majorityScores, scoresOf } from './judges.ts';
import { judgedLabel, type KnownLabels, knownLabels, labelsInOrder } from './labels.ts';
import { openModel } from './open-model.ts';
import { outputsOf, type Predict, type Prediction, predictor, predictRows, type Unpredictable } from './predict.ts';
import { fingerprintOf } from './prepare.ts';
import { reconcilerFor } from './relations.ts';
import type { MajorityScores, Scores } from './results.ts';
import type { Specs } from './specs.ts';

export type RunEvaluation = {
  /** The file, or the part of the run's own data. */
  readonly data: string;
  readonly examples: number;
  readonly tasks: Scores;
  readonly majority: MajorityScores;
  /** Labels of each task that no metric counts, because training did not have them. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** What is worth a look in the data, among it every label that was left out (E2304). */
  readonly notes: readonly Problem[];
};

export type OpenRunOptions = WorkerOption & {
  /** Default: the device of the run. */
  readonly device?: string;
  /** The run file read again: needed when it passed objects. */
  readonly run?: Run;
};

/** A text, the path of an image or a sound, a row of a table, or an image, bytes [height, width] or [height, width, 3]. */
export type PredictedInput = string | Readonly<Record<string, string | number | null>> | HostTensor;

export interface OpenRun extends AsyncDisposable {
  readonly folder: string;
  readonly config: RunConfig;
  /** The column of the input. */
  readonly column: string;
  /** The classes of each task. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly device: string;
  /** Texts; paths of images or sounds; or rows of a table, where the run reads one. */
  predict(inputs: readonly PredictedInput[]): Promise<Prediction[]>;
  /** The rows of a file in the encoding of the run and under its names for columns (`data.columns`, `data.missing`), for `predictRows`. */
  openRows(file: string): Rows;
  /** Row by row, in order, as the rows come; label columns are not needed. */
  predictRows(rows: Rows): AsyncGenerator<Prediction | Unpredictable, void, void>;
  /**
   * Predicts inputs, and says which of their parts speak for each prediction: by how much the probability of the class, or the number, falls when the
   * part is taken out. Parts are words, rectangles of an image, windows of a sound, cells of a row. Transcripts give the posteriors of their frames.
   *
   * @param folder where relative paths of images and sounds start. Default: the working directory.
   */
  explain(inputs: readonly PredictedInput[], options?: { readonly folder?: string }): Promise<Explanation[]>;
  /** Judges the best weights on a file, or on a part of the run's own data; the test part when nothing is given. */
  evaluate(on?: { readonly file: SourceConfig } | { readonly part: PartName }): Promise<RunEvaluation>;
}

/**
 * Opens a run folder for prediction and evaluation. It needs nothing but the folder.
 *
 * @throws PolytaskError usage E6001 not a run folder · E6008 no weights yet.
 */
export async function openRun(
  folder: string,
  { device: wanted, run: given, worker = false }: OpenRunOptions = {},
): Promise<OpenRun> {
  const { run, specs, data, parts, model, params } = await openModel(folder, given);
  const { config } = run;
  const { device } = await deviceOf(
    { device: wanted ?? config.device, threads: config.threads } as Pick<RunConfig, 'device' | 'threads'>,
    { worker },
  );
  const { axes } = parts.encoder;
  const programs = inference(model, device, axes && { axes });
  const labelCounts = Object.fromEntries(
    Object.entries(data.labels).map(([task, counts]) => [task, new Map(Object.entries(counts))]),
  );
  const known = knownLabels(config, labelCounts);
  const clean = textCleaner(config, specs.cleaning, parts.column);
  const reconcile = reconcilerFor(config);
  const reconciling = reconcile ? { reconcile } : {};
  const whole = { parts, specs, params, programs };
  const predictRaw = predictor({ ...whole, batchSize: config.train.batch, ...reconciling });
  const section = config.inputs[parts.input]!;
  const predictCleaned: Predict = (values) =>
    predictRaw(parts.type === 'text' ? clean(values as readonly string[]) : values);

  return {
    folder,
    config,
    column: parts.column,
    labels: Object.fromEntries(
      Object.entries(labelCounts).map(([task, counts]) => [task, labelsInOrder(specs.heads[task], counts.keys())]),
    ),
    device: device.description,
    async predict(inputs) {
      const raw = await Promise.all(inputs.map((input) => readInput(section, input, process.cwd())));
      return (await predictCleaned(raw)).map((tasks, at) => ({ id: `row-${at + 1}`, tasks }));
    },
    openRows: (file) => openNamed(file, config),
    predictRows: (rows) =>
      predictRows(rows, {
        input: section,
        folder: rows.name === undefined ? process.cwd() : dirname(resolve(rows.name)),
        ...(config.data.id !== undefined && { id: config.data.id }),
        predict: predictCleaned,
      }),
    async explain(inputs, { folder: from = process.cwd() } = {}) {
      const transcribed = Object.keys(config.tasks).filter((task) => config.tasks[task]!.type === 'transcribe');
      const made: Explanation[] = [];
      for (const [at, input] of inputs.entries()) {
        made.push(
          await explainInput(await readInput(section, input, from), {
            id: `row-${at + 1}`,
            type: parts.type,
            predict: predictCleaned,
            async spikes(raw) {
              if (transcribed.length === 0) return {};
              const outputs = await outputsOf(whole, [parts.encoder.encode(raw, specs.encoder)]);
              return Object.fromEntries(
                transcribed.map((task) => [task, spikesOf(outputs[task] as never, specs.heads[task] as never)]),
              );
            },
          }),
        );
      }
      return made;
    },
    async evaluate(on = { part: 'test' }) {
      const { examples, notes, name, media } =
        'file' in on ? await ofFile(config, specs, on.file) : await ofPart(run, data, on.part);
      const encoded = await encodeExamples(parts, specs, examples, { media });
      const batches = evaluationBatches(parts, specs, encoded, {
        batchSize: config.train.batch,
        buckets: bucketsOf(encoded),
        known,
      });
      const result = await evaluate(programs, {
        params,
        batches,
        judges: judgesOf(config, parts, specs),
        ...reconciling,
      });
      const { actual, leftOut, problems } = judgedLabels(
        known,
        examples,
        'file' in on ? sourceName(on.file) : undefined,
      );
      const majority = majorityScores(config, specs, labelCounts, (task) => actual[task]!);
      return {
        data: name,
        examples: examples.length,
        tasks: scoresOf(result),
        majority,
        leftOut,
        notes: [...notes, ...problems, ...strayNotes(config, parts, specs, examples)],
      };
    },
    async [Symbol.asyncDispose]() {
      await programs[Symbol.asyncDispose]();
    },
  };
}

const readInput = async (section: InputConfig, input: PredictedInput, folder: string): Promise<unknown> =>
  isHostTensor(input) ? rawOfTensor(section, input) : readRaw(section, asCell(section, input), folder);

function asCell({ type }: InputConfig, input: string | object): string {
  if ((type === 'table') === (typeof input === 'object'))
    return typeof input === 'string' ? input : JSON.stringify(input);
  throw new TypeError(
    `inputs: expected ${type === 'table' ? 'rows, objects by column' : 'texts'}. Found ${typeof input}.`,
  );
}

/** The labels of each task; null where missing, and, with a problem for each such label, where training did not have it. */
function judgedLabels(known: KnownLabels, examples: readonly Example[], file: string | undefined) {
  const actual: Record<string, (string | null)[]> = {};
  const leftOut: Record<string, number> = {};
  const problems: Problem[] = [];
  for (const [task, classes] of Object.entries(known)) {
    const labels = examples.map((example) => labelOf(example, task));
    actual[task] = labels.map((label) => judgedLabel(known, task, label));
    const found = classes ? labelVocabulary(fitLabels(classes), task).encodeAll(labels).problems : [];
    leftOut[task] = found.reduce((sum, { count = 1 }) => sum + count, 0);
    problems.push(...found.map((problem) => (file === undefined ? problem : { ...problem, file })));
  }
  return { actual, leftOut, problems };
}

type Judged = {
  readonly examples: readonly Example[];
  readonly notes: readonly Problem[];
  readonly name: string;
  readonly media?: Media | undefined;
};

async function ofFile(config: RunConfig, { cleaning }: Specs, source: SourceConfig): Promise<Judged> {
  const { examples, problems, media, open } = await readFile(config, source);
  const file = sourceName(source);
  if (cleaning === undefined) return { examples, notes: problems, name: file, media };
  const cleaned = await cleanOther(config, cleaning, { file, open, examples });
  return { examples: cleaned.examples, notes: [...problems, ...cleaned.notes], name: file, media };
}

/** A part of the run's own data, read again. @throws PolytaskError E6005 when the data changed, E6012 when the part is empty. */
async function ofPart(run: Run, { fingerprint, parts }: DataRecord, part: PartName): Promise<Judged> {
  if (parts[part] === 0) {
    throw new PolytaskError('usage', {
      code: 'E6012',
      message: `The run has no ${part} part.`,
      fix: 'Give a file to evaluate on.',
    });
  }
  const read = await readData(run.config);
  const { parts: split } = await splitData(run.config, read, splitKey(key(run.config.seed)));
  if ((await fingerprintOf(read, split)) !== fingerprint) {
    const message = 'The data of the run changed since it was trained.';
    throw new PolytaskError('usage', {
      code: 'E6005',
      message,
      fix: 'Bring the old data back, or give a file to evaluate on.',
    });
  }
  const cleaned = await cleanData(run.config, read, split, cleaningKey(key(run.config.seed)));
  const examples = Array.from(cleaned.split[part], (index) => cleaned.data.examples[index]!);
  return { examples, notes: [...read.notes, ...(cleaned.cleaning?.notes ?? [])], name: part, media: read.media };
}
