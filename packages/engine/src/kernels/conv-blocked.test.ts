import { type HostTensor, leaves } from '@polytask/base';
import { gradients } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { channelBlock } from '../onnx/channel-block.ts';
import { onnxDevice } from '../onnx/device.ts';
import { lowerNodes } from '../onnx/lower.ts';
import { stages } from '../stages.ts';
import { compiled, numbers, type Tensors } from './conv-compare.fixture.ts';

const device = onnxDevice({
  name: 'onnx',
  description: '',
  runtime: ort,
  threads: 2,
  fillsOutputs: true,
  blockedConvolutions: true,
});

const block = await channelBlock(ort);

type Case = {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly stride?: number;
  readonly dilation?: number;
  readonly pad?: 'same' | 'valid' | number;
};

/** Large enough for blocks: a smaller one is a matrix product. */
const cases: readonly Case[] = [
  { x: [8, 48, 48, 16], filter: [3, 3, 16, 32] },
  { x: [8, 48, 48, 16], filter: [3, 3, 16, 32], pad: 'valid' },
  { x: [32, 65, 63, 3], filter: [5, 5, 3, 16], stride: 2, pad: 2 },
  { x: [24, 64, 64, 3], filter: [3, 3, 3, 16] },
  { x: [64, 64, 64, 1], filter: [3, 3, 1, 16] },
  { x: [8, 48, 50, 32], filter: [3, 3, 32, 16], dilation: 2 },
  { x: [32, 48, 48, 32], filter: [3, 3, 32, 16], stride: 2 },
  { x: [8, 48, 48, 16], filter: [3, 3, 16, 20] },
  { x: [8, 48, 48, 20], filter: [3, 3, 20, 16] },
];

const layer =
  ({ stride = 1, dilation = 1, pad = 'same' }: Case) =>
  ({ x, filter, bias }: Tensors) =>
    tf.relu(tf.add(tf.conv2d(x!, filter!, stride, pad, 'NHWC', dilation), bias!));

const inputsOf = ({ x, filter }: Case) => ({
  x: numbers(1, x),
  filter: numbers(2, filter),
  bias: numbers(3, [filter[3]!]),
});

describe('a convolution in blocks of channels', () => {
  it.each(cases)(
    'gives, with its bias, relu and gradients, what the matrix product gives: $x $filter',
    async (each) => {
      const step = (inputs: Tensors) =>
        gradients(() => tf.sum(tf.square(layer(each)(inputs))), inputs as never) as never;
      const value = (inputs: Tensors) => ({ value: layer(each)(inputs), step: step(inputs) }) as never;
      const wanted = await compiled(value, inputsOf(each));
      await using program = compile<[never], never>(value, { device });
      const found = new Map(leaves<HostTensor>((await program.run(inputsOf(each) as never)) as never));
      expect([...found.keys()]).toEqual([...wanted.keys()]);
      for (const [path, { data }] of wanted) {
        const entries = found.get(path)!.data;
        const largest = (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const difference = (data as Float32Array).reduce(
          (most, value, index) => Math.max(most, Math.abs(value - entries[index]!)),
          0,
        );
        expect(difference / largest, path).toBeLessThan(2e-5);
      }
    },
  );

  // a processor may have none
  it.skipIf(block === undefined)('is one operation with its bias and relu', () => {
    const [each] = cases as [Case];
    const program = compile<[never], never>(layer(each) as never, { device });
    const { nodes } = lowerNodes(stages(program.graph(inputsOf(each) as never))[0]!, undefined, block);
    const types = nodes.map(({ type }) => type).filter((type) => type !== 'Reshape' && type !== 'Transpose');
    expect(types).toEqual(['ReorderInput', 'Conv', 'ReorderOutput']);
  });
});
