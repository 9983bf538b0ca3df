import type { RunEvent } from '@polytask/run';
import { expect, it } from 'vitest';
import { openTerminal } from '../terminal.ts';
import { progress } from './progress.ts';

const start: RunEvent = {
  type: 'start',
  folder: 'runs/x',
  name: 'news',
  device: 'ONNX Runtime',
  steps: 60,
  stepsPerEpoch: 30,
  step: 0,
  examples: { train: 960, validation: 120, test: 120 },
  parameters: 1000,
  notes: [],
};
const step = (at: number): RunEvent => ({
  type: 'step',
  step: at,
  epoch: Math.floor((at - 1) / 30),
  losses: { topic: 1.5, mood: null },
  weights: { topic: 0.5, mood: 1 },
  learningRate: 0.001,
  examples: 32,
  examplesPerSecond: 1234.4,
  secondsLeft: 125,
});
const evaluation = (at: number, accuracy: number, improved: boolean): RunEvent => ({
  type: 'evaluation',
  part: 'validation',
  step: at,
  epoch: at / 30 - 1,
  tasks: { topic: { loss: 0.9, labels: 120, metrics: { accuracy, macroF1: 0.7 } } },
  score: accuracy,
  improved,
});

function watch(isTTY: boolean) {
  const written: string[] = [];
  let time = 0;
  const err = { isTTY, columns: 120, write: (text: string) => written.push(text) };
  const terminal = openTerminal({}, { out: { write: () => {} }, err, env: { NO_COLOR: '1' } });
  return { show: progress(terminal, () => time), written, wait: (ms: number) => (time += ms) };
}

it('updates one line on a terminal, with the loss of every task and the time left', () => {
  const { show, written, wait } = watch(true);
  show(start);
  wait(200);
  show(step(1));
  show(step(2));
  expect(written.slice(3)).toEqual(['epoch 1/2  step 1/60  topic 1.500  mood –  1,234 examples/s  2:05 min left']);
});

it('writes a line now and then where no terminal is', () => {
  const { show, written, wait } = watch(false);
  show(start);
  for (let at = 1; at <= 30; at++) {
    wait(1000);
    show(step(at));
  }
  expect(written.slice(3).map((line) => line.slice(0, 21))).toEqual([
    'epoch 1/2  step 10/60',
    'epoch 1/2  step 20/60',
    'epoch 1/2  step 30/60',
  ]);
});

it('writes a line per task and evaluation, with what changed since the last', () => {
  const { show, written } = watch(false);
  show(start);
  show(step(30));
  show(evaluation(30, 0.8, true));
  show(evaluation(60, 0.75, false));
  expect(written.slice(3).join('')).toBe(
    [
      'epoch 1/2  step 30/60  score 0.800  ▲ best',
      '  topic  accuracy 0.800  macroF1 0.700  loss 0.900  weight 0.500  120 labels',
      'epoch 2/2  step 60/60  score 0.750',
      '  topic  accuracy 0.750 −0.050  macroF1 0.700  loss 0.900  weight 0.500  120 labels',
      '',
    ].join('\n'),
  );
});
