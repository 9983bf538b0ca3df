import { hostTensor, key, normal, uniform } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';

const device = await openDevice('onnx');

const sumOnDevice = async (ids: Int32Array, rows: Float32Array, width: number, segments: number) => {
  const program = compile(
    (x: tf.Tensor, at: tf.Tensor) => ({ sums: tf.unsortedSegmentSum(x, at as tf.Tensor1D, segments) }),
    { device },
  );
  const { sums } = await program.run(
    hostTensor('float32', [ids.length, width], rows),
    hostTensor('int32', [ids.length], ids),
  );
  await program[Symbol.asyncDispose]();
  return sums.data;
};

const sumByHand = (ids: Int32Array, rows: Float32Array, width: number, segments: number) => {
  const sums = new Float64Array(segments * width);
  for (const [row, id] of ids.entries()) {
    if (id < 0 || id >= segments) continue;
    for (let column = 0; column < width; column++) sums[id * width + column]! += rows[row * width + column]!;
  }
  return sums;
};

const expectSums = async (ids: Int32Array, width: number, segments: number) => {
  const rows = normal(key(1), ids.length * width);
  const actual = await sumOnDevice(ids, rows, width, segments);
  const worst = sumByHand(ids, rows, width, segments).reduce(
    (most, value, index) => Math.max(most, Math.abs(value - actual[index]!)),
    0,
  );
  expect(worst).toBeLessThan(2e-5 * Math.sqrt(ids.length));
};

describe('the sum of rows with equal id', () => {
  // 2²⁰ entries of a one-hot matrix divide small sums from sorted ones: 20,000 segments are sorted from 53 rows on.
  test.each([
    ['few rows', 40, 20_000],
    ['a short last block', 200, 20_000],
    ['exact blocks', 256, 20_000],
    ['one segment only', 300, 1],
    ['many rows for few segments', 3000, 400],
  ])('%s', async (_, count, segments) => {
    await expectSums(
      Int32Array.from(uniform(key(2), count), (value) => Math.floor(value * segments)),
      3,
      segments,
    );
  });

  test('one id for all rows, over many blocks', async () => {
    await expectSums(new Int32Array(1000).fill(17_000), 2, 20_000);
  });

  test('ids that are no segment are left out', async () => {
    await expectSums(
      Int32Array.from({ length: 200 }, (_, index) => (index % 3 === 0 ? -1 : index % 3 === 1 ? 30_000 : index)),
      2,
      20_000,
    );
  });

  test('runs of any lengths, in any order', async () => {
    const runs = fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 150 })), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(runs, fc.boolean(), async (list, isShuffled) => {
        const ids = list.flatMap(([id, length]) => new Array<number>(length).fill(id * 600));
        const order = isShuffled
          ? ids
              .map((id, index) => [uniform(key(index), 1)[0]!, id] as const)
              .sort((a, b) => a[0] - b[0])
              .map(([, id]) => id)
          : ids;
        await expectSums(Int32Array.from(order), 2, 30_000);
      }),
      { numRuns: 25 },
    );
  });

  test('no rows give zeros', async () => {
    expect([...(await sumOnDevice(new Int32Array(0), new Float32Array(0), 2, 3))]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('equal inputs give equal bits', async () => {
    const ids = Int32Array.from(uniform(key(5), 4000), (value) => Math.floor(value * value * 20_000));
    const rows = normal(key(6), 4000 * 8);

    expect(await sumOnDevice(ids, rows, 8, 20_000)).toEqual(await sumOnDevice(ids, rows, 8, 20_000));
  });
});
