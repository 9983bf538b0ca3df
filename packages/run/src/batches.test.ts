import { equal } from '@polytask/balance';
import { fold, type HostTensor, key } from '@polytask/base';
import { batchSampler, lengthBuckets } from '@polytask/data';
import { type Device, openDevice } from '@polytask/engine';
import { adam, type Batch, trainingStep } from '@polytask/train';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeExamples, trainingBatches } from './batches.ts';
import { makeParts, modelOf } from './specs.ts';
import { takeEpoch } from './testing/take-batches.fixture.ts';
import { temporaryFolder, tinyRows, tinyRun } from './testing/tiny-run.fixture.ts';

const onnx = await openDevice('onnx', { threads: 1 });
let loads = 0;
/** Counts what is compiled. */
const device: Device = {
  ...onnx,
  load(graph) {
    loads++;
    return onnx.load(graph);
  },
};

beforeEach(() => {
  loads = 0;
});

/** 60 texts of 4 to 24 words in up to four lengths, 8 in a batch: in every length the last batch is short. */
async function prepared() {
  const parts = await makeParts(tinyRun(temporaryFolder()), true);
  const texts = tinyRows().map(({ text }, at) =>
    Array(1 + (at % 6))
      .fill(text)
      .join(' '),
  );
  const specs = {
    encoder: parts.encoder.fit(texts, key(1)),
    heads: {
      topic: parts.heads.topic!.fit(['sports', 'finance']),
      sentiment: parts.heads.sentiment!.fit(['good', 'bad']),
    },
  };
  const examples = tinyRows().map(({ id, topic, sentiment }, at) => ({
    id: String(id),
    inputs: { text: texts[at]! },
    labels: { topic, sentiment },
  }));
  const data = await encodeExamples(parts, specs, examples as never);
  const buckets = lengthBuckets(data.lengths, 4);
  const { lengths } = data;
  const sampler = batchSampler({ count: examples.length, batchSize: 8, key: key(2), lengths, buckets });
  const batches = trainingBatches(parts, specs, data, { sampler });
  const step = trainingStep({ model: modelOf(parts, specs), optimizer: adam(), balancer: equal(), device });
  const epoch = () => takeEpoch(batches);
  return { buckets, epoch, step };
}

const idsOf = ({ inputs }: Batch) => inputs as { readonly ids: HostTensor; readonly lengths: HostTensor };

const widths = (batches: readonly Batch[]) => new Set(batches.map((batch) => idsOf(batch).ids.shape.join('×')));

describe('training on texts of mixed lengths', () => {
  it('compiles once per length: short batches are padded to the batch size with rows that have no labels', async () => {
    const { buckets, epoch, step } = await prepared();
    let state = step.init(key(3));
    const seen: Batch[] = [];
    for (let number = 0; number < 3; number++) {
      for (const batch of await epoch()) {
        seen.push(batch);
        state = (await step.run(state, [batch], { learningRate: 0.01, key: fold(key(4), state.step) })).state;
      }
    }

    expect(buckets).toHaveLength(4);
    expect(widths(seen)).toEqual(new Set(buckets.map((bucket) => `8×${bucket}`)));
    const isShort = (batch: Batch) => [...idsOf(batch).lengths.data].includes(0);
    expect(seen.filter(isShort).length).toBeGreaterThanOrEqual(3);
    expect(loads).toBe(4);
    await step[Symbol.asyncDispose]();
  });

  it('compiles nothing more after a warm-up, and changes nothing by it', async () => {
    const { epoch, step } = await prepared();
    const state = step.init(key(3));
    const batches = await epoch();
    await step.warmup(state, batches);
    expect(loads).toBe(4);

    const after = await step.run(state, [batches[0]!], { learningRate: 0.01, key: key(5) });

    expect(loads).toBe(4);
    expect(after.report.step).toBe(0);
    await step[Symbol.asyncDispose]();
  });
});
