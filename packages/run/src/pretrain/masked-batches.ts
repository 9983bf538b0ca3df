import { fold, hostTensor, type Key } from '@polytask/base';
import { type BatchSamplerState, batchSampler, lengthBuckets, padBatch } from '@polytask/data';
import { type BertSpec, type MaskedTokens, type TokenMasker, tokenMasker } from '@polytask/encoders';
import type { Batch, BatchSource } from '@polytask/train';
import type { PretrainConfig } from '../config/pretrain-schema.ts';

/** A text, its tokens, and the id of its row. */
export type Text = { readonly id: string; readonly text: string; readonly ids: Int32Array };

type Options = Pick<PretrainConfig, 'batch' | 'rate' | 'wholeWords'>;

/** Endless batches of texts with hidden tokens, other ones in every epoch: by the key, the epoch and the id of the row alone. */
export function maskedBatches(
  texts: readonly Text[],
  { tokenizer }: BertSpec,
  options: Options,
  key: Key,
): BatchSource<'tokens'> {
  const masker = tokenMasker(tokenizer, options);
  const lengths = Uint32Array.from(texts, ({ ids }) => ids.length);
  const buckets = lengthBuckets(lengths);
  const batchSize = Math.min(options.batch, texts.length);
  const sampler = batchSampler({ count: texts.length, batchSize, key: fold(key, 'order'), lengths, buckets });
  return {
    batchesPerEpoch: sampler.batchesPerEpoch,
    next() {
      const { indexes, size, bucket, epoch, last } = sampler.next();
      const own = fold(fold(key, 'masks'), epoch);
      const rows = Array.from(indexes, (index) => masker.mask(texts[index]!.ids, fold(own, texts[index]!.id)));
      return { ...batchOf(rows, masker, { size, width: bucket! }), epoch, last };
    },
    state: () => sampler.state(),
    restore: (state) => sampler.restore(state as BatchSamplerState),
  };
}

/** All texts once, the same tokens hidden each time. */
export function heldOutBatches(
  texts: readonly Text[],
  { tokenizer }: BertSpec,
  options: Options,
  key: Key,
): Batch<'tokens'>[] {
  const masker = tokenMasker(tokenizer, options);
  const sorted = [...texts].sort((a, b) => a.ids.length - b.ids.length);
  const size = Math.min(options.batch, texts.length);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, at) => {
    const own = sorted.slice(at * size, (at + 1) * size);
    const width = Math.ceil(own.at(-1)!.ids.length / 8) * 8;
    const rows = own.map(({ id, ids }) => masker.mask(ids, fold(key, id)));
    return { ...batchOf(rows, masker, { size, width }), epoch: 0, last: false };
  });
}

/** A fixed shape: `size` rows of `width` tokens, of each as many places to guess as that many tokens may have. */
function batchOf(
  rows: readonly MaskedTokens[],
  masker: TokenMasker,
  { size, width }: { readonly size: number; readonly width: number },
): Pick<Batch<'tokens'>, 'inputs' | 'targets' | 'counts' | 'size'> {
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
    size: rows.length,
  };
}
