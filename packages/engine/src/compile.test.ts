import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fold, type HostTensor, hostTensor, key, PolytaskError, scalar } from '@polytask/base';
import { gradients, type Random, random } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile, type Given, handOver, peek, read } from './compile.ts';
import { openDevice } from './devices.ts';
import type { Resident } from './resident.ts';
import { stages } from './stages.ts';

const devices = Object.fromEntries(
  await Promise.all(
    ['onnx-node', 'onnx-web', 'wasm', 'cpu'].map(async (name) => [name, await openDevice(name)] as const),
  ),
);
const onnx = devices['onnx-node']!;

const vector = (...values: number[]) => hostTensor('float32', [values.length], values);
const matrix = (rows: number, columns: number, ...values: number[]) => hostTensor('float32', [rows, columns], values);
const numbers = (tensor: HostTensor) => [...tensor.data];

const caught = async (work: () => unknown): Promise<PolytaskError> => {
  try {
    await work();
  } catch (error) {
    if (PolytaskError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are still in use after a garbage collection. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe.each(Object.entries(devices))('on %s', (_, device) => {
  test('a program of plain tfjs operations gives their result', async () => {
    const program = compile((x: tf.Tensor, y: tf.Tensor) => ({ product: tf.mul(x, tf.add(y, 1)) }), { device });

    const { product } = await program.run(vector(1, 2, 3), vector(4, 5, 6));

    expect(numbers(product)).toEqual([5, 12, 21]);
  });

  test('a program may have nothing to compute', async () => {
    const absent = (x: tf.Tensor, y: tf.Tensor) => gradients(() => tf.sum(x), { y }).gradients;

    expect(await compile(absent, { device }).run(vector(1, 2), vector(3))).toEqual({ y: null });
  });

  test('a gradient with an embedding, a dropout mask and a step is the one computed eagerly', async () => {
    const table = matrix(4, 2, 1, 2, 3, 4, 5, 6, 7, 8);
    const ids = hostTensor('int32', [3], [1, 3, 1]);
    const step = (params: { table: tf.Tensor }, rows: tf.Tensor, draw: Random) => {
      const loss = () => {
        const taken = tf.gather(params.table, rows as tf.Tensor1D);
        return tf.sum(tf.square(tf.mul(taken, tf.cast(draw.fold('dropout').keepMask(taken.shape, 0.5), 'float32'))));
      };
      const { value, gradients: found } = gradients(loss, params);
      return { loss: value, table: tf.sub(params.table, tf.mul(found.table!, 0.1)) };
    };

    const compiled = await compile(step, { device }).run({ table }, ids, key(5));

    await tf.setBackend('cpu');
    const eager = step(
      { table: tf.tensor2d(table.data as Float32Array, [4, 2]) },
      tf.tensor1d([1, 3, 1], 'int32'),
      random(key(5)),
    );
    expect(compiled.loss.data[0]).toBeCloseTo(eager.loss.dataSync()[0]!, 4);
    for (const [index, value] of eager.table.dataSync().entries())
      expect(compiled.table.data[index]).toBeCloseTo(value, 5);
  });

  test('a hand-over shows the host what was measured, and its answer enters the same run', async () => {
    const program = compile(
      (x: tf.Tensor) => {
        const total = tf.sum(tf.exp(x));
        const weight = handOver('weight', { total }, { shape: [] });
        return { result: tf.mul(tf.exp(x), weight) };
      },
      { device },
    );
    let seen = 0;

    const { result } = await program.runWith(
      {
        weight: ({ total }) => {
          seen = total!.data[0]!;
          return scalar(1 / seen);
        },
      },
      vector(0, 0),
    );

    expect(seen).toBeCloseTo(2, 6);
    expect(numbers(result)).toEqual([0.5, 0.5]);
  });

  test('resident results go from run to run and are copied out with read', async () => {
    const program = compile((state: { x: tf.Tensor }) => ({ state: { x: tf.add(state.x, 1) } }), {
      device,
      donate: [0],
      resident: ['state'],
    });
    let state: { x: Given } = { x: vector(1, 2) };

    for (let step = 0; step < 5; step++) state = (await program.run(state)).state;

    const copy = (await read(state as { x: Resident })) as { x: HostTensor };
    expect(numbers(copy.x)).toEqual([6, 7]);
  });

  test('peek gives what read gives, where it can the memory itself', async () => {
    const program = compile((x: tf.Tensor) => ({ state: { x: tf.mul(x, 2) } }), { device, resident: ['state'] });
    const { state } = (await program.run(vector(1, 2))) as unknown as { state: { x: Resident } };

    const { x: seen } = (await peek(state)) as { x: HostTensor };

    expect(seen).toEqual(((await read(state)) as { x: HostTensor }).x);
    if (device.name === 'onnx') expect(seen.data).toBe((state.x.held().buffer as { data: unknown }).data);
    expect((await peek({ own: vector(3) })) as object).toEqual({ own: vector(3) });
    state.x[Symbol.dispose]();
    await expect(peek(state)).rejects.toThrow('E3010');
  });

  test('500 runs leave no tensor and no device buffer behind', async () => {
    const program = compile(
      (state: { w: tf.Tensor }, x: tf.Tensor, draw: Random) => {
        const { value, gradients: found } = gradients(() => {
          const weight = tf.cast(draw.keepMask(x.shape, 0.1), 'float32');
          return tf.mean(tf.square(tf.matMul(tf.mul(x, weight) as tf.Tensor2D, state.w as tf.Tensor2D)));
        }, state);
        const scale = handOver('scale', { value }, { shape: [] });
        return { state: { w: tf.sub(state.w, tf.mul(found.w!, tf.mul(0.01, scale))) }, value };
      },
      { device, donate: [0], resident: ['state'] },
    );
    let state: { w: Given } = { w: hostTensor('float32', [8, 4], new Float32Array(32).fill(0.5)) };
    const x = hostTensor(
      'float32',
      [16, 8],
      Float32Array.from({ length: 128 }, (_, index) => Math.sin(index)),
    );
    const answer = { scale: () => scalar(1) };
    const step = async (count: number) => {
      for (let index = 0; index < count; index++)
        state = (await program.runWith(answer, state, x, fold(key(1), index))).state;
    };
    await step(20);
    const before = tf.memory();
    const buffersBefore = device.buffers?.() ?? 0;
    const heldBefore = held();

    await step(480);

    const after = tf.memory();
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numDataBuffers).toBe(before.numDataBuffers);
    expect(device.buffers?.() ?? 0).toBe(buffersBefore);
    // Garbage apart, what is held in JavaScript and beside it: ten kilobytes more per run would show.
    expect(held() - heldBefore).toBeLessThan(4e6);
  });
});

describe('a compiled program', () => {
  test('leaves tfjs on the backend it was on', async () => {
    await tf.setBackend('cpu');

    await compile((x: tf.Tensor) => ({ y: tf.neg(x) }), { device: devices.wasm! }).run(vector(1));

    expect(tf.getBackend()).toBe('cpu');
  });

  test('waits for a tfjs backend that is starting', async () => {
    tf.registerBackend(
      'slow',
      async () => new Promise((resolve) => setImmediate(() => resolve(tf.findBackend('cpu')))),
    );
    const starting = tf.setBackend('slow');

    const { y } = await compile((x: tf.Tensor) => ({ y: tf.neg(x) }), { device: onnx }).run(vector(1));

    expect(numbers(y)).toEqual([-1]);
    await starting;
    await tf.setBackend('cpu');
    tf.removeBackend('slow');
  });

  test('names the kernel that cannot be compiled, the line that called it and what to do', async () => {
    const program = compile((x: tf.Tensor) => ({ y: tf.real(tf.complex(x, x)) }), { device: onnx });

    const error = await caught(() => program.run(vector(1)));

    expect(error.code).toBe('E3001');
    expect(error.message).toContain('Complex');
    expect(error.message).toContain('compile.test.ts');
    expect(error.message).toContain('Compute spectra before the program');
  });

  test.each([
    ['randomNormal', () => tf.randomNormal([2])],
    ['randomUniform', () => tf.randomUniform([2])],
    ['truncatedNormal', () => tf.truncatedNormal([2])],
    ['dropout', (x: tf.Tensor) => tf.dropout(x, 0.5)],
  ] as const)('refuses tf.%s, whose numbers would be the same in every run', async (_, draw) => {
    const program = compile((x: tf.Tensor) => ({ y: tf.add(x, draw(x)) }), { device: onnx });

    const error = await caught(() => program.run(vector(1, 2)));

    expect(error.code).toBe('E3012');
    expect(error.message).toMatch(/^E3012 tf\.\w+ draws/);
    expect(error.message).toContain('compile.test.ts');
  });

  test('refuses to read values that are not known before it runs', async () => {
    const program = compile((x: tf.Tensor) => ({ y: x.dataSync()[0]! > 0 ? tf.neg(x) : x }), { device: onnx });

    expect((await caught(() => program.run(vector(1)))).code).toBe('E3002');
  });

  test('refuses a tensor that it was not given', async () => {
    await tf.setBackend('cpu');
    const outside = tf.tensor1d([1, 2]);
    const program = compile((x: tf.Tensor) => ({ y: tf.add(x, outside) }), { device: onnx });

    const error = await caught(() => program.run(vector(1, 2)));

    expect(error.code).toBe('E3003');
    expect(error.message).toContain('compile.test.ts');
  });

  test('can be traced again after a failed trace', async () => {
    const program = compile(
      (x: tf.Tensor, fail: boolean) => {
        if (fail) throw new RangeError('on purpose');
        return { y: tf.square(x) };
      },
      { device: onnx },
    );
    await expect(program.run(vector(3), true)).rejects.toThrow('on purpose');

    expect(numbers((await program.run(vector(3), false)).y)).toEqual([9]);
  });

  test('refuses a resident whose memory an earlier run took', async () => {
    const program = compile((state: { x: tf.Tensor }) => ({ state: { x: tf.add(state.x, 1) } }), {
      device: onnx,
      donate: [0],
      resident: ['state'],
    });
    const first = (await program.run({ x: vector(1) })).state;
    await program.run(first);

    const error = await caught(() => program.run(first));

    expect(error.code).toBe('E3010');
    expect(error.message).toContain('0.x');
  });

  test('refuses types it cannot compute with', async () => {
    const program = compile((x: tf.Tensor) => ({ y: x }), { device: onnx });

    expect((await caught(() => program.run(hostTensor('float64', [1], [1])))).code).toBe('E3008');
  });

  test('needs an answer for each hand-over', async () => {
    const program = compile((x: tf.Tensor) => ({ y: tf.mul(x, handOver('weights', { x }, { shape: [1] })) }), {
      device: onnx,
    });

    const error = await caught(() => program.run(vector(1)));

    expect(error.code).toBe('E3011');
    expect(error.message).toContain('"weights"');
  });

  test('passes null, strings and numbers through its result, and takes numbers as scalars', async () => {
    const program = compile(
      (x: tf.Tensor, factor: tf.Tensor, name: string) => ({ y: tf.mul(x, factor), none: null, name }),
      { device: onnx },
    );

    const result = await program.run(vector(2), 3, 'a');

    expect({ ...result, y: numbers(result.y) }).toEqual({ y: [6], none: null, name: 'a' });
  });

  test('returns inputs, constants and one value under two names each as its own tensor', async () => {
    const program = compile(
      (x: tf.Tensor) => {
        const doubled = tf.mul(x, 2);
        return { same: x, constant: tf.tensor1d([7]), first: doubled, second: doubled };
      },
      { device: onnx },
    );

    const result = await program.run(vector(1));

    expect([result.same, result.constant, result.first, result.second].map(numbers)).toEqual([[1], [7], [2], [2]]);
  });

  test('is compiled once per set of shapes and keeps a bounded number of them', async () => {
    let traces = 0;
    const program = compile(
      (x: tf.Tensor) => {
        traces++;
        return { y: tf.square(x) };
      },
      { device: onnx, cache: 2 },
    );

    for (const size of [1, 2, 1, 3, 1, 2]) await program.run(hostTensor('float32', [size], new Array(size).fill(2)));

    expect(traces).toBe(4); // 1, 2, 3, and 2 again, which 3 had pushed out
  });

  test('merges equal operations, such as the forward pass of each gradient', () => {
    const program = compile(
      (x: tf.Tensor) => {
        const loss = () => tf.sum(tf.exp(x));
        return { first: gradients(loss, { x }).gradients.x!, second: gradients(loss, { x }).gradients.x! };
      },
      { device: onnx },
    );

    const kernels = program.graph(vector(1, 2)).nodes.map(({ kernel }) => kernel);

    expect(kernels.filter((kernel) => kernel === 'Exp')).toHaveLength(1);
  });

  test('draws the numbers that the same key draws outside of it', async () => {
    const program = compile((draw: Random) => ({ u: draw.fold(3).uniform([5]), n: draw.fold('n').normal([5]) }), {
      device: onnx,
    });

    const { u, n } = await program.run(key(9));

    await tf.setBackend('cpu');
    expect(numbers(u)).toEqual([...random(key(9)).fold(3).uniform([5]).dataSync()]);
    expect(numbers(n)).toEqual([...random(key(9)).fold('n').normal([5]).dataSync()]);
  });
});

describe('a cut', () => {
  test('recomputes what is cheap instead of handing it over', () => {
    const program = compile(
      (x: tf.Tensor) => {
        const hidden = tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D); // dear: handed over
        const active = tf.relu(tf.add(hidden, 1)); // cheap and needed later: computed again
        const weight = handOver('weight', { total: tf.sum(active) }, { shape: [] });
        return { y: tf.mul(active, weight), z: tf.mul(hidden, weight) };
      },
      { device: onnx },
    );

    const [before, after] = stages(program.graph(matrix(2, 2, 1, 2, 3, 4)));

    const produced = (stage: typeof before) =>
      stage!.outputs.map(({ source }) => (source.kind === 'node' ? source.node.kernel : source.kind));
    expect(produced(before).sort()).toEqual(['BatchMatMul', 'Sum']);
    expect(after!.nodes.map(({ kernel }) => kernel)).toEqual(['Add', 'Relu', 'Multiply', 'Multiply']);
  });

  test('leaves out what nothing needs', () => {
    const program = compile(
      (x: tf.Tensor) => {
        tf.exp(x);
        return { y: tf.neg(x) };
      },
      { device: onnx },
    );

    expect(stages(program.graph(vector(1)))[0]!.nodes.map(({ kernel }) => kernel)).toEqual(['Neg']);
  });
});
