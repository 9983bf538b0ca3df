import { equal } from '@polytask/balance';
import { fold, type HostTensor, hostTensor, key, normal } from '@polytask/base';
import {
  type AnyTask,
  context,
  defineModel,
  dense,
  type Layer,
  type NoParams,
  noRandom,
  softmaxCrossEntropy,
} from '@polytask/core';
import { compile, openDevice, read } from '@polytask/engine';
import { type AnyModel, adam, type Batch, trainingStep } from '@polytask/train';
import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { readsOutputs } from './reads-outputs.ts';

const device = await openDevice('onnx', { threads: 1 });
const shapes = { a: [2], b: [1], c: [1] };

describe('readsOutputs', () => {
  it('adds the outputs that are read, through a matrix each, in topological order', async () => {
    const coupling = readsOutputs({ c: ['b'], b: ['a'] });
    const params = {
      b: { a: hostTensor('float32', [2, 1], [10, 100]) },
      c: { b: hostTensor('float32', [1, 1], [-1]) },
    };
    await using program = compile(
      (own: unknown, outputs: unknown) => ({
        ...coupling.apply(own as never, outputs as never, context('infer', noRandom)),
      }),
      { device },
    );
    const found = await program.run(
      params as unknown,
      {
        c: hostTensor('float32', [1, 1], [1000]),
        b: hostTensor('float32', [1, 1], [5]),
        a: hostTensor('float32', [1, 2], [1, 2]),
      } as unknown,
    );
    expect(Object.keys(found)).toEqual(['c', 'b', 'a']);
    expect([...found.a!.data]).toEqual([1, 2]);
    expect([...found.b!.data]).toEqual([215]); // 5 + 1·10 + 2·100
    expect([...found.c!.data]).toEqual([785]); // 1000 − 215
  });

  it('has parameters for what is read alone, and names a cycle', () => {
    const { params } = readsOutputs({ c: ['a', 'b'] }).init(key(1), shapes);
    expect(Object.keys(params)).toEqual(['c']);
    expect((params.c!.a as unknown as HostTensor).shape).toEqual([2, 1]);
    expect(() => readsOutputs({ a: ['b'], b: ['a'] }).init(key(1), shapes)).toThrow('Found a → b → a');
    expect(() => readsOutputs({ a: ['x'] }).init(key(1), shapes)).toThrow('Found "x"');
    expect(() => readsOutputs({ a: ['b'] }).init(key(1), { ...shapes, b: [3, 1] })).toThrow(
      'expected outputs [batch, size]',
    );
  });

  /** Two tasks on a trunk of no parameters; the class of `child` is told by that of `parent` and nothing else of the input. */
  const modelOf = (gradient: 'flows' | 'stops') => {
    const task = (units: number): AnyTask => ({
      layer: dense({ units }),
      loss: (logits: tf.Tensor, { labels }: { labels: tf.Tensor }) => softmaxCrossEntropy(logits, labels),
    });
    const same: Layer<NoParams> = { init: (_, outputShape) => ({ params: {}, outputShape }), apply: (_, x) => x };
    return defineModel({
      encoder: same,
      inputShape: [2],
      tasks: { child: task(2), parent: task(2) },
      outputs: readsOutputs({ child: ['parent'] }, { gradient }),
    }) as unknown as AnyModel;
  };
  const batch = (withParent: boolean): Batch => {
    const inputs = normal(fold(key(3), 'x'), 16);
    const labels = Array.from({ length: 8 }, (_, row) => Number(inputs[2 * row]! > 0));
    return {
      inputs: hostTensor('float32', [8, 2], inputs),
      targets: {
        child: { labels: hostTensor('int32', [8], labels) },
        parent: { labels: hostTensor('int32', [8], withParent ? labels : labels.map(() => -1)) },
      },
      counts: { child: 8, parent: withParent ? 8 : 0 },
      size: 8,
      epoch: 0,
      last: true,
    };
  };
  const trained = async (gradient: 'flows' | 'stops', withParent: boolean) => {
    await using step = trainingStep({ model: modelOf(gradient), optimizer: adam(), balancer: equal(), device });
    let state = step.init(key(1));
    const before = (state.params as { heads: { parent: { weight: HostTensor } } }).heads.parent.weight;
    let losses: Readonly<Record<string, number | null>> = {};
    for (let at = 0; at < 30; at++) {
      const done = await step.run(state, [batch(withParent)], { learningRate: 0.05, key: fold(key(2), at) });
      state = done.state;
      losses = done.report.losses;
    }
    const params = (await read(state.params as never)) as {
      heads: { parent: { weight: HostTensor } };
      outputs: { child: { parent: HostTensor } };
    };
    return { losses, before, after: params.heads.parent.weight, matrix: params.outputs.child.parent };
  };

  it('lets the loss of a reader change the head that it reads, or stops that', async () => {
    const flows = await trained('flows', false);
    expect([...flows.after.data]).not.toEqual([...flows.before.data]);
    const stops = await trained('stops', false);
    expect([...stops.after.data]).toEqual([...stops.before.data]);
    expect(stops.losses.child).toBeLessThan(0.5);
  });

  it('is learned with the rest', async () => {
    const { losses } = await trained('flows', true);
    expect(losses.child).toBeLessThan(0.3);
    expect(losses.parent).toBeLessThan(0.5);
  });
});
