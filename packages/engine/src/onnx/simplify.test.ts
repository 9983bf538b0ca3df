import { type HostTensor, hostTensor } from '@polytask/base';
import { activations, gradients } from '@polytask/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';
import { stages } from '../stages.ts';
import { lowerNodes } from './lower.ts';

const device = await openDevice('onnx-node');
type Tensors = Record<string, tf.Tensor>;

const wave = (...shape: number[]): HostTensor => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: size }, (_, at) => 2 * Math.sin(1 + at * 1.3)),
  );
};

/** The ONNX operations that a program becomes, after its results were compared with tfjs's. */
async function operations(program: (x: Tensors) => Tensors, inputs: Record<string, HostTensor>): Promise<string[]> {
  const compiled = compile(program, { device });
  const found = await compiled.run(inputs);
  await tf.setBackend('cpu');
  const eager = program(
    Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data as Float32Array, [...shape])]),
    ),
  );
  for (const [name, tensor] of Object.entries(eager)) {
    expect(found[name]!.shape).toEqual(tensor.shape);
    for (const [at, value] of tensor.dataSync().entries()) expect(found[name]!.data[at]).toBeCloseTo(value, 4);
  }
  return lowerNodes(stages(compiled.graph(inputs))[0]!).nodes.map(({ type }) => type);
}

const product = ({ x, w }: Tensors) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
const gelu = (x: tf.Tensor) => activations.gelu(x);

describe('a lowered graph is made simpler', () => {
  test('a bias becomes a part of the product, on either side', async () => {
    const inputs = { x: wave(3, 4), w: wave(4, 5), b: wave(5) };

    expect(await operations((all) => ({ y: tf.add(product(all), all.b!) }), inputs)).toEqual(['Gemm']);
    expect(await operations((all) => ({ y: tf.add(all.b!, product(all)) }), inputs)).toEqual(['Gemm']);
  });

  test('but not what makes the product larger, what is no row, or a product that is used twice', async () => {
    const column = { x: wave(3, 4), w: wave(4, 1), b: wave(5) };
    const square = { x: wave(3, 4), w: wave(4, 5), b: wave(3, 1) };
    const shared = { x: wave(3, 4), w: wave(4, 5), b: wave(5) };

    expect(await operations((all) => ({ y: tf.add(product(all), all.b!) }), column)).toEqual(['Gemm', 'Add']);
    expect(await operations((all) => ({ y: tf.add(product(all), all.b!) }), square)).toEqual(['Gemm', 'Add']);
    const twice = await operations((all) => ({ y: tf.add(product(all), all.b!), z: tf.neg(product(all)) }), shared);
    expect(twice.sort()).toEqual(['Add', 'Gemm', 'Neg']);
  });

  test('gelu is one operation, unless its gradient needs what is in it', async () => {
    expect(await operations(({ x }) => ({ y: gelu(x!) }), { x: wave(20) })).toEqual(['Gelu']);

    const slope = ({ x }: Tensors) => ({ y: gradients(() => tf.sum(gelu(x!)), { x: x! }).gradients.x! });
    expect(await operations(slope, { x: wave(20) })).not.toContain('Gelu');
  });

  test('changes of shape in a row are one', async () => {
    const program = ({ x }: Tensors) => ({ y: tf.neg(tf.reshape(tf.reshape(tf.reshape(x!, [2, 6]), [12]), [4, 3])) });

    expect(await operations(program, { x: wave(3, 4) })).toEqual(['Reshape', 'Neg']);
  });
});
