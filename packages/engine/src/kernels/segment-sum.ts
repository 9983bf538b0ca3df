import { sizeOf } from '@polytask/base';
import type { ValueType } from '../graph.ts';
import { castTo, type Emitter, type Kernel } from './kernel.ts';
import { filled, reshaped } from './shape.ts';

/** Rows in a block of the sorted sum: the matrices that add within a block are block × block. */
const blockSize = 64;

/** Below this many entries of a one-hot matrix, one matrix product is the fastest sum. */
const oneHotLimit = 1 << 20;

const int64 = 7;

/** Σ of the rows with equal id: the gradient of an embedding. Rows whose id is no segment are left out. */
export const unsortedSegmentSum: Kernel = {
  infer: ({ x, segmentIds }, { numSegments }: { numSegments: number }) => [
    { shape: [numSegments, ...x!.shape.slice(segmentIds!.shape.length)], dtype: x!.dtype },
  ],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { numSegments } = attributes as { numSegments: number };
    const count = sizeOf(inputs.segmentIds!.shape);
    const width = sizeOf(outputs[0]!.shape) / Math.max(1, numSegments);
    const sizes = { count, width, numSegments };
    return [reshaped(emit, sumRows(emit, names.x!, names.segmentIds!, sizes, outputs[0]!.dtype), outputs[0]!.shape)];
  },
};

/**
 * Σ of the rows with equal id, [numSegments, width], of rows [count, width] and ids of `count` entries, whatever their shapes are.
 *
 * ONNX Runtime's own scatter-add is wrong with several threads (ScatterND) or slow (ScatterElements), so small sums are a product with a
 * one-hot matrix, and large ones are sorted, added in blocks and written once per id. Equal inputs give equal bits. Integers, which
 * floats would round, do take the slow one.
 */
export function sumRows(emit: Emitter, x: string, segmentIds: string, sizes: Sizes, dtype: ValueType): string {
  const { count, width, numSegments } = sizes;
  if (count * width * numSegments === 0) return filled(emit, 0, { shape: [numSegments, width], dtype });
  const ids = reshaped(emit, segmentIds, [count]);
  const rows = reshaped(emit, x, [count, width]);
  if (dtype !== 'float32') return castTo(emit, byElements(emit, castTo(emit, rows, 'int32'), ids, sizes), dtype);
  return count * numSegments <= oneHotLimit
    ? bySelection(emit, rows, ids, numSegments)
    : bySorting(emit, rows, ids, sizes);
}

/** One row more than there are segments takes what belongs to none. */
function byElements(emit: Emitter, rows: string, ids: string, { count, width, numSegments }: Sizes): string {
  const row = emit.op('Where', [isSegment(emit, ids, numSegments), ids, emit.int32([numSegments], [])]);
  const places = emit.op('Expand', [reshaped(emit, row, [count, 1]), emit.int64([count, width])]);
  const zeros = filled(emit, 0, { shape: [numSegments + 1, width], dtype: 'int32' });
  const sums = emit.op('ScatterElements', [zeros, places, rows], { axis: 0, reduction: 'add' });
  return emit.op('Slice', [sums, emit.int64([0]), emit.int64([numSegments]), emit.int64([0])]);
}

export const isSegment = (emit: Emitter, ids: string, numSegments: number): string =>
  emit.op('And', [
    emit.op('GreaterOrEqual', [ids, emit.int32([0], [])]),
    emit.op('Less', [ids, emit.int32([numSegments], [])]),
  ]);

const range = (emit: Emitter, length: number, shape: readonly number[]) =>
  emit.int32(
    Array.from({ length }, (_, index) => index),
    shape,
  );

function bySelection(emit: Emitter, rows: string, ids: string, numSegments: number): string {
  const selection = emit.op('Equal', [range(emit, numSegments, [numSegments, 1]), ids]); // [segments, count]
  return emit.op('Gemm', [castTo(emit, selection, 'float32'), rows]);
}

export type Sizes = { readonly count: number; readonly width: number; readonly numSegments: number };

/**
 * Rows in the order of their ids; within each block, rows of one id are a run. A block's runs are added by a product with the matrix that
 * says which row belongs to which run. A run in the middle of a block is a whole id; the first and the last may go on in other blocks,
 * so these edges are added up once more, all with all. Every row of the result is written from one value, however often.
 */
function bySorting(emit: Emitter, rows: string, ids: string, { count, width, numSegments }: Sizes): string {
  const blocks = Math.ceil(count / blockSize);
  const { sortedIds, order, isReal } = sorted(emit, ids, { count, numSegments, padded: blocks * blockSize });
  const taken = emit.op('Where', [
    reshaped(emit, isReal, [blocks * blockSize, 1]),
    emit.op('Gather', [rows, order], { axis: 0 }),
    emit.float([0], []),
  ]);
  const blockRows = reshaped(emit, taken, [blocks, blockSize, width]);
  const blockIds = reshaped(emit, sortedIds, [blocks, blockSize]);

  const runs = runNumbers(emit, blockIds, blocks); // [blocks, rows]
  const isMember = emit.op('Equal', [
    range(emit, blockSize, [blockSize, 1]),
    reshaped(emit, runs, [blocks, 1, blockSize]),
  ]); // [blocks, runs, rows]
  const runSums = emit.op('MatMul', [castTo(emit, isMember, 'float32'), blockRows]); // [blocks, runs, width]
  const memberIds = emit.op('Where', [
    isMember,
    reshaped(emit, blockIds, [blocks, 1, blockSize]),
    emit.int32([-1], []),
  ]);
  const runIds = emit.op('ReduceMax', [memberIds, emit.int64([2])], { keepdims: 0 }); // [blocks, runs], −1 for a run that is not there

  const at = (name: string, index: string) => emit.op('GatherElements', [name, index], { axis: 1 });
  const lastRun = emit.op('Slice', [runs, emit.int64([blockSize - 1]), emit.int64([blockSize]), emit.int64([1])]); // [blocks, 1]
  const firstIds = emit.op('Slice', [runIds, emit.int64([0]), emit.int64([1]), emit.int64([1])]);
  const lastIds = at(runIds, emit.op('Cast', [lastRun], { to: int64 }));
  const firstSums = emit.op('Slice', [runSums, emit.int64([0]), emit.int64([1]), emit.int64([1])]); // [blocks, 1, width]
  const isLast = reshaped(emit, emit.op('Equal', [range(emit, blockSize, [1, blockSize]), lastRun]), [
    blocks,
    blockSize,
    1,
  ]);
  const lastSums = emit.op('ReduceSum', [emit.op('Where', [isLast, runSums, emit.float([0], [])]), emit.int64([1])], {
    keepdims: 1,
  });
  // a block of a single run has one edge, not two
  const isSingle = reshaped(emit, emit.op('Equal', [lastRun, emit.int32([0], [])]), [blocks, 1, 1]);
  const ends = emit.op('Where', [isSingle, emit.float([0], []), lastSums]);

  const edgeIds = reshaped(emit, emit.op('Concat', [firstIds, lastIds], { axis: 0 }), [2 * blocks, 1]);
  const edgeSums = reshaped(emit, emit.op('Concat', [firstSums, ends], { axis: 0 }), [2 * blocks, width]);
  const isSame = emit.op('Equal', [edgeIds, reshaped(emit, edgeIds, [1, 2 * blocks])]);
  const totals = emit.op('Gemm', [castTo(emit, isSame, 'float32'), edgeSums]); // [2·blocks, width]

  // Runs that are not there, first and last ones are written with the total of the block's first edge, under its id.
  const isMiddle = emit.op('And', [
    emit.op('Greater', [range(emit, blockSize, [1, blockSize]), emit.int32([0], [])]),
    emit.op('Less', [range(emit, blockSize, [1, blockSize]), lastRun]),
  ]); // [blocks, runs]
  const firstTotals = reshaped(
    emit,
    emit.op('Slice', [totals, emit.int64([0]), emit.int64([blocks]), emit.int64([0])]),
    [blocks, 1, width],
  );
  const middleValues = emit.op('Where', [reshaped(emit, isMiddle, [blocks, blockSize, 1]), runSums, firstTotals]);
  const middleIds = emit.op('Where', [isMiddle, runIds, firstIds]);
  const values = emit.op('Concat', [reshaped(emit, middleValues, [blocks * blockSize, width]), totals], { axis: 0 });
  const indexes = emit.op('Concat', [reshaped(emit, middleIds, [blocks * blockSize, 1]), edgeIds], { axis: 0 });
  const zeros = filled(emit, 0, { shape: [numSegments, width], dtype: 'float32' });
  return emit.op('ScatterND', [zeros, emit.op('Cast', [indexes], { to: int64 }), values]);
}

/**
 * The ids in ascending order and which row each comes from, padded to whole blocks. Padding, and ids that are no segment, stand among
 * the rows of segment 0 and are not real: they add zeros.
 */
function sorted(
  emit: Emitter,
  ids: string,
  { count, numSegments, padded }: { count: number; numSegments: number; padded: number },
) {
  const isReal = isSegment(emit, ids, numSegments);
  const known = emit.op('Where', [isReal, ids, emit.int32([0], [])]);
  const extended = emit.op('Pad', [known, emit.int64([0, padded - count]), emit.int32([0], [])]);
  const [sortedIds, order] = emit.ops('TopK', [extended, emit.int64([padded])], 2, { axis: 0, largest: 0, sorted: 1 });
  const isPadding = emit.op('GreaterOrEqual', [order!, emit.int64([count], [])]);
  const source = emit.op('Where', [isPadding, emit.int64([0], []), order!]);
  const isAdded = emit.op('And', [emit.op('Not', [isPadding]), emit.op('Gather', [isReal, source], { axis: 0 })]);
  return { sortedIds: sortedIds!, order: source, isReal: isAdded };
}

/** The number of each row's run within its block: 0 for the first id, one more wherever the id changes. */
function runNumbers(emit: Emitter, blockIds: string, blocks: number): string {
  const part = (from: number, to: number) =>
    emit.op('Slice', [blockIds, emit.int64([from]), emit.int64([to]), emit.int64([1])]);
  const changes = emit.op('Not', [emit.op('Equal', [part(0, blockSize - 1), part(1, blockSize)])]);
  const starts = emit.op(
    'Concat',
    [filled(emit, 0, { shape: [blocks, 1], dtype: 'int32' }), castTo(emit, changes, 'int32')],
    { axis: 1 },
  );
  return emit.op('CumSum', [starts, emit.int64([1], [])]);
}
