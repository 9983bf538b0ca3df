import { type HostTensor, isHostTensor, PolytaskError, type Problem, quote } from '@polytask/base';
import type { Rows, SourceRow } from '@polytask/data';
import { locateSpans, wordsOf } from '@polytask/heads';
import type { HostTree, Inference } from '@polytask/train';
import { collateInputs, encodeAll } from './batches.ts';
import { inputColumns } from './config/input-columns.ts';
import type { TaskPrediction } from './config/run.ts';
import type { InputConfig } from './config/schema.ts';
import { inTable } from './data/in-table.ts';
import { rawOfTensor, readRaw } from './data/read-raw.ts';
import type { Parts, Specs } from './specs.ts';

/** The predictions of several rows, by task. */
type ByTask = Readonly<Record<string, readonly TaskPrediction[]>>;

export type TaskPredictions = Readonly<Record<string, TaskPrediction>>;

export type Prediction = { readonly id: string; readonly tasks: TaskPredictions };

/** A row that could not be read, in the place of its prediction. */
export type Unpredictable = { readonly id: string; readonly problem: Problem };

/** Predicts what the encoder takes: texts, images, sounds, rows. */
export type Predict = (raw: readonly unknown[]) => Promise<TaskPredictions[]>;

export type Model = {
  readonly parts: Parts;
  readonly specs: Specs;
  readonly params: HostTree;
  readonly programs: Inference;
};

/** The outputs of every task for encoded inputs, padded to the longest of them or to one of few lengths. */
export async function outputsOf(
  { parts, specs, params, programs }: Model,
  encoded: readonly unknown[],
  size: number = encoded.length,
): Promise<Readonly<Record<string, HostTree>>> {
  const hasAnyLength = programs.isDynamic && parts.encoder.axes?.includes('length');
  const longest = Math.max(1, ...encoded.map((one) => parts.encoder.lengthOf(one)));
  const width = hasAnyLength ? longest : widthOf(longest);
  const inputs = collateInputs(parts, specs, encoded, { size, width });
  const { outputs } = await programs.predict.run(params, inputs as never);
  return outputs as Readonly<Record<string, HostTree>>;
}

/**
 * Predicts in batches of similar length. Where the program takes all sizes, a batch is as long as its longest input; elsewhere shapes
 * are few, and padded to: a program is compiled once per shape.
 */
export function predictor({
  batchSize,
  reconcile = (predictions) => predictions,
  ...model
}: Model & {
  batchSize: number;
  /** What of the predictions of all tasks depends on each other. */
  reconcile?: (predictions: ByTask) => ByTask;
}): Predict {
  const { parts, specs, programs } = model;
  return async (raw) => {
    const encoded = encodeAll(parts.encoder, raw, specs.encoder);
    const lengths = encoded.map((one) => parts.encoder.lengthOf(one));
    const predictions = new Array<TaskPredictions>(raw.length);
    const order = raw.map((_, at) => at).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    for (let start = 0; start < order.length; start += batchSize) {
      const chosen = order.slice(start, start + batchSize);
      const size = programs.isDynamic ? chosen.length : chosen.length === 1 ? 1 : batchSize;
      const outputs = await outputsOf(
        model,
        chosen.map((at) => encoded[at]),
        size,
      );
      const each: ByTask = Object.fromEntries(
        Object.entries(parts.heads).map(([task, head]) => [task, head.decode(outputs[task]!, specs.heads[task])]),
      );
      for (const [task, decoded] of Object.entries(reconcile(each))) {
        for (const [row, at] of chosen.entries())
          predictions[at] = { ...predictions[at], [task]: placed(decoded[row]!, raw[at]) };
      }
    }
    return predictions;
  };
}

/** Spans with their place in the text; words that were cut off, for they are beyond what the encoder reads, are O. */
function placed(prediction: TaskPrediction, raw: unknown): TaskPrediction {
  if (!('spans' in prediction) || typeof raw !== 'string') return prediction;
  const { tags, spans } = prediction;
  const missing = wordsOf(raw).length - tags.length;
  return {
    tags: [...tags, ...Array.from({ length: Math.max(0, missing) }, () => 'O')],
    spans: locateSpans(raw, spans),
  };
}

/** Powers of two times 8, whatever the texts: shapes repeat from call to call. */
const widthOf = (length: number): number => {
  let width = 8;
  while (width < length) width *= 2;
  return width;
};

const chunk = 256;

/** Predicts rows as they come, in their order. A row that cannot be read gives its problem instead. */
export async function* predictRows(
  rows: Rows,
  {
    input,
    folder,
    id,
    predict,
  }: {
    readonly input: InputConfig;
    /** Where relative paths start. */
    readonly folder: string;
    readonly id?: string;
    readonly predict: Predict;
  },
): AsyncGenerator<Prediction | Unpredictable, void, void> {
  let waiting: (Unpredictable | Readable)[] = [];
  const table = rows.name;
  const flush = async function* () {
    const read = await Promise.all(
      waiting.map((row) => ('value' in row ? rawOrProblem(input, row, { folder, table }) : row)),
    );
    const tasks = (await predict(read.flatMap((row) => ('raw' in row ? [row.raw] : [])))).values();
    for (const row of read) yield 'raw' in row ? { id: row.id, tasks: tasks.next().value! } : row;
    waiting = [];
  };
  for await (const row of rows) {
    waiting.push(readRow(row, input, id));
    if (waiting.length === chunk) yield* flush();
  }
  yield* flush();
}

type Readable = {
  readonly id: string;
  readonly value: string | HostTensor;
  readonly row: number;
  readonly line: number;
};

async function rawOrProblem(
  input: InputConfig,
  { id, value, ...place }: Readable,
  { folder, table }: { readonly folder: string; readonly table: string | undefined },
): Promise<Unpredictable | { readonly id: string; readonly raw: unknown }> {
  try {
    return { id, raw: typeof value === 'string' ? await readRaw(input, value, folder) : rawOfTensor(input, value) };
  } catch (error) {
    if (!PolytaskError.is(error) || error.kind !== 'data') throw error;
    const problem = error.problems[0]!;
    if (table === undefined || typeof value !== 'string') return { id, problem: { ...problem, row: place.row } };
    return { id, problem: inTable(problem, { table, value, ...place }) };
  }
}

function readRow(found: SourceRow, input: InputConfig, idColumn: string | undefined): Unpredictable | Readable {
  const fallback = `row-${found.row}`;
  if ('bad' in found) return { id: fallback, problem: found.bad };
  const given = idColumn === undefined ? undefined : found.values[idColumn];
  const id = typeof given === 'string' || typeof given === 'number' ? String(given) : fallback;
  const place = { line: found.line, row: found.row };
  const columns = inputColumns(input);
  const absent = columns.find((column) => found.values[column] === undefined);
  if (absent !== undefined) {
    const known = Object.keys(found.values).slice(0, 10).join(', ');
    return {
      id,
      problem: {
        code: 'E1404',
        ...place,
        message: `The row has no column ${quote(absent)}.`,
        fix: `Columns found: ${known}.`,
      },
    };
  }
  if (input.type === 'table') {
    const cells = columns.map((column) => [column, found.values[column]] as const);
    return { id, value: JSON.stringify(Object.fromEntries(cells)), ...place };
  }
  const value = found.values[columns[0]!];
  if (input.type === 'image' && isHostTensor(value)) return { id, value, ...place };
  if (value === null || value === '' || typeof value === 'object') {
    return {
      id,
      problem: {
        code: value && typeof value === 'object' ? 'E2202' : 'E2201',
        ...place,
        message: `Expected a text in ${quote(columns[0])}. Found ${quote(value)}.`,
      },
    };
  }
  return { id, value: String(value), ...place };
}
