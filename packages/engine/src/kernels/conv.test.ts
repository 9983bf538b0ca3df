import { type HostTensor, hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compiled,
  eager,
  expectAsEager,
  expectClose,
  numbers,
  type Tensors,
  withGradients,
} from './conv-compare.fixture.ts';

type Pad = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];
type Rounding = 'floor' | 'round' | 'ceil' | undefined;
type Case = {
  batch: number;
  image: [number, number];
  filter: [number, number];
  channels: [number, number];
  strides: [number, number];
  dilations: [number, number];
  pad: Pad;
  rounding: Rounding;
  seed: number;
};

const small = fc.integer({ min: 0, max: 2 });
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const none = fc.constant<[0, 0]>([0, 0]);
const numericPad: fc.Arbitrary<Pad> = fc.oneof(
  small,
  fc.tuple(none, fc.tuple(small, small), fc.tuple(small, small), none),
);
const cases: fc.Arbitrary<Case> = fc.record({
  // now and then a batch of nothing
  batch: fc.integer({ min: -1, max: 6 }).map((drawn) => (drawn < 0 ? 0 : 1 + (drawn % 3))),
  image: pair(1, 9),
  filter: pair(1, 4),
  channels: pair(1, 4),
  strides: pair(1, 3),
  dilations: fc.constant<[number, number]>([1, 1]),
  pad: fc.oneof(fc.constantFrom<Pad>('same', 'valid'), numericPad),
  rounding: fc.constant<Rounding>(undefined),
  seed: fc.nat(),
});

const infoOf = ({ batch, image, filter, channels, strides, dilations, pad, rounding }: Case, depthwise: boolean) =>
  tf.backend_util.computeConv2DInfo(
    [batch, ...image, channels[0]],
    [...filter, ...channels],
    strides,
    dilations,
    pad,
    rounding,
    depthwise,
  );

/** Draws cases whose windows fit, and runs `check` with inputs for them. */
const forAll = (
  arbitrary: fc.Arbitrary<Case>,
  depthwise: boolean,
  numRuns: number,
  check: (drawn: Case, inputs: Record<'x' | 'filter' | 'upstream', HostTensor>) => Promise<void>,
) =>
  fc.assert(
    fc.asyncProperty(arbitrary, async (drawn) => {
      const info = infoOf(drawn, depthwise);
      fc.pre(info.outHeight > 0 && info.outWidth > 0);
      await check(drawn, {
        x: numbers(drawn.seed, info.inShape),
        filter: numbers(drawn.seed + 1, info.filterShape),
        upstream: numbers(drawn.seed + 2, info.outShape),
      });
    }),
    { numRuns },
  );

describe('a compiled convolution', () => {
  it('has the value and the gradients that tfjs computes, for any strides and padding', async () => {
    await forAll(cases, false, 60, async ({ strides, pad }, inputs) => {
      await expectAsEager(
        withGradients(({ x, filter }) => tf.conv2d(x!, filter!, strides, pad)),
        inputs,
      );
    });
  });

  it('has the value that tfjs computes with dilated filters and every rounding mode', async () => {
    const drawn = fc.record({
      dilations: pair(1, 3),
      rounding: fc.constantFrom<Rounding>(undefined, 'floor', 'round', 'ceil'),
      strides: pair(1, 3),
      isDilated: fc.boolean(),
      pad: numericPad,
    });
    const arbitrary = fc.tuple(cases, drawn).map(([base, { isDilated, ...other }]) => ({
      ...base,
      ...other,
      ...(isDilated ? { strides: [1, 1] as [number, number] } : { dilations: [1, 1] as [number, number] }),
    }));
    await forAll(arbitrary, false, 40, async ({ strides, pad, dilations, rounding }, { x, filter }) => {
      await expectAsEager(
        ({ x, filter }) => ({ value: tf.conv2d(x!, filter!, strides, pad, 'NHWC', dilations, rounding) }),
        { x, filter },
      );
    });
  });

  it('takes and returns images with channels first', async () => {
    const withoutExplicit = cases.map((drawn) => ({
      ...drawn,
      pad: typeof drawn.pad === 'object' ? ('same' as const) : drawn.pad,
    }));
    await forAll(withoutExplicit, false, 20, async ({ strides, pad }, { x, filter, upstream }) => {
      const first = (tensor: tf.Tensor) => tf.transpose(tensor, [0, 3, 1, 2]) as tf.Tensor4D;
      const program = withGradients(({ x, filter }) =>
        tf.transpose(tf.conv2d(first(x!), filter!, strides, pad, 'NCHW'), [0, 2, 3, 1]),
      );
      await expectAsEager(program, { x, filter, upstream });
    });
  });

  it('has the whole gradient when the rounding mode adds a window that tfjs’s own gradient leaves out', async () => {
    const x = numbers(1, [1, 5, 5, 2]);
    const filter = numbers(2, [2, 2, 2, 3]);
    const upstream = numbers(3, [1, 3, 3, 3]);
    const found = await compiled(
      withGradients(({ x, filter }) => tf.conv2d(x!, filter!, 2, 0, 'NHWC', 1, 'ceil')),
      { x, filter, upstream },
    );
    const wanted = await eager(
      withGradients(({ x, filter }) =>
        tf.conv2d(x!, filter!, 2, [
          [0, 0],
          [0, 1],
          [0, 1],
          [0, 0],
        ]),
      ),
      { x, filter, upstream },
    );
    for (const [path, tensor] of wanted) expectClose(found.get(path)!, tensor);
  });

  it('has the same gradient of the input for many images as for each alone, when what windows give them is much', async () => {
    const step = withGradients(({ x, filter }) => tf.conv2d(x!, filter!, 2, 'same'));
    const filter = numbers(2, [3, 3, 16, 8]);
    const inputs = (batch: number) => ({
      x: numbers(1, [batch, 64, 64, 16]),
      filter,
      upstream: numbers(3, [batch, 32, 32, 8]),
    });
    const many = (await compiled(step, inputs(8))).get('x')!;
    const alone = (await compiled(step, inputs(1))).get('x')!;
    expectClose(hostTensor('float32', alone.shape, many.data.slice(0, alone.data.length) as Float32Array), alone);
  });

  it('gives an image of more pixels than a call may have arguments', async () => {
    const [upstream, filter] = [numbers(1, [1, 128, 128, 2]), numbers(2, [1, 1, 1, 2])];
    const enlarged = ({ upstream: small, filter: weights }: Tensors) => ({
      x: tf.conv2dTranspose(small as tf.Tensor4D, weights as tf.Tensor4D, [1, 512, 512, 1], 4, 'same'),
    });
    const { data } = (await compiled(enlarged, { upstream, filter })).get('x')!;
    // every fourth row and column is a product, the others are empty
    const [a, b] = [filter.data[0]!, filter.data[1]!];
    const wanted = (row: number, column: number) => {
      if (row % 4 > 0 || column % 4 > 0) return 0;
      const at = 2 * ((row / 4) * 128 + column / 4);
      return upstream.data[at]! * a + upstream.data[at + 1]! * b;
    };
    const wrong = Array.from(data, Number).filter(
      (value, at) => Math.abs(value - wanted(Math.floor(at / 512), at % 512)) > 1e-5,
    );
    expect([data.length, wrong]).toEqual([512 * 512, []]);
  });

  it('is the same for many images as for each alone, when their windows are too many for one matrix', async () => {
    const [copies, x, filter, upstream] = [
      240,
      numbers(1, [1, 32, 32, 8]),
      numbers(2, [3, 3, 8, 2]),
      numbers(3, [1, 32, 32, 2]),
    ];
    const repeat = ({ shape, data }: HostTensor) => {
      const values = new Float32Array(copies * data.length);
      for (let copy = 0; copy < copies; copy++) values.set(data as Float32Array, copy * data.length);
      return hostTensor('float32', [copies, ...shape.slice(1)], values);
    };
    const step = withGradients(({ x, filter }) => tf.conv2d(x!, filter!, 1, 'same'));
    const wanted = await eager(step, { x, filter, upstream });
    const found = await compiled(step, { x: repeat(x), filter, upstream: repeat(upstream) });
    const image = (path: string) =>
      hostTensor(
        'float32',
        wanted.get(path)!.shape,
        (found.get(path)!.data as Float32Array).slice(-wanted.get(path)!.data.length),
      );
    expectClose(image('value'), wanted.get('value')!);
    expectClose(image('x'), wanted.get('x')!);
    expectClose(
      hostTensor(
        'float32',
        filter.shape,
        (found.get('filter')!.data as Float32Array).map((value) => value / copies),
      ),
      wanted.get('filter')!,
    );
  });
});

describe('a compiled transposed convolution', () => {
  it('has the value and the gradients that tfjs computes', async () => {
    await forAll(
      cases.map((drawn) => ({ ...drawn, pad: typeof drawn.pad === 'string' ? drawn.pad : ('same' as const) })),
      false,
      20,
      async ({ strides, pad }, { x, filter, upstream }) => {
        const { shape } = x;
        const program = withGradients(({ x, filter }) =>
          tf.conv2dTranspose(x!, filter!, shape as [number, number, number, number], strides, pad as 'same'),
        );
        await expectAsEager(program, { x: upstream, filter, upstream: x });
      },
    );
  });
});

describe('a compiled depthwise convolution', () => {
  it('has the value and the gradients that tfjs computes', async () => {
    await forAll(cases, true, 50, async ({ strides, pad }, inputs) => {
      await expectAsEager(
        withGradients(({ x, filter }) => tf.depthwiseConv2d(x!, filter!, strides, pad)),
        inputs,
      );
    });
  });

  it('has the value that tfjs computes with dilated filters', async () => {
    const dilated = fc
      .tuple(cases, pair(1, 3))
      .map(([base, dilations]) => ({ ...base, dilations, strides: [1, 1] as [number, number] }));
    await forAll(dilated, true, 15, async ({ pad, dilations }, { x, filter }) => {
      await expectAsEager(({ x, filter }) => ({ value: tf.depthwiseConv2d(x!, filter!, 1, pad, 'NHWC', dilations) }), {
        x,
        filter,
      });
    });
  });
});

describe('tfjs’s fused kernels', () => {
  const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;

  it.each(activations)('compile with a bias and the activation %s', async (activation) => {
    const inputs = {
      x: numbers(1, [2, 5, 4, 3]),
      filter: numbers(2, [3, 2, 3, 4]),
      deep: numbers(3, [2, 3, 3, 2]),
      bias: numbers(4, [4]),
      wide: numbers(5, [6]),
      a: numbers(6, [3, 5]),
      b: numbers(7, [4, 5]),
      alpha: numbers(8, [4]),
      wideAlpha: numbers(9, [6]),
    };
    const program = ({ x, filter, deep, bias, wide, a, b, alpha, wideAlpha }: Tensors) => {
      const common = { activation, leakyreluAlpha: 0.3, strides: 1, pad: 'same' as const };
      const prelu = (weights: tf.Tensor) => (activation === 'prelu' ? { preluActivationWeights: weights } : {});
      return {
        conv: tf.fused.conv2d({ x: x!, filter: filter!, bias: bias!, ...common, ...prelu(alpha!) }),
        depthwise: tf.fused.depthwiseConv2d({ x: x!, filter: deep!, bias: wide!, ...common, ...prelu(wideAlpha!) }),
        matMul: tf.fused.matMul({
          a: a!,
          b: b!,
          transposeB: true,
          bias: bias!,
          activation,
          leakyreluAlpha: 0.3,
          ...prelu(alpha!),
        }),
      };
    };
    await expectAsEager(program, inputs);
    expect((await compiled(program, inputs)).size).toBe(3);
  });
});
