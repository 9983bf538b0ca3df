import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type HostTensor, hostTensor, key, leaves, uniform } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, handOver, read } from '../compile.ts';
import { onnxDevice } from '../onnx/device.ts';
import { cRuntime } from '../onnx-native/runtime.ts';
import { Resident } from '../resident.ts';
import { stages } from '../stages.ts';
import { tailed } from './run-tails.ts';
import { smallestTail, splitTail } from './split-tail.ts';
import { tailMemory } from './tail-memory.ts';

const runtime = await cRuntime();
const shared = { name: 'onnx', description: '', runtime, threads: 1, fillsOutputs: true };
const memory = tailMemory();
const device = onnxDevice({ ...shared, tails: memory });
const without = onnxDevice(shared);

/** Four entries at a time do not come out even. */
const size = smallestTail + 3;
const vector = (seed: number, length = size): HostTensor =>
  hostTensor(
    'float32',
    [length],
    uniform(key(seed), length).map((value) => 4 * value - 2),
  );

type Named = Record<string, tf.Tensor>;
type State = { readonly p: tf.Tensor; readonly m: tf.Tensor; readonly v: tf.Tensor };

/** One step of Adam on (x − p)²·scale, of which only the gradient is not elementwise on the parameters: it is added up first. */
const adam = ({ p, m, v }: State, x: tf.Tensor, rate: tf.Tensor, isActive: tf.Tensor) => {
  const loss = tf.sum(tf.square(tf.sub(x, p)));
  const g = tf.mul(tf.cumsum(tf.sub(p, x)), tf.div(1e-3, tf.sqrt(loss)));
  const nextM = tf.add(tf.mul(m, 0.9), tf.mul(g, 0.1));
  const nextV = tf.add(tf.mul(v, 0.999), tf.mul(tf.square(g), 0.001));
  const next = tf.sub(p, tf.mul(tf.div(nextM, tf.add(tf.sqrt(nextV), 1e-8)), rate));
  return { state: { p: tf.where(isActive, next, p), m: nextM, v: nextV }, loss };
};

const inputs = (seed = 1): State =>
  ({ p: vector(seed), m: vector(seed + 1), v: hostTensor('float32', [size], new Float32Array(size)) }) as never;
const flag = (value: boolean) => hostTensor('bool', [], Uint8Array.of(Number(value)));

const program = (on = device, donate: readonly number[] = [0]) =>
  compile(adam, { device: on, donate, resident: ['state'] });

/** What tells all bits of tensors apart. */
const bitsOf = async (state: unknown) =>
  Object.fromEntries(
    leaves<HostTensor>((await read(state as never)) as never).map(([path, { data }]) => [
      path,
      createHash('sha256').update(data).digest('hex'),
    ]),
  );

/** The memory of a resident, and where in the memory of tails that is. */
const dataOf = (given: unknown) => ((given as Resident).held().buffer as { data: Float32Array }).data;
const placeOf = (given: unknown) => (Resident.is(given) ? dataOf(given).byteOffset : undefined);

/** The entries that are others, a NaN being like any other: an expectation of equal arrays would print them all. */
const differences = (a: HostTensor['data'], b: HostTensor['data']) =>
  Array.from(a, Number).filter((value, at) => !Object.is(value, Number(b[at]))).length;

describe('the update at the end of a step', () => {
  it('is to the last bit what ONNX Runtime computes, step after step', async () => {
    await using one = program();
    await using other = program(without);
    let [own, wanted]: unknown[] = [inputs(), inputs()];
    for (const isActive of [true, true, false, true]) {
      const given = [vector(7) as never, 0.01, flag(isActive)] as const;
      const found = await one.run(own as never, ...given);
      const expected = await other.run(wanted as never, ...given);
      expect(found.loss.data).toEqual(expected.loss.data);
      [own, wanted] = [found.state, expected.state];
      expect(await bitsOf(own)).toEqual(await bitsOf(wanted));
    }
  });

  it('leaves the runtime the gradient and the numbers, and takes the rest', () => {
    const graph = program().graph(inputs(), vector(7) as never, 0.01, flag(true) as never);
    const [whole] = stages(graph);
    const { stage, groups } = splitTail(whole!, 1);
    expect(groups.map(({ steps }) => steps.length)).toEqual([14]);
    expect(groups[0]!.outputs.length).toBe(3);
    // neither a gradient's multiple nor the condition for every entry
    const kernels = ['Sub', 'Square', 'Sum', 'Sub', 'Cumsum', 'Sqrt', 'RealDiv', 'Multiply', 'Reshape'];
    expect(stage.nodes.map(({ kernel }) => kernel)).toEqual(kernels);
    // more threads than passes: the runtime is as fast
    expect(splitTail(whole!, 14).groups).toEqual([]);
  });

  it('is written where donated arguments lie, but not where the caller keeps them', async () => {
    await using donating = program();
    const given = [vector(7) as never, 0.01, flag(true)] as const;
    const first = await donating.run(inputs() as never, ...given);
    const before = new Set(Object.values(first.state).map(placeOf));
    const second = await donating.run(first.state as never, ...given);
    expect(new Set(Object.values(second.state).map(placeOf))).toEqual(before);

    await using keeping = program(device, []);
    const held = await bitsOf(second.state);
    const third = await keeping.run(second.state as never, ...given);
    expect(await bitsOf(second.state)).toEqual(held);
    expect((await bitsOf(third.state)).p).not.toEqual(held.p);
  });

  it('stays where it is though it takes residents that are kept, or lie elsewhere, before those', async () => {
    await using elsewhere = compile((x: tf.Tensor) => ({ given: { x: tf.cumsum(x) } }), {
      device,
      resident: ['given'],
    });
    const resident = async (seed: number) => (await elsewhere.run(vector(seed) as never)).given;
    const reference = await resident(8);
    const held = await bitsOf(reference);
    await using step = compile(
      ({ x: kept }: Named, { x: sum }: Named, { p, m }: Named) => {
        const next = tf.add(tf.mul(tf.add(tf.sub(kept!, p!), sum!), 0.1), tf.mul(m!, 0.9));
        return { state: { p: tf.add(p!, tf.mul(next, 0.5)), m: next } };
      },
      { device, donate: [1, 2], resident: ['state'] },
    );
    const start = { p: vector(1), m: vector(2) } as never;
    let { state } = await step.run(reference as never, (await resident(3)) as never, start);
    const before = Object.values(state).map(placeOf);
    const buffers = device.buffers!();
    for (let run = 0; run < 3; run++) {
      ({ state } = await step.run(reference as never, (await resident(4)) as never, state as never));
      for (const value of Object.values(state)) expect(memory.holds(dataOf(value))).toBe(true);
      expect(new Set(Object.values(state).map(placeOf))).toEqual(new Set(before));
      // what it did not take is there for the next sum
      expect(device.buffers!()).toBe(buffers);
    }
    expect(await bitsOf(reference)).toEqual(held);
  });

  it('leaves tensors of the caller and results that he was given as they are', async () => {
    await using step = compile(adam, { device, donate: [0] });
    const start = inputs();
    const given = [vector(7) as never, 0.01, flag(true)] as const;
    const before = await bitsOf(start);
    const first = await step.run(start as never, ...given);
    const kept = await bitsOf(first);
    await step.run(first.state as never, ...given);
    expect(await bitsOf(start)).toEqual(before);
    expect(await bitsOf(first)).toEqual(kept);
  });

  it('comes after all hand-overs, and nobody else takes its arguments before', async () => {
    const handing = (on: typeof device) =>
      compile(
        ({ p, m }: Named, x: tf.Tensor) => {
          const g = tf.cumsum(tf.sub(p!, x));
          const weight = handOver('weight', { mean: tf.mean(g) }, { shape: [] });
          const next = tf.add(tf.mul(m!, 0.9), tf.mul(g, weight));
          return { params: { p: tf.sub(p!, tf.mul(next, weight)), m: next } };
        },
        { device: on, donate: [0], resident: ['params'] },
      );
    const results = [];
    for (const on of [device, without]) {
      await using made = handing(on);
      const answer = ({ mean }: Record<string, HostTensor>) =>
        hostTensor('float32', [], [0.1 * (mean!.data[0] as number)]);
      const start = { p: vector(1), m: vector(2) } as never;
      const first = await made.runWith({ weight: answer }, start, vector(3) as never);
      const meanwhile = async (handed: Record<string, HostTensor>) => {
        if (on === device) await expect(read(first.params.m as never)).rejects.toMatchObject({ code: 'E3010' });
        return answer(handed);
      };
      const second = await made.runWith({ weight: meanwhile }, first.params as never, vector(3) as never);
      results.push(await bitsOf(second.params));
    }
    expect(results[0]).toEqual(results[1]);
  });
});

type Drawn = readonly (readonly [kind: number, a: number, b: number])[];

const binary = [tf.add, tf.sub, tf.mul, tf.div];

/** Operations on what was made before them: numbers 0 to 2 are tensors, 3 a number. */
const computed = (drawn: Drawn) => (given: Named, x: tf.Tensor, number: tf.Tensor, condition: tf.Tensor) => {
  const made: tf.Tensor[] = [given.a!, given.b!, tf.reverse(x)];
  for (const [kind, a, b] of drawn) {
    const [left, right] = [made[a % made.length]!, b % 4 === 3 ? number : made[b % made.length]!];
    if (kind < 4) made.push(b % 8 === 7 ? binary[kind]!(right, left) : binary[kind]!(left, right));
    else if (kind === 4) made.push(tf.square(left));
    else if (kind === 5) made.push(tf.sqrt(left));
    else if (kind === 6) made.push(tf.neg(left));
    else made.push(tf.where(condition, left, tf.add(made[b % made.length]!, 1)));
  }
  return { given: Object.fromEntries(made.slice(3).map((tensor, at) => [`r${at}`, tensor])) };
};

it('computes what ONNX Runtime computes, whatever operations a program ends with', async () => {
  const operation = fc.tuple(fc.nat(7), fc.nat(99), fc.nat(99));
  const drawn = fc.array(operation, { minLength: 3, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(drawn, fc.nat(1000), fc.boolean(), async (operations, seed, condition) => {
      const found = await Promise.all(
        [device, without].map(async (on) => {
          await using made = compile(computed(operations), { device: on });
          const { given } = await made.run(
            { a: vector(seed), b: vector(seed + 1) } as never,
            vector(seed + 2) as never,
            uniform(key(seed), 1)[0] as never,
            flag(condition) as never,
          );
          return given as Record<string, HostTensor>;
        }),
      );
      const [own, wanted] = found as [Record<string, HostTensor>, Record<string, HostTensor>];
      // a NaN has many forms, which nobody tells apart
      for (const [name, { data }] of Object.entries(wanted)) expect(differences(own[name]!.data, data), name).toBe(0);
    }),
    { numRuns: 25, seed: 3 },
  );
});

describe('memory for the end of programs', () => {
  const code = {
    vectors: 2,
    scalars: 1,
    steps: [
      { kernel: 'Multiply', operands: [['vector', 0] as const, ['scalar', 0] as const] },
      { kernel: 'Sub', operands: [['step', 0] as const, ['vector', 1] as const] },
    ],
    outputs: [1],
  };
  const numbers = (length: number) => Float32Array.from({ length }, (_, index) => index - 7);
  const wanted = (length: number) => numbers(length).map((value) => 3 * value - value);

  it.each([1, 4, 65, 16384, 50001])('takes tensors of %i entries that lie in it, elsewhere, or both', (length) => {
    const kernel = memory.kernel(code)!;
    const outside = () => new Float32Array(length);
    const inside = () => memory.allocate(length)!;
    for (const [a, b, result] of [
      [inside(), inside(), inside()],
      [outside(), inside(), outside()],
      [inside(), outside(), inside()],
    ] as [Float32Array, Float32Array, Float32Array][]) {
      a.set(numbers(length));
      b.set(numbers(length));
      const after = memory.allocate(4)!.fill(5);
      kernel([a, b], [3], [result]);
      expect(differences(result, wanted(length))).toBe(0);
      kernel([a, b], [3], [a]);
      expect(differences(a, wanted(length))).toBe(0);
      expect(differences(b, numbers(length))).toBe(0);
      expect([...after]).toEqual([5, 5, 5, 5]);
    }
  });

  it('has room again where an array was that nobody has', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const place = () => memory.allocate(123_457)!.byteOffset;
    const first = place();
    await expect
      .poll(() => {
        collect();
        return place() === first;
      })
      .toBe(true);
  });

  it('says when it is full, and goes on', () => {
    expect(memory.allocate(2 ** 30)).toBeUndefined();
    expect(memory.allocate(8)!.length).toBe(8);

    const full = { ...memory, kernel: () => undefined };
    const graph = program().graph(inputs(), vector(7) as never, 0.01, flag(true) as never);
    const parts = stages(graph);
    expect(tailed(parts, [...graph.outputs.values()], 1, full)).toMatchObject({ stages: parts, outputs: [] });
  });
});
