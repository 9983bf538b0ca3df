import { fileURLToPath } from 'node:url';
import type { RunFile } from '@polytask/run';

export const headlines = new URL('../../../examples/news/headlines.jsonl', import.meta.url);

/** The news example with a smaller table and a fixed number of steps, on one thread. */
export const newsFile = (changes: Partial<RunFile>): RunFile => ({
  version: 1,
  name: 'news',
  seed: 7,
  data: { source: fileURLToPath(headlines), id: 'id' },
  inputs: {
    text: {
      type: 'text',
      column: 'text',
      encoder: { type: 'ngrams', buckets: 4096, width: 64, combine: 'rootMean', dropout: 0.3, itemDropout: 0.5 },
    },
  },
  tasks: {
    topic: { type: 'classify', column: 'topic', metrics: ['accuracy'] },
    sentiment: { type: 'classify', column: 'sentiment', metrics: ['accuracy'] },
  },
  train: {
    steps: 100,
    batch: 64,
    evaluate: 10,
    optimizer: { type: 'adamw', learningRate: 3e-3 },
    schedule: { type: 'cosine', warmup: '5%' },
    clip: { globalNorm: 1 },
  },
  device: 'onnx',
  threads: 1,
  ...changes,
});
