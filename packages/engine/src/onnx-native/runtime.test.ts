import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Tensor } from 'onnxruntime-common';
import { expect, test } from 'vitest';
import { bindingRuntime } from '../devices/onnx-runtimes.ts';
import { openDevice } from '../devices.ts';
import { model, node, valueInfo } from '../onnx/proto.ts';
import type { Runtime } from '../onnx/session.ts';
import { cRuntime } from './runtime.ts';

const runtime = await cRuntime();
const { runtime: binding } = await bindingRuntime();
const options = { executionProviders: ['cpu'], graphOptimizationLevel: 'all', intraOpNumThreads: 1 } as const;

/** `y = operation(x)`, with any number of entries. */
const session = (operation: string, { InferenceSession }: Runtime = runtime) =>
  InferenceSession.create(
    model(
      {
        name: 'test',
        nodes: [node({ type: operation, name: 'it', inputs: ['x'], outputs: ['y'], attributes: {} })],
        initializers: [],
        inputs: [valueInfo('x', 'float32', ['n'])],
        outputs: [valueInfo('y', 'float32', ['n'])],
      },
      [],
    ),
    options,
  );
const vector = (...values: number[]) => new Tensor('float32', Float32Array.from(values), [values.length]);

test('the processor’s device runs by the C interface where koffi is installed', async () => {
  expect((await openDevice('onnx-node', { threads: 1 })).description).toBe('ONNX Runtime, native, 1 threads');
});

test('results are computed into the arrays given for them', async () => {
  const negate = await session('Neg');
  const y = vector(0, 0, 0);
  const { data } = y;

  const results = await negate.run({ x: vector(1, 2, 3) }, { y });

  expect(results.y).toBe(y);
  expect(y.data).toBe(data);
  expect([...data]).toEqual([-1, -2, -3]);
  await negate.release();
});

test('results without an array come in one of their own, also empty ones', async () => {
  const negate = await session('Neg');
  for (const values of [[4], [1, 2, 3, 4, 5], []]) {
    const { y } = await negate.run({ x: vector(...values) });
    expect(y!.dims).toEqual([values.length]);
    expect([...(y!.data as Float32Array)]).toEqual(values.map((value) => -value));
  }
  await negate.release();
});

test('numbers are those of onnxruntime-node’s binding, to the bit', async () => {
  const x = vector(...Array.from({ length: 1000 }, (_, at) => Math.sin(at) * 9));
  const [own, theirs] = [await session('Erf'), await session('Erf', binding)];

  const [{ y }, { y: wanted }] = [await own.run({ x }), await theirs.run({ x })];

  expect(new Uint32Array((y!.data as Float32Array).buffer)).toEqual(
    new Uint32Array((wanted!.data as Float32Array).buffer),
  );
  await own.release();
  await theirs.release();
});

test('small tensors stay where they are while garbage is collected', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const negate = await session('Neg');
  const y = vector(0);
  const x = vector(0);
  for (let round = 0; round < 30; round++) {
    (x.data as Float32Array)[0] = round;
    await negate.run({ x }, { y });
    expect((y.data as Float32Array)[0]).toBe(-round);
    await negate.run({ x: vector(round, 1) }); // one that nobody holds
    collect();
  }
  await negate.release();
});

test('what ONNX Runtime says of a model or a run is thrown', async () => {
  await expect(session('NoSuchOperation')).rejects.toThrow(/NoSuchOperation/);
  const negate = await session('Neg');
  await expect(negate.run({ x: new Tensor('int32', new Int32Array(2), [2]) })).rejects.toThrow(/int32/);
  await expect(negate.run({ x: vector(1, 2) }, { y: vector(0) })).rejects.toThrow(/shape/i);
  await negate.release();
});
