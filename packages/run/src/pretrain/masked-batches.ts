import { fold, hostTensor, type Key } from '@polytask/base';
import { type BatchSamplerState, batchSampler, lengthBuckets, padBatch } from '@polytask/data';
import { type BertSpec, textHalves, tokenMasker } from '@polytask/encoders';
import type { Batch, BatchSource } from '@polytask/train';
import type { PretrainConfig } from '../config/pretrain-schema.ts';

/** A text, its tokens, and the id of its row. */
export type Text = { readonly id: string; readonly text: string; readonly ids: Int32Array };

type Options = Pick<PretrainConfig, 'batch' | 'rate' | 'wholeWords' | 'halves'>;

/** Endless batches of texts with hidden tokens, other ones in every epoch: by the key, the epoch and the id of the row alone. */
export function maskedBatches(texts: readonly Text[], spec: BertSpec, options: Options, key: Key): BatchSource {
  const batchOf = batches(spec, options);
  const lengths = Uint32Array.from(texts, ({ ids }) => ids.length);
  const buckets = lengthBuckets(lengths);
  const batchSize = Math.min(options.batch, texts.length);
  const sampler = batchSampler({ count: texts.length, batchSize, key: fold(key, 'order'), lengths, buckets });
  return {
    batchesPerEpoch: sampler.batchesPerEpoch,
    next() {
      const { indexes, size, bucket, epoch, last } = sampler.next();
      const rows = Array.from(indexes, (index) => texts[index]!);
      return { ...batchOf(rows, fold(fold(key, 'masks'), epoch), { size, width: bucket! }), epoch, last };
    },
    state: () => sampler.state(),
    restore: (state) => sampler.restore(state as BatchSamplerState),
  };
}

/** All texts once, the same tokens hidden each time. */
export function heldOutBatches(texts: readonly Text[], spec: BertSpec, options: Options, key: Key): Batch[] {
  const batchOf = batches(spec, options);
  const sorted = [...texts].sort((a, b) => a.ids.length - b.ids.length);
  const size = Math.min(options.batch, texts.length);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, at) => {
    const own = sorted.slice(at * size, (at + 1) * size);
    const width = Math.ceil(own.at(-1)!.ids.length / 8) * 8;
    return { ...batchOf(own, key, { size, width }), epoch: 0, last: false };
  });
}

type Part = Pick<Batch, 'inputs' | 'targets' | 'counts'>;
type Sizes = { readonly size: number; readonly width: number };

/** Makes a batch of a fixed shape, by the key and the ids of its rows: `size` rows of `width` tokens, and the halves of them if wanted. */
function batches({ tokenizer }: BertSpec, options: Options) {
  const masker = tokenMasker(tokenizer, options);
  const cutter = textHalves(tokenizer);

  /** Of each row as many places to guess as that many tokens may have. */
  const hidden = (texts: readonly Text[], key: Key, { size, width }: Sizes): Part => {
    const rows = texts.map(({ id, ids }) => masker.mask(ids, fold(key, id)));
    const places = masker.most(width);
    const { ids, lengths } = padBatch(
      rows.map((row) => row.ids),
      { rows: size, widths: [width] },
    );
    const positions = new Int32Array(size * places);
    const labels = new Int32Array(size * places).fill(-1);
    for (const [row, masked] of rows.entries()) {
      positions.set(masked.positions, row * places);
      labels.set(masked.labels, row * places);
    }
    return {
      inputs: { ids, lengths, positions: hostTensor('int32', [size, places], positions) },
      targets: { tokens: { labels: hostTensor('int32', [size * places], labels) } },
      counts: { tokens: rows.reduce((sum, row) => sum + row.labels.length, 0) },
    };
  };

  /** The first halves of all rows before the second ones; a text that cannot be cut has two of length 0. */
  const halved = (texts: readonly Text[], key: Key, { size, width }: Sizes) => {
    const pairs = texts.map(({ id, ids }) => cutter.cut(ids, fold(fold(key, 'halves'), id)));
    const rows = Array.from({ length: 2 * size }, (_, at) => pairs[at % size]?.[at < size ? 0 : 1] ?? none);
    const { ids, lengths } = padBatch(rows, { rows: 2 * size, widths: [cutter.most(width)] });
    const labels = Int32Array.from(rows, ({ length }, at) => (length > 0 ? at % size : -1));
    return {
      inputs: { ids, lengths },
      target: { labels: hostTensor('int32', [2 * size], labels) },
      count: labels.filter((label) => label >= 0).length,
    };
  };

  return (texts: readonly Text[], key: Key, sizes: Sizes): Part & Pick<Batch, 'size'> => {
    const { inputs, targets, counts } = hidden(texts, key, sizes);
    if (!options.halves) return { inputs, targets, counts, size: texts.length };
    const halves = halved(texts, key, sizes);
    return {
      inputs: { ...(inputs as object), halves: halves.inputs },
      targets: { ...targets, halves: halves.target },
      counts: { ...counts, halves: halves.count },
      size: texts.length,
    };
  };
}

const none = new Int32Array(0);
