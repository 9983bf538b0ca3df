import '@tensorflow/tfjs-backend-cpu';
import { type HostTensor, hostTensor, key, leaves, sizeOf, uniform } from '@polytask/base';
import { gradients, type Random, scan } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile, handOver } from '../compile.ts';
import type { Device } from '../device.ts';
import { type DeviceName, openDevice } from '../devices.ts';

const deviceNames = ['onnx-node', 'onnx-web', 'wasm', 'cpu'] as const satisfies readonly DeviceName[];
const devices = new Map<string, Device>();

beforeAll(async () => {
  for (const name of deviceNames) devices.set(name, await openDevice(name, { threads: 1 }));
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

const drawn = (shape: number[], seed: number): HostTensor =>
  hostTensor(
    'float32',
    shape,
    uniform(key(seed), sizeOf(shape)).map((value) => value - 0.5),
  );

const wavy = (tensor: tf.Tensor) => tf.sum(tf.mul(tensor, tf.reshape(tf.cos(tf.range(0, tensor.size)), tensor.shape)));

type Options = { gradient?: 'store' | 'rematerialise'; reverse?: boolean };
type Inputs<Name extends string> = Record<Name, tf.Tensor>;
type Carry = Inputs<'h' | 'count'>;
type Program = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;

/** A gated step with everything in it: products, slices of a weight, a bias, a mask, a counter, a constant made in the step. */
const recurrent =
  (options: Options): Program =>
  (inputs) => {
    const { h, xs, mask, weight, bias } = inputs as Record<'h' | 'xs' | 'mask' | 'weight' | 'bias', tf.Tensor>;
    const objective = () => {
      const found = scan(
        (carry: Carry, x: Inputs<'xs' | 'mask'>, constants: Inputs<'weight' | 'bias'>) => {
          const gates = tf.add(tf.matMul(carry.h, constants.weight), constants.bias);
          const [left, right] = tf.split(gates, 2, 1) as [tf.Tensor, tf.Tensor];
          const gate = tf.sigmoid(left);
          const proposed = tf.add(tf.mul(gate, tf.tanh(tf.add(right, x.xs))), tf.mul(tf.sub(1, gate), carry.h));
          const next = tf.where(tf.cast(x.mask, 'bool'), proposed, carry.h);
          const top = tf.sum(tf.mul(tf.slice(constants.weight, [0, 0], [3, 3]), 0.25));
          return {
            carry: { h: next, count: tf.add(carry.count, tf.scalar(1, 'int32')) },
            y: { out: tf.mul(next, x.mask), distance: tf.mul(tf.square(tf.sub(next, carry.h)), top) },
          };
        },
        { h, count: tf.scalar(0, 'int32') },
        { xs, mask },
        { weight, bias },
        options,
      );
      return tf.addN([
        wavy(found.carry.h),
        wavy(found.ys.out),
        wavy(found.ys.distance),
        tf.cast(found.carry.count, 'float32'),
      ]);
    };
    const { value, gradients: found } = gradients(objective, { h, xs, weight, bias });
    return { value, ...(found as Record<string, tf.Tensor>) };
  };

const inputs = {
  h: drawn([2, 3], 1),
  xs: drawn([5, 2, 3], 2),
  mask: hostTensor('float32', [5, 2, 1], [1, 1, 1, 1, 1, 0, 1, 0, 1, 0]),
  weight: drawn([3, 6], 3),
  bias: drawn([6], 4),
};

const nested =
  (options: Options): Program =>
  ({ x, scale }) => {
    const inner = (carry: tf.Tensor, entry: tf.Tensor, factor: tf.Tensor) => {
      const next = tf.sin(tf.add(tf.mul(carry, factor), entry));
      return { carry: next, y: next };
    };
    const outer = (carry: tf.Tensor, row: tf.Tensor, factor: tf.Tensor) => {
      const found = scan(inner, carry, row, factor, options);
      return { carry: found.carry, y: tf.sum(found.ys) };
    };
    const objective = () => {
      const found = scan(outer, tf.scalar(0.3), x!, scale!, options);
      return tf.add(found.carry, tf.sum(found.ys));
    };
    const { value, gradients: found } = gradients(objective, { x: x!, scale: scale! });
    return { value, ...(found as Record<string, tf.Tensor>) };
  };

const nestedInputs = { x: drawn([3, 4], 8), scale: hostTensor('float32', [], [0.7]) };

/** Carries without a product and xs that the gradient does not need. */
const sums =
  (options: Options): Program =>
  ({ start, xs }) => {
    const objective = () => {
      const found = scan(
        (carry: tf.Tensor, x: tf.Tensor) => ({ carry: tf.add(carry, x), y: carry }),
        start!,
        xs!,
        {},
        options,
      );
      return tf.add(wavy(found.ys), wavy(found.carry));
    };
    const { value, gradients: found } = gradients(objective, { start: start!, xs: xs! });
    return { value, ...(found as Record<string, tf.Tensor>) };
  };

/** Constants whose gradients are no products and no sums: added up in the loop, one of them twice. */
const gated =
  (options: Options): Program =>
  ({ h, xs, gate, weight }) => {
    const objective = () => {
      const { carry, ys } = scan(
        (state: tf.Tensor, x: tf.Tensor, constants: Inputs<'gate' | 'weight'>) => {
          const product = tf.matMul(tf.mul(tf.add(state, x), constants.weight), constants.weight, false, true);
          const next = tf.mul(tf.tanh(tf.matMul(product, state)), constants.gate);
          return { carry: next, y: tf.relu(next) };
        },
        h!,
        xs!,
        { gate: gate!, weight: weight! },
        options,
      );
      return tf.add(wavy(carry), wavy(ys));
    };
    const { value, gradients: found } = gradients(objective, { h: h!, xs: xs!, gate: gate!, weight: weight! });
    return { value, ...(found as Record<string, tf.Tensor>) };
  };

const gatedInputs = {
  h: drawn([2, 3], 1),
  xs: drawn([4, 2, 3], 2),
  gate: drawn([2, 3], 3),
  weight: drawn([2, 3], 4),
};

const programs: Record<string, { program: (options: Options) => Program; at: Record<string, HostTensor> }> = {
  'a gated loop': { program: recurrent, at: inputs },
  'a loop in a loop': { program: nested, at: nestedInputs },
  'a loop with gates': { program: gated, at: gatedInputs },
  'a running sum': { program: sums, at: { start: drawn([2], 5), xs: drawn([4, 2], 6) } },
};

async function eager(program: Program, at: Record<string, HostTensor>): Promise<Map<string, number[]>> {
  await tf.setBackend('cpu');
  return new Map(leaves<tf.Tensor>(program(toTensors(at))).map(([path, tensor]) => [path, [...tensor.dataSync()]]));
}

describe.each(Object.entries(programs))('%s', (_, { program, at }) => {
  describe.each(deviceNames)('on %s', (name) => {
    test.each([
      ['store', false],
      ['store', true],
      ['rematerialise', false],
      ['rematerialise', true],
    ] as const)('%s, reverse %s: values and gradients are tfjs’s own', async (gradient, reverse) => {
      const wanted = await eager(program({ gradient: 'store', reverse }), at);
      const compiled = compile(program({ gradient, reverse }), { device: devices.get(name)! });
      const found = await compiled.run(at);
      expect(Object.keys(found).sort()).toEqual([...wanted.keys()].sort());
      for (const [path, { data }] of Object.entries(found)) {
        const numbers = Array.from(data, Number);
        expect(numbers, path).toHaveLength(wanted.get(path)!.length);
        for (const [index, value] of numbers.entries())
          expect(value, `${path}[${index}]`).toBeCloseTo(wanted.get(path)![index]!, 4);
      }
      await compiled[Symbol.asyncDispose]();
    });
  });
});

describe('a compiled scan', () => {
  const device = () => devices.get('onnx-node')!;

  test('is one loop forward and one backward, however often it is traced, with its sums over time outside', () => {
    const twice: Program = (given) => {
      const first = recurrent({})(given);
      const second = recurrent({})(given);
      return { value: tf.add(first.value!, second.value!), weight: tf.add(first.weight!, second.weight!) };
    };
    const { nodes } = compile(twice, { device: device() }).graph(inputs);
    expect(nodes.filter(({ kernel }) => kernel === 'Scan')).toHaveLength(2);
  });

  test.each(['onnx-node', 'cpu'] as const)('is cut at a hand-over on %s, with the gradient behind it', async (name) => {
    const weighted = ({ h, xs, mask, weight, bias }: Record<string, tf.Tensor>) => {
      const loss = (from: tf.Tensor) =>
        recurrent({})({ h: h!, xs: tf.mul(xs!, from), mask: mask!, weight: weight!, bias: bias! });
      const { value } = loss(tf.scalar(1));
      const factor = handOver('factor', { value: value! }, { shape: [] });
      const { gradients: found } = gradients(
        () => {
          const { carry } = scan(
            (state: tf.Tensor, x: tf.Tensor, own: tf.Tensor) => ({
              carry: tf.tanh(tf.add(tf.matMul(state, own), x)),
              y: {},
            }),
            h!,
            xs!,
            tf.slice(weight!, [0, 0], [3, 3]),
          );
          return tf.mul(tf.sum(carry), factor);
        },
        { weight: weight!, xs: xs! },
      );
      return found as Record<string, tf.Tensor>;
    };
    const run = async (factor: number) => {
      const program = compile(weighted, { device: devices.get(name)! });
      const found = await program.runWith({ factor: () => hostTensor('float32', [], [factor]) }, inputs);
      await program[Symbol.asyncDispose]();
      return Array.from((found as Record<string, HostTensor>).weight!.data, Number);
    };
    const [once, twice] = [await run(1), await run(2)];
    expect(Math.max(...once.map(Math.abs))).toBeGreaterThan(0.01);
    for (const [index, value] of twice.entries()) expect(value).toBeCloseTo(2 * once[index]!, 4);
  });

  test('of no steps gives the carry', async () => {
    const program = compile(recurrent({}), { device: device() });
    const found = (await program.run({ ...inputs, xs: drawn([0, 2, 3], 1), mask: drawn([0, 2, 1], 1) })) as Record<
      string,
      HostTensor | null
    >;
    expect(found.h!.data[0]).toBe(1);
    expect(found.xs).toBeNull();
    await program[Symbol.asyncDispose]();
  });

  test('refuses random draws in the step', async () => {
    const program = (x: tf.Tensor, random: Random) =>
      scan(
        (carry: tf.Tensor, entry: tf.Tensor) => ({ carry: tf.add(carry, tf.mul(entry, random.uniform([]))), y: {} }),
        tf.scalar(0),
        x,
        {},
      ).carry;
    await expect(compile(program, { device: device() }).run(drawn([3], 1), key(1))).rejects.toMatchObject({
      problems: [{ code: 'E3014' }],
    });
  });

  test('refuses a tensor from outside the step and names the line', async () => {
    const program = ({ x, scale }: { x: tf.Tensor; scale: tf.Tensor }) =>
      scan(
        (carry: tf.Tensor, entry: tf.Tensor) => ({ carry: tf.add(carry, tf.mul(entry, scale)), y: {} }),
        tf.scalar(0),
        x,
        {},
      ).carry;
    const run = compile(program, { device: device() }).run({ x: drawn([3], 1), scale: drawn([], 2) });
    await expect(run).rejects.toThrow(/E3013 .*outside the step of a scan is used inside it \(at .*scan\.test\.ts/);
  });

  test('refuses a hand-over in the step', async () => {
    const program = (x: tf.Tensor) =>
      scan(
        (carry: tf.Tensor, entry: tf.Tensor) => ({
          carry: tf.mul(carry, handOver('factor', { entry }, { shape: [] })),
          y: {},
        }),
        tf.scalar(1),
        x,
        {},
      ).carry;
    await expect(compile(program, { device: device() }).run(drawn([3], 1))).rejects.toMatchObject({
      problems: [{ code: 'E3015' }],
    });
  });

  test('refuses a kernel that cannot be compiled in the step and names the line', async () => {
    const program = (x: tf.Tensor) =>
      scan(
        (carry: tf.Tensor, entry: tf.Tensor) => ({ carry: tf.real(tf.complex(carry, entry)), y: {} }),
        tf.scalar(0),
        x,
        {},
      ).carry;
    await expect(compile(program, { device: device() }).run(drawn([3], 1))).rejects.toThrow(/scan\.test\.ts/);
  });
});
