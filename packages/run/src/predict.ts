import { type HostTensor, type Problem, quote } from '@polytask/base';
import type { Rows, SourceRow } from '@polytask/data';
import type { HostTree, Inference } from '@polytask/train';
import { collateInputs } from './batches.ts';
import type { Parts, Specs } from './specs.ts';

export type TaskPrediction = {
  readonly label: string;
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
};

export type TaskPredictions = Readonly<Record<string, TaskPrediction>>;

export type Prediction = { readonly id: string; readonly tasks: TaskPredictions };

/** A row that could not be read, in the place of its prediction. */
export type Unpredictable = { readonly id: string; readonly problem: Problem };

export type Predict = (texts: readonly string[]) => Promise<TaskPredictions[]>;

/**
 * Predicts texts in batches of similar length. Where the program takes all sizes, a batch is as long as its longest text; elsewhere shapes
 * are few, and padded to: a program is compiled once per shape.
 */
export function predictor({
  parts,
  specs,
  params,
  programs,
  batchSize,
}: {
  parts: Parts;
  specs: Specs;
  params: HostTree;
  programs: Inference;
  batchSize: number;
}): Predict {
  return async (texts) => {
    const encoded = texts.map((text) => parts.encoder.encode(text, specs.encoder));
    const lengths = encoded.map((one) => parts.encoder.lengthOf(one));
    const predictions = new Array<TaskPredictions>(texts.length);
    const order = texts.map((_, at) => at).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    for (let start = 0; start < order.length; start += batchSize) {
      const chosen = order.slice(start, start + batchSize);
      const longest = Math.max(1, ...chosen.map((at) => lengths[at]!));
      const [size, width] = programs.isDynamic
        ? [chosen.length, longest]
        : [chosen.length === 1 ? 1 : batchSize, widthOf(longest)];
      const { outputs } = await programs.predict.run(
        params,
        collateInputs(
          parts,
          specs,
          chosen.map((at) => encoded[at]),
          { size, width },
        ) as never,
      );
      for (const [task, head] of Object.entries(parts.heads)) {
        const decoded = head.decode(
          (outputs as Record<string, HostTensor>)[task]!,
          specs.heads[task],
        ) as TaskPrediction[];
        for (const [row, at] of chosen.entries()) predictions[at] = { ...predictions[at], [task]: decoded[row]! };
      }
    }
    return predictions;
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
  { column, id, predict }: { column: string; id?: string; predict: Predict },
): AsyncGenerator<Prediction | Unpredictable, void, void> {
  let waiting: (Unpredictable | { readonly id: string; readonly text: string })[] = [];
  const flush = async function* () {
    const texts = waiting.flatMap((row) => ('text' in row ? [row.text] : []));
    const tasks = (await predict(texts)).values();
    for (const row of waiting) yield 'text' in row ? { id: row.id, tasks: tasks.next().value! } : row;
    waiting = [];
  };
  for await (const row of rows) {
    waiting.push(readRow(row, column, id));
    if (waiting.length === chunk) yield* flush();
  }
  yield* flush();
}

function readRow(
  found: SourceRow,
  column: string,
  idColumn: string | undefined,
): Unpredictable | { id: string; text: string } {
  const fallback = `row-${found.row}`;
  if ('bad' in found) return { id: fallback, problem: found.bad };
  const given = idColumn === undefined ? undefined : found.values[idColumn];
  const id = typeof given === 'string' || typeof given === 'number' ? String(given) : fallback;
  const text = found.values[column];
  const place = { line: found.line, row: found.row };
  if (text === undefined) {
    const columns = Object.keys(found.values).slice(0, 10).join(', ');
    return {
      id,
      problem: {
        code: 'E1404',
        ...place,
        message: `The row has no column ${quote(column)}.`,
        fix: `Columns found: ${columns}.`,
      },
    };
  }
  if (text === null || text === '' || typeof text === 'object') {
    return {
      id,
      problem: {
        code: text && typeof text === 'object' ? 'E2202' : 'E2201',
        ...place,
        message: `Expected a text in ${quote(column)}. Found ${quote(text)}.`,
      },
    };
  }
  return { id, text: String(text) };
}
