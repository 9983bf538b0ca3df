import { type HostTensor, hostTensor, key, PolytaskError } from '@polytask/base';
import {
  context,
  dense,
  embedding,
  gradients,
  layerNorm,
  lengthMask,
  multiHeadAttention,
  type Random,
  random,
  scan,
} from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile, handOver } from './compile.ts';
import type { Device } from './device.ts';
import { openDevice } from './devices.ts';

const onnx = await openDevice('onnx-node');

/** A device that counts what is compiled for it. */
function counted(device: Device) {
  const counts = { loads: 0 };
  const count = <Given extends unknown[], Made>(load: ((...given: Given) => Made) | undefined) =>
    load &&
    ((...given: Given) => {
      counts.loads++;
      return load(...given);
    });
  const loadDynamic = count(device.loadDynamic);
  return { counts, device: { ...device, load: count(device.load)!, ...(loadDynamic && { loadDynamic }) } as Device };
}

const wave = (shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): HostTensor => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return hostTensor(
    dtype,
    shape,
    Float32Array.from({ length: size }, (_, at) => (dtype === 'int32' ? (at * 7) % 11 : Math.sin(1 + at * 1.3))),
  );
};

const caught = async (work: () => Promise<unknown>): Promise<PolytaskError> => {
  const error = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (PolytaskError.is(error)) return error;
  throw new Error(`expected a PolytaskError. Found ${String(error)}`);
};

type Tensors = Record<string, tf.Tensor>;

/** Runs a program at several sizes with one compilation, and compares with the same program compiled for each size. */
async function compare(
  program: (x: Tensors, weights: Tensors) => Tensors,
  axes: readonly string[],
  inputsAt: (batch: number, length: number) => Record<string, HostTensor>,
  weights: Record<string, HostTensor> = {},
) {
  const { counts, device } = counted(onnx);
  await using once = compile(program, { device, dynamic: { 0: axes }, frozen: [1] });
  await using each = compile(program, { device: onnx });
  for (const [batch, length] of [
    [4, 6],
    [1, 1],
    [1, 9],
    [7, 2],
    [33, 11],
  ] as const) {
    const inputs = inputsAt(batch, length);
    const [found, expected] = [await once.run(inputs, weights), await each.run(inputs, weights)];
    for (const [name, tensor] of Object.entries(expected)) {
      expect(found[name]!.shape, name).toEqual(tensor.shape);
      const furthest = Math.max(0, ...tensor.data.map((value, at) => Math.abs(value - found[name]!.data[at]!)));
      expect(furthest, `${name} at ${batch} × ${length}`).toBeLessThan(1e-5);
    }
  }
  expect(counts.loads).toBe(1);
}

describe('with dynamic axes a program is compiled once for all sizes', () => {
  test('plain operations, shapes that are linear in the batch, and numbers that depend on it', () =>
    compare(
      ({ x }) => {
        const [batch, width] = x!.shape as [number, number];
        return {
          flat: tf.reshape(x!, [batch * width]),
          twice: tf.concat([x!, x!], 0),
          pairs: tf.reshape(tf.concat([x!, x!], 0), [2, batch, width]),
          mean: tf.div(tf.sum(x!, 0), batch),
          scaled: tf.mul(x!, 1 / batch),
          places: tf.add(tf.range(0, batch, 1, 'int32'), 1),
          ones: tf.add(tf.ones([batch, 3]), tf.zerosLike(tf.slice(x!, [0, 0], [batch, 3]))),
          rest: tf.slice(x!, [0, 1], [batch, 2]),
          last: tf.slice(x!, [batch - 1, 0], [1, width]),
          padded: tf.pad(x!, [
            [1, 2],
            [0, 1],
          ]),
          turned: tf.transpose(x!),
          tiled: tf.tile(x!, [2, 1]),
        };
      },
      ['batch'],
      (batch) => ({ x: wave([batch, 5]) }),
    ));

  test('a Transformer block over texts of any number and length', () => {
    const [width, maxLength] = [8, 64];
    const [table, attention, norm, head] = [
      embedding({ count: 11, width }),
      multiHeadAttention({ heads: 2, width, dropout: 0.1 }),
      layerNorm(),
      dense({ units: 3, activation: 'gelu' }),
    ];
    const params = {
      table: table.init(key(1), []).params,
      positions: wave([maxLength, width]),
      attention: attention.init(key(2), [maxLength, width]).params,
      norm: norm.init(key(3), [width]).params,
      head: head.init(key(4), [width]).params,
    };
    const infer = () => context('infer', random(key(0)));
    return compare(
      ({ ids, lengths }) => {
        // biome-ignore lint/suspicious/noExplicitAny: the parameters of four layers in one tree
        const own = toTensors(params) as any;
        const [, time] = ids!.shape as [number, number];
        const embedded = tf.add(table.apply(own.table, ids!, infer()), tf.slice(own.positions, [0, 0], [time, width]));
        const { values } = attention.apply(own.attention, { values: embedded, lengths: lengths! }, infer());
        const mask = tf.expandDims(lengthMask(lengths!, time), 2);
        const pooled = tf.div(tf.sum(tf.mul(norm.apply(own.norm, values, infer()), mask), 1), tf.sum(mask, 1));
        return { values, scores: head.apply(own.head, pooled, infer()) };
      },
      ['batch', 'length'],
      (batch, length) => ({
        ids: wave([batch, length], 'int32'),
        lengths: hostTensor('int32', [batch], new Int32Array(batch).fill(Math.max(1, length - 1))),
      }),
    );
  });

  test('a convolution over pictures', () =>
    compare(
      ({ x }, { w }) => ({
        y: tf.mean(tf.relu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same')), [1, 2]),
        pooled: tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'),
      }),
      ['batch'],
      (batch) => ({ x: wave([batch, 6, 6, 2]) }),
      { w: wave([3, 3, 2, 4]) },
    ));

  test('a loop over time', () =>
    compare(
      ({ x }, { w, u }) => {
        const [batch] = x!.shape as [number, number, number];
        const { carry, ys } = scan(
          (h: tf.Tensor, xt: tf.Tensor, weights: { w: tf.Tensor; u: tf.Tensor }) => {
            const input = tf.matMul(xt as tf.Tensor2D, weights.w as tf.Tensor2D);
            const next = tf.tanh(tf.add(input, tf.matMul(h as tf.Tensor2D, weights.u as tf.Tensor2D)));
            return { carry: next as tf.Tensor, y: tf.reshape(tf.concat([next, tf.ones([batch, 1])], 1), [batch * 4]) };
          },
          tf.zeros([batch, 3]) as tf.Tensor,
          tf.transpose(x!, [1, 0, 2]) as tf.Tensor,
          { w: w!, u: u! },
        );
        return { carry, ys: tf.mul(ys, 1) };
      },
      ['batch', 'length'],
      (batch, length) => ({ x: wave([batch, length, 2]) }),
      { w: wave([2, 3]), u: wave([3, 3]) },
    ));

  test('gradients too', () =>
    compare(
      ({ x }, { w }) => {
        const { value, gradients: found } = gradients(
          () => tf.mean(tf.square(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D))),
          {
            x: x!,
          },
        );
        return { value, slope: found.x! };
      },
      ['batch'],
      (batch) => ({ x: wave([batch, 2]) }),
      { w: wave([2, 2]) },
    ));
});

describe('a program that is another one for other sizes is refused', () => {
  const dynamic = { 0: ['batch'] };
  const refusal = (program: (x: tf.Tensor) => unknown, shape = [4, 2]) =>
    caught(() => compile(program, { device: onnx, dynamic }).run(wave(shape)));

  test('with the call and the line, where the number of results is the size', async () => {
    const error = await refusal((x) => ({ y: tf.stack(tf.unstack(x).reverse()) }));

    expect(error.code).toBe('E3020');
    expect(error.message).toMatch(/"batch": Unpack \(at .*dynamic\.test\.ts:\d+/);
  });

  test('where a number depends on the size in another way', async () => {
    const error = await refusal((x) => ({ y: tf.mul(x, Math.sqrt(x.shape[0]!)) }));

    expect(error.message).toMatch(/"batch": Multiply \(at .*dynamic\.test\.ts:\d+.*not linear/);
  });

  test('where small sizes are computed otherwise', async () => {
    const error = await refusal((x) => ({ y: x.shape[0]! < 9 ? tf.neg(x) : tf.square(x) }));

    expect(error.message).toContain('at size');
  });

  test('where an axis of one entry is dropped', async () => {
    const error = await refusal((x) => ({ y: tf.squeeze(x) }));

    expect(error.message).toContain('the result "y" has the shape [2] where sizes are 1');
  });

  test('where it draws random numbers or asks the host', async () => {
    const drawing = compile((x: tf.Tensor, draw: Random) => ({ y: tf.add(x, draw.uniform(x.shape)) }), {
      device: onnx,
      dynamic,
    });
    const asking = compile((x: tf.Tensor) => ({ y: tf.mul(x, handOver('weight', { x }, { shape: [] })) }), {
      device: onnx,
      dynamic,
    });

    expect((await caught(() => drawing.run(wave([2, 2]), key(1)))).code).toBe('E3022');
    expect((await caught(() => asking.run(wave([2, 2])))).message).toContain('hands over "weight"');
  });
});

test('arguments must agree on the size of an axis', async () => {
  const program = compile((x: Tensors) => ({ y: tf.add(x.a!, x.b!) }), { device: onnx, dynamic: { 0: ['batch'] } });

  const error = await caught(() => program.run({ a: wave([3]), b: wave([1]) }));

  expect(error.code).toBe('E3021');
  expect(error.message).toContain('"batch" has 3 entries in 0.a. Found 1');
});

test('a tfjs device compiles for each size', async () => {
  const { counts, device } = counted(await openDevice('cpu'));
  const program = compile((x: tf.Tensor) => ({ y: tf.neg(x) }), { device, dynamic: { 0: ['batch'] } });

  for (const size of [1, 2, 1]) expect((await program.run(wave([size]))).y.shape).toEqual([size]);

  expect(counts.loads).toBe(2);
});

describe('frozen arguments', () => {
  test('become a part of the program; another tree is compiled anew', async () => {
    const { counts, device } = counted(onnx);
    const program = compile((w: { scale: tf.Tensor }, x: tf.Tensor) => ({ y: tf.mul(w.scale, x) }), {
      device,
      frozen: [0],
    });
    const [first, second] = [{ scale: hostTensor('float32', [], [2]) }, { scale: hostTensor('float32', [], [3]) }];

    const results = [];
    for (const weights of [first, first, second, first])
      results.push((await program.run(weights, hostTensor('float32', [1], [5]))).y.data[0]);

    expect(results).toEqual([10, 10, 15, 10]);
    expect(counts.loads).toBe(2);
    const { values } = program.graph(first, wave([1]));
    expect(values.flatMap(({ source }) => (source.kind === 'argument' ? [source.path] : []))).toEqual(['1']);
  });

  test('must have their values on the host', async () => {
    const make = compile((x: tf.Tensor) => ({ w: tf.neg(x) }), { device: onnx, resident: ['w'] });
    const { w } = await make.run(wave([1]));
    const program = compile((weights: tf.Tensor, x: tf.Tensor) => ({ y: tf.mul(weights, x) }), {
      device: onnx,
      frozen: [0],
    });

    const error = await caught(() => program.run(w, wave([1])));

    expect(error.code).toBe('E3023');
    expect(error.message).toContain('read(tree)');
  });
});

test('after a warm-up the first run compiles nothing', async () => {
  const { counts, device } = counted(onnx);
  let traces = 0;
  const program = compile(
    (x: tf.Tensor) => {
      traces++;
      return { y: tf.neg(x) };
    },
    { device },
  );

  await program.warmup(wave([3]));
  expect([traces, counts.loads]).toEqual([1, 1]);
  await program.run(wave([3]));

  expect([traces, counts.loads]).toEqual([1, 1]);
});
