import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostTensor, key } from '@polytask/base';
import { context, dense, gradients, named, noRandom, scan, sequential } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { openDevice } from './devices.ts';
import { layerTimes } from './layer-times.ts';

const event = (name: string, ts: number, dur: number, cat = 'Node') => ({ cat, name, ts, dur });

test('sums up times by layer, the longest first, gradients on their own', () => {
  const profile = JSON.stringify([
    event('model_run', 0, 9000, 'Session'),
    event('encoder/bag/MatMul#1_kernel_time', 0, 1000),
    event('encoder/bag/Add#2/fused_kernel_time', 1000, 500),
    event('heads.topic/logits/(backward)/MatMul#3_kernel_time', 2000, 4000),
    event('heads.topic/logits/MatMul#4_kernel_time', 6000, 250),
    event('Sum#5_kernel_time', 7000, 125),
    event('ReorderInput_kernel_time', 8000, 125),
  ]);

  expect(layerTimes([profile])).toEqual([
    { layer: 'heads.topic/logits', forwardMs: 0.25, backwardMs: 4, calls: 2 },
    { layer: 'encoder/bag', forwardMs: 1.5, backwardMs: 0, calls: 2 },
    { layer: '', forwardMs: 0.25, backwardMs: 0, calls: 2 },
  ]);
  expect(layerTimes([profile, profile], { depth: 1 })[0]).toEqual({
    layer: 'heads.topic',
    forwardMs: 0.5,
    backwardMs: 8,
    calls: 4,
  });
});

test('a loop counts without the operations of its step', () => {
  const profile = JSON.stringify([
    event('lstm/MatMul#2_kernel_time', 10, 300),
    event('lstm/MatMul#2_kernel_time', 400, 300),
    event('outer/Scan#1_kernel_time', 0, 1000),
    event('after/Add#3_kernel_time', 1000, 50),
  ]);

  expect(layerTimes([profile])).toEqual([
    { layer: 'lstm', forwardMs: 0.6, backwardMs: 0, calls: 2 },
    { layer: 'outer', forwardMs: 0.4, backwardMs: 0, calls: 1 },
    { layer: 'after', forwardMs: 0.05, backwardMs: 0, calls: 1 },
  ]);
});

test('a training step on ONNX Runtime has times for every layer, forward and backward, and for the steps of a loop', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'polytask-profile-'));
  try {
    const device = await openDevice('onnx-node', { threads: 1, profile: join(folder, 'profile') });
    const tower = sequential({ first: dense({ units: 4, activation: 'tanh' }), second: dense({ units: 2 }) });
    const loss = (weights: object, x: tf.Tensor) => {
      const y = named('tower', () => tower.apply(weights as never, x, context('train', noRandom)));
      const step = ({ sum }: { sum: tf.Tensor }, { row }: { row: tf.Tensor }) => {
        const next = tf.tanh(tf.add(sum, row));
        return { carry: { sum: next }, y: { next } };
      };
      return tf.sum(named('loop', () => scan(step, { sum: tf.zeros([2]) }, { row: y }, {}).ys.next));
    };
    {
      await using program = compile(
        (weights: Record<string, tf.Tensor>, x: tf.Tensor) => gradients(() => loss(weights, x), weights),
        { device },
      );
      const x = hostTensor(
        'float32',
        [5, 3],
        Array.from({ length: 15 }, (_, index) => index / 10),
      );
      for (let run = 0; run < 2; run++) await program.run(tower.init(key(1), [3]).params as never, x);
    }

    const rows = layerTimes(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')));

    const found = new Map(rows.map((row) => [row.layer, row]));
    for (const layer of ['tower/first', 'tower/second', 'loop']) {
      expect(found.get(layer)?.forwardMs, `${layer} ${[...found.keys()]}`).toBeGreaterThan(0);
      expect(found.get(layer)?.backwardMs, layer).toBeGreaterThan(0);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
