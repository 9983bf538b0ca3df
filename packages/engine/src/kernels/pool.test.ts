import { type HostTensor, hostTensor } from '@polytask/base';
import { gradients } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import type { Device } from '../device.ts';
import { stages } from '../stages.ts';
import {
  compiled,
  eager,
  expectAsEager,
  expectClose,
  numbers,
  type Tensors,
  ties,
  withGradients,
} from './conv-compare.fixture.ts';

/** For programs that are traced and not run. */
const nowhere: Device = { name: 'none', description: '', load: () => Promise.reject(new Error('nothing runs')) };

type Pad = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];
type Rounding = 'floor' | 'round' | 'ceil' | undefined;
type Case = {
  shape: [number, number, number, number];
  size: [number, number];
  strides: [number, number];
  pad: Pad;
  rounding: Rounding;
  seed: number;
};

const small = fc.integer({ min: 0, max: 2 });
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const explicit: fc.Arbitrary<Pad> = fc.tuple(
  fc.constant<[0, 0]>([0, 0]),
  fc.tuple(small, small),
  fc.tuple(small, small),
  fc.constant<[0, 0]>([0, 0]),
);
const cases: fc.Arbitrary<Case> = fc.record({
  shape: fc.tuple(
    // now and then a batch of nothing
    fc.integer({ min: -1, max: 5 }).map((drawn) => (drawn < 0 ? 0 : 1 + (drawn % 2))),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 3 }),
  ),
  size: pair(1, 4),
  strides: pair(1, 4),
  pad: fc.oneof(fc.constantFrom<Pad>('same', 'valid'), small, explicit),
  rounding: fc.constant<Rounding>(undefined),
  seed: fc.nat(),
});
const roundedCases = fc
  .tuple(cases, fc.oneof(small, explicit), fc.constantFrom<Rounding>('floor', 'round', 'ceil'))
  .map(([base, pad, rounding]) => ({ ...base, pad, rounding }));

const infoOf = ({ shape, size, strides, pad, rounding }: Case) =>
  tf.backend_util.computePool2DInfo(shape, size, strides, 1, pad, rounding);

const forAll = (
  arbitrary: fc.Arbitrary<Case>,
  numRuns: number,
  check: (drawn: Case, outShape: readonly number[]) => Promise<void>,
) =>
  fc.assert(
    fc.asyncProperty(arbitrary, async (drawn) => {
      const info = infoOf(drawn);
      // a window that lies in the padding has no maximum and no mean
      const pads = typeof drawn.pad === 'string' ? [0] : [drawn.pad].flat(2);
      fc.pre(Math.max(...pads) < Math.min(...drawn.size));
      // tfjs takes windows of one entry for the identity when the shapes happen to agree, whatever the strides
      const isIdentity = Math.max(...drawn.size) === 1 && String(info.outShape) === String(drawn.shape);
      fc.pre(!isIdentity || Math.max(...drawn.strides) === 1);
      fc.pre(info.outHeight > 0 && info.outWidth > 0);
      await check(drawn, info.outShape);
    }),
    { numRuns },
  );

const dot = (a: HostTensor, b: HostTensor) =>
  Array.from(a.data, Number).reduce((sum, value, index) => sum + value * Number(b.data[index]), 0);

describe('a compiled maximum pool', () => {
  it('has the value and the gradient that tfjs computes, of equal maxima the first one’s', async () => {
    await forAll(cases, 60, async ({ shape, size, strides, pad, seed }, outShape) => {
      await expectAsEager(
        withGradients(({ x }) => tf.maxPool(x!, size, strides, pad)),
        { x: ties(seed, shape), upstream: numbers(seed + 1, outShape) },
      );
    });
  });

  it('has the value that tfjs computes with every rounding mode', async () => {
    await forAll(roundedCases, 30, async ({ shape, size, strides, pad, rounding, seed }) => {
      await expectAsEager(({ x }) => ({ value: tf.maxPool(x!, size, strides, pad as number, rounding) }), {
        x: numbers(seed, shape),
      });
    });
  });

  it('has behind relu the gradient that tfjs computes, also where windows overlap, tie or hold nothing positive', async () => {
    await forAll(cases, 60, async ({ shape, size, strides, pad, seed }, outShape) => {
      const x = ties(seed, shape);
      const shifted = hostTensor(
        'float32',
        shape,
        x.data.map((value) => Number(value) - 1),
      );
      await expectAsEager(
        withGradients(({ x }) => tf.maxPool(tf.relu(x!), size, strides, pad)),
        { x: shifted, upstream: numbers(seed + 1, outShape) },
      );
    });
  });

  it('is masked by relu where it is small', async () => {
    const program = ({ x }: Tensors) =>
      gradients(() => tf.sum(tf.maxPool(tf.relu(x!), 2, 2, 'valid')), { x: x! }).gradients as never;
    const graph = compile<[never], never>(program, { device: nowhere }).graph({ x: numbers(1, [1, 4, 4, 1]) } as never);
    const masks = stages(graph)[0]!.nodes.filter(({ kernel }) => kernel === 'Step');
    expect(masks.map(({ outputs }) => outputs[0]!.shape)).toEqual([[1, 2, 2, 1]]);
  });

  it('adds what overlapping windows give to the same entry', async () => {
    const x = hostTensor('float32', [1, 1, 4, 1], [1, 3, 3, 2]);
    const upstream = hostTensor('float32', [1, 1, 3, 1], [10, 20, 40]);
    const found = await compiled(
      withGradients(({ x }) => tf.maxPool(x!, [1, 2], 1, 'valid')),
      { x, upstream },
    );
    expect([...found.get('x')!.data]).toEqual([0, 30, 40, 0]);
  });
});

describe('a compiled mean pool', () => {
  it('has the value that tfjs computes, padding not counted', async () => {
    await forAll(fc.oneof(cases, roundedCases), 50, async ({ shape, size, strides, pad, rounding, seed }) => {
      await expectAsEager(({ x }) => ({ value: tf.avgPool(x!, size, strides, pad as number, rounding) }), {
        x: numbers(seed, shape),
      });
    });
  });

  it('has the gradient that tfjs computes where there is no padding', async () => {
    await forAll(
      cases.map((drawn) => ({ ...drawn, pad: 'valid' as const })),
      30,
      async ({ shape, size, strides, seed }, outShape) => {
        await expectAsEager(
          withGradients(({ x }) => tf.avgPool(x!, size, strides, 'valid')),
          { x: numbers(seed, shape), upstream: numbers(seed + 1, outShape) },
        );
      },
    );
  });

  it('has the adjoint of the pool as its gradient, whatever the padding: ⟨pool(v), u⟩ = ⟨v, gradient(u)⟩', async () => {
    await forAll(fc.oneof(cases, roundedCases), 40, async ({ shape, size, strides, pad, rounding, seed }, outShape) => {
      const [x, upstream] = [numbers(seed, shape), numbers(seed + 1, outShape)];
      const pool = ({ x }: Record<string, tf.Tensor4D>) => tf.avgPool(x!, size, strides, pad as number, rounding);
      const value = (await eager((inputs) => ({ value: pool(inputs) }), { x })).get('value')!;
      fc.pre(value.data.every((entry) => Number.isFinite(Number(entry))));
      const gradient = (await compiled(withGradients(pool), { x, upstream })).get('x')!;
      expect(gradient.shape).toEqual(shape);
      expect(dot(x, gradient)).toBeCloseTo(dot(value, upstream), 4);
    });
  });

  it('gives every entry of a padded window an equal share of the entries that exist', async () => {
    const inputs = { x: numbers(1, [1, 1, 3, 1]), upstream: hostTensor('float32', [1, 1, 2, 1], [1, 1]) };
    const found = await compiled(
      withGradients(({ x }) => tf.avgPool(x!, [1, 2], 2, 'same')),
      inputs,
    );
    expectClose(found.get('x')!, hostTensor('float32', [1, 1, 3, 1], [0.5, 0.5, 1]));
  });
});
