import { join } from 'node:path';
import { equal } from '@polytask/balance';
import { hostTensor } from '@polytask/base';
import { dense } from '@polytask/core';
import { ngramEncoder } from '@polytask/encoders';
import type { Classification } from '@polytask/heads';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { NamedHead } from './config/run.ts';
import { openRun } from './open-run.ts';
import { resumeRun } from './resume-run.ts';
import { failure, temporaryFolder, tinyFile, tinyRows, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

type Spec = { readonly labels: readonly string[] };

/** A logistic regression for each class: Σ softplus(z) − y·z. */
const oneVersusRest: NamedHead = {
  name: 'oneVersusRest',
  options: { link: 'logistic' },
  fit: (labels): Spec => ({ labels: [...new Set(labels.filter((label) => label !== null))].sort() }),
  target(labels, { labels: known }: Spec) {
    const hot = labels.flatMap((label) => known.map((name) => Number(name === label)));
    const present = labels.map((label) => Number(label !== null && known.includes(label)));
    return {
      tensors: {
        hot: hostTensor('float32', [labels.length, known.length], hot),
        present: hostTensor('float32', [labels.length], present),
      },
      count: present.reduce((sum, one) => sum + one, 0),
    };
  },
  task: ({ labels }: Spec) => ({
    layer: dense({ units: labels.length }),
    loss: (logits, { hot, present }) => ({
      sum: tf.sum(tf.mul(tf.sum(tf.sub(tf.softplus(logits), tf.mul(hot, logits)), 1), present)),
      count: tf.sum(present),
    }),
  }),
  decode: ({ data, shape }, { labels }: Spec) =>
    Array.from({ length: shape[0]! }, (_, row) => {
      const scores = labels.map((_, at) => 1 / (1 + Math.exp(-data[row * labels.length + at]!)));
      const best = scores.indexOf(Math.max(...scores));
      return {
        label: labels[best]!,
        probability: scores[best]!,
        probabilities: Object.fromEntries(labels.map((label, at) => [label, scores[at]!])),
      };
    }),
};

it('trains, resumes, judges and predicts with an encoder, a head and a balancer of the own', async () => {
  const folder = temporaryFolder();
  const run = defineRun({
    ...tinyFile(writeRows(join(folder, 'rows.jsonl'), tinyRows())),
    inputs: {
      text: {
        type: 'text',
        column: 'text',
        encoder: { type: { name: 'mine', options: { buckets: 256 }, ...ngramEncoder({ buckets: 256, width: 8 }) } },
      },
    },
    tasks: { topic: { type: oneVersusRest, column: 'topic' }, sentiment: { type: 'classify', column: 'sentiment' } },
    balance: { type: { ...equal(), name: 'even' } },
    train: { epochs: 12, batch: 8, optimizer: { learningRate: 0.05 } },
  });
  const controller = new AbortController();
  const interrupted = await trainRun(run, {
    out: join(folder, 'runs'),
    signal: controller.signal,
    onEvent: (event) => event.type === 'step' && event.step === 9 && controller.abort(),
  });
  // the folder has the names of the objects and not the objects
  for (const attempt of [resumeRun, openRun]) {
    const error = await failure(() => attempt(interrupted.folder));
    expect(error.code).toBe('E6010');
    expect(error.message).toContain('mine, oneVersusRest, even');
  }
  const { test } = await resumeRun(interrupted.folder, { run });
  expect(test!.topic!.metrics.accuracy).toBe(1);

  await using opened = await openRun(interrupted.folder, { run });
  const [prediction] = await opened.predict(['team league wonderful great']);
  expect(prediction!.tasks).toMatchObject({ topic: { label: 'sports' }, sentiment: { label: 'good' } });
  const { sports, finance } = (prediction!.tasks.topic as Classification).probabilities;
  expect(sports! + finance!).not.toBeCloseTo(1, 6); // each class is a question of its own
});
