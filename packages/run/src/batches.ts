import { setImmediate as turn } from 'node:timers/promises';
import { fold, integer, type Key, words } from '@polytask/base';
import {
  type Augmenter,
  type BatchSampler,
  type BatchSamplerState,
  batchSampler,
  type Example,
  lengthBuckets,
  type PoolSampler,
  type SelectedTaskSampler,
} from '@polytask/data';
import type { Batch, BatchSource, HostTree, LabelledBatch } from '@polytask/train';
import { type Media, type Room, sizeOf } from './data/media.ts';
import { together } from './data/read-media.ts';
import { judgedLabel, type KnownLabels } from './labels.ts';
import type { Mixing } from './registry.ts';
import type { Parts, Specs } from './specs.ts';

/** Examples with their inputs encoded: texts and rows all at once, images and sounds as far as memory goes. */
export type EncodedExamples = {
  readonly examples: readonly Example[];
  readonly lengths: Uint32Array;
  /** What the encoder is given for the example of this index; a promise where a file is read again. */
  raw(index: number): unknown;
  /** What the encoder makes of it, by index, where that is kept. */
  readonly kept: readonly unknown[];
};

/** What the encoder is given for an example: a text, the cells of a row, an image, a sound; a promise where a file is read again. */
export function rawOf({ input, type }: Parts, { id, inputs }: Example, media: Media | undefined): unknown {
  if (type === 'text') return inputs[input]!;
  return type === 'table' ? JSON.parse(inputs[input]!) : media!.read(id);
}

/** What encoders are given for examples, in their order. */
export async function* rawInTurn(
  parts: Parts,
  examples: readonly Example[],
  media: Media | undefined,
): AsyncGenerator<unknown, void, void> {
  for (let start = 0; start < examples.length; start += together)
    yield* await Promise.all(examples.slice(start, start + together).map((example) => rawOf(parts, example, media)));
}

export type EncodingOptions = {
  readonly media?: Media | undefined;
  /** For what is made of images and sounds. */
  readonly room?: Room | undefined;
  /** Whether images and sounds themselves are needed again, because they will be changed. */
  readonly areChanged?: boolean;
};

/** Rows that are encoded at once. */
const slice = 4096;

/** Encodes examples. What does not fit in the memory for images and sounds is encoded again when a batch needs it. */
export async function encodeExamples(
  parts: Parts,
  specs: Specs,
  examples: readonly Example[],
  { media, room = media?.room(), areChanged = false }: EncodingOptions = {},
): Promise<EncodedExamples> {
  const { encoder } = parts;
  if (!media) {
    // in slices, and read again where they are needed again: parsed rows of a table take more memory than their features
    const raw = (index: number) => rawOf(parts, examples[index]!, media);
    const kept: unknown[] = [];
    for (let start = 0; start < examples.length; start += slice) {
      const some = examples.slice(start, start + slice).map((_, at) => raw(start + at));
      for (const one of encodeAll(encoder, some, specs.encoder)) kept.push(one);
    }
    const lengths = Uint32Array.from(kept, (one) => encoder.lengthOf(one));
    return { examples, lengths, raw, kept };
  }
  const raw = (index: number) => rawOf(parts, examples[index]!, media);
  const kept: unknown[] = [];
  if (encoder.length !== undefined)
    return { examples, lengths: new Uint32Array(examples.length).fill(encoder.length), raw, kept };
  const lengths = new Uint32Array(examples.length);
  let at = 0;
  for await (const one of rawInTurn(parts, examples, media)) {
    const encoded = encoder.encode(one, specs.encoder);
    lengths[at] = encoder.lengthOf(encoded);
    if (!areChanged) media.drop(examples[at]!.id);
    if (!room || room.take(sizeOf(encoded))) kept[at] = encoded;
    at++;
  }
  return { examples, lengths, raw, kept };
}

/** Examples encoded, together where the encoder can do that. */
export const encodeAll = (encoder: Parts['encoder'], raw: readonly unknown[], spec: unknown): unknown[] =>
  encoder.encodeAll?.(raw, spec) ?? raw.map((one) => encoder.encode(one, spec));

/** Inputs of a fixed shape: `size` rows of `width` items. */
export const collateInputs = (
  { encoder }: Parts,
  specs: Specs,
  encoded: readonly unknown[],
  shape: { readonly size: number; readonly width: number },
): HostTree => encoder.collate(encoded, shape, specs.encoder) as HostTree;

/** What draws the batches of a run. */
export type Sampler = BatchSampler | SelectedTaskSampler | PoolSampler<string | null>;

export type TrainingBatchOptions = {
  readonly sampler: Sampler;
  readonly ownLabels?: boolean;
  readonly augmentation?: {
    /** Changes what the encoder is given. */
    readonly augmenter?: Augmenter<unknown> | undefined;
    /** Changes what it makes of that. */
    readonly encodedAugmenter?: Augmenter<unknown> | undefined;
    /** Mixes what comes of it with others of the batch. */
    readonly mixing?: Mixing | undefined;
    readonly key: Key;
    /** Those of the sampler. */
    readonly buckets: readonly number[];
  };
};

/**
 * The endless batches that training takes, each padded to its batch size and to the length of its bucket; rows that are padding have no
 * label. With `ownLabels`, batches drawn for one task have labels of that task alone.
 *
 * With `augmentation`, examples are changed anew in every epoch: by its key, the number of the epoch and their id alone, so that a restored
 * position gives the same batches. A batch that grows by it is padded to the next of the sampler's `buckets`; what exceeds them all is cut.
 */
export function trainingBatches(
  parts: Parts,
  specs: Specs,
  data: EncodedExamples,
  { sampler, ownLabels = false, augmentation }: TrainingBatchOptions,
): BatchSource {
  return {
    batchesPerEpoch: sampler.batchesPerEpoch,
    async next() {
      const { indexes, size, bucket, task, epoch, last } = sampler.next();
      const only = ownLabels ? task : undefined;
      const plain = { indexes, size, width: bucket! };
      if (!augmentation) {
        const rows = await encodedRows(parts, specs, data, indexes);
        return { ...collate(parts, specs, data, { ...plain, rows }, only), epoch, last };
      }
      const key = fold(augmentation.key, epoch);
      const rows = await augmented(parts, specs, data, indexes, augmentation, key);
      const mixed = augmentation.mixing && mixedRows(parts, data, { indexes, rows }, augmentation.mixing, key);
      const width = widthFor(parts, rows, bucket!, augmentation.buckets);
      return {
        ...collate(parts, specs, data, { ...plain, rows, width, ...mixed }, only),
        epoch,
        last,
      };
    },
    ...('observe' in sampler && { observe: ({ losses }) => sampler.observe(losses) }),
    state: () => sampler.state(),
    restore: (state) => sampler.restore(state as BatchSamplerState),
  };
}

/** All examples once, similar lengths together, with their labels. A label that training did not have counts as missing. */
export async function* evaluationBatches(
  parts: Parts,
  specs: Specs,
  data: EncodedExamples,
  { batchSize, buckets, known }: { batchSize: number; buckets: readonly number[]; known: KnownLabels },
): AsyncGenerator<LabelledBatch, void, void> {
  if (data.examples.length === 0) return;
  // A shuffled sampler would need a key; without one examples keep their order within each bucket.
  const sampler = batchSampler({
    count: data.examples.length,
    batchSize,
    key: { key: [0, 0] },
    lengths: data.lengths,
    buckets: withLongest(buckets, data.lengths),
    shuffle: false,
  });
  const next = async (): Promise<LabelledBatch> => {
    const { indexes, size, bucket, epoch, last } = sampler.next();
    const labels = Object.fromEntries(
      Object.keys(parts.heads).map((task) => [
        task,
        Array.from({ length: size }, (_, row) => {
          const label = row < indexes.length ? labelOf(data.examples[indexes[row]!]!, task) : null;
          return judgedLabel(known, task, label);
        }),
      ]),
    );
    const rows = await encodedRows(parts, specs, data, indexes);
    return { ...collate(parts, specs, data, { indexes, rows, size, width: bucket! }), epoch, last, labels };
  };
  // one batch is made while the one before is judged
  let ahead = next();
  for (let left = sampler.batchesPerEpoch; left > 0; left--) {
    const batch = await ahead;
    if (left > 1) ahead = next();
    ahead.catch(() => {}); // whoever asks for the batch hears of it
    yield batch;
  }
}

export type SingleBatchesOptions = {
  readonly parts: Parts;
  readonly specs: Specs;
  readonly data: EncodedExamples;
  readonly buckets: readonly number[];
  readonly known: KnownLabels;
  /** Which examples, in this order. */
  readonly places: Uint32Array;
};

/** Each example as a batch of its own, so that each has a loss of its own. */
export async function* singleBatches(options: SingleBatchesOptions): AsyncGenerator<LabelledBatch, void, void> {
  const { places, data, ...making } = options;
  for (const place of places)
    yield* evaluationBatches(making.parts, making.specs, examplesAt(data, [place]), { ...making, batchSize: 1 });
}

/** Some of the examples. */
export function examplesAt(data: EncodedExamples, places: ArrayLike<number>): EncodedExamples {
  const at = Array.from(places);
  return {
    examples: at.map((place) => data.examples[place]!),
    lengths: Uint32Array.from(at, (place) => data.lengths[place]!),
    raw: (index) => data.raw(at[index]!),
    kept: at.map((place) => data.kept[place]),
  };
}

/** The lengths that batches of these examples are padded to. */
export const bucketsOf = ({ lengths }: EncodedExamples, count?: number): number[] => lengthBuckets(lengths, count);

/** The buckets, and one more where a length exceeds them all. */
export function withLongest(buckets: readonly number[], lengths: Uint32Array): number[] {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  return longest > buckets.at(-1)! ? [...buckets, Math.ceil(longest / 8) * 8] : [...buckets];
}

export const labelOf = ({ labels }: Example, task: string): string | null =>
  labels[task] === null || labels[task] === undefined ? null : String(labels[task]);

/** The first of the buckets from `bucket` on that all rows fit into, else the last. */
function widthFor({ encoder }: Parts, rows: readonly unknown[], bucket: number, buckets: readonly number[]): number {
  const longest = rows.reduce<number>((most, row) => Math.max(most, encoder.lengthOf(row)), bucket);
  return buckets.find((width) => width >= longest) ?? buckets.at(-1)!;
}

type BatchRows = {
  readonly indexes: Uint32Array;
  /** Encoded, one per index. */
  readonly rows: readonly unknown[];
  readonly size: number;
  readonly width: number;
  /** Of mixed rows, where there are any. */
  readonly partners?: readonly (Partner | undefined)[];
};

const encodedRows = (
  { encoder }: Parts,
  specs: Specs,
  { kept, raw }: EncodedExamples,
  indexes: Uint32Array,
): Promise<unknown[]> =>
  Promise.all(Array.from(indexes, async (index) => kept[index] ?? encoder.encode(await raw(index), specs.encoder)));

/** How long the examples of a batch are changed at a time; then a step that ended meanwhile has its turn. */
const stretchMs = 2;

/** The examples changed and encoded; those that nothing changes, as they were encoded before. */
async function augmented(
  parts: Parts,
  specs: Specs,
  data: EncodedExamples,
  indexes: Uint32Array,
  { augmenter, encodedAugmenter }: NonNullable<TrainingBatchOptions['augmentation']>,
  key: Key,
): Promise<unknown[]> {
  const { encoder, heads } = parts;
  const { examples, kept } = data;
  const given = augmenter
    ? await Promise.all(Array.from(indexes, (index) => data.raw(index)))
    : await encodedRows(parts, specs, data, indexes);
  const featuresKey = fold(key, 'encoded');
  const identities = Array.from(indexes, (index) => {
    const example = examples[index]!;
    return { id: example.id, labelled: labelledTasks(heads, example) };
  });
  const rows: unknown[] = [];
  const changed: { readonly at: number; readonly one: unknown }[] = [];
  let since = performance.now();
  const pause = async () => {
    if (performance.now() - since < stretchMs) return;
    await turn();
    since = performance.now();
  };
  for (const [at, index] of indexes.entries()) {
    const one = augmenter ? augmenter.apply(given[at], key, identities[at]!) : given[at];
    if (!augmenter) rows[at] = one;
    else if (one === given[at] && kept[index] !== undefined) rows[at] = kept[index];
    else if (encoder.encodeAll) changed.push({ at, one });
    else rows[at] = encoder.encode(one, specs.encoder);
    await pause();
  }
  const together = changed.map(({ one }) => one);
  for (const [place, row] of encodeAll(encoder, together, specs.encoder).entries()) rows[changed[place]!.at] = row;
  if (!encodedAugmenter) return rows;
  for (const [at, identity] of identities.entries()) {
    rows[at] = encodedAugmenter.apply(rows[at], featuresKey, identity);
    await pause();
  }
  return rows;
}

const labelledTasks = (heads: Parts['heads'], example: Example): string[] =>
  Object.keys(heads).filter((task) => labelOf(example, task) !== null);

/** Whom a row was mixed with, and the share that is left of itself. */
type Partner = { readonly index: number; readonly share: number };

/**
 * Rows mixed with others of the batch that have labels of the same tasks, so that no label is lost; each with the row as it was before.
 */
function mixedRows(
  { heads }: Parts,
  { examples }: EncodedExamples,
  { indexes, rows }: { readonly indexes: Uint32Array; readonly rows: readonly unknown[] },
  { mixer, probability, unsafeFor }: Mixing,
  key: Key,
): { rows: unknown[]; partners: (Partner | undefined)[] } {
  const tasksOf = Array.from(indexes, (index) => labelledTasks(heads, examples[index]!));
  const groups = new Map<string, number[]>();
  const groupOf = tasksOf.map((tasks, at) => {
    const group = groups.get(String(tasks)) ?? [];
    groups.set(String(tasks), group);
    group.push(at);
    return group;
  });
  const partners: (Partner | undefined)[] = [];
  const mixed = rows.map((row, at) => {
    const next = words(fold(fold(key, 'mix'), examples[indexes[at]!]!.id));
    const isTurn = integer(next, 1_000_000) < probability * 1_000_000;
    const alike = groupOf[at]!;
    if (!isTurn || alike.length === 1 || tasksOf[at]!.some((task) => unsafeFor.includes(task))) {
      partners.push(undefined);
      return row;
    }
    // one of the others: those behind the row itself have moved up
    const place = integer(next, alike.length - 1);
    const other = alike[place < alike.indexOf(at) ? place : place + 1]!;
    const { value, share } = mixer.mix(row, rows[other], fold(fold(key, 'mixed'), examples[indexes[at]!]!.id));
    partners.push({ index: indexes[other]!, share });
    return value;
  });
  return { rows: mixed, partners };
}

function collate(
  parts: Parts,
  specs: Specs,
  data: EncodedExamples,
  { indexes, rows, size, width, partners }: BatchRows,
  only?: string,
): Pick<Batch, 'inputs' | 'targets' | 'counts' | 'size'> {
  const targets: Record<string, HostTree> = {};
  const counts: Record<string, number> = {};
  for (const [task, head] of Object.entries(parts.heads)) {
    const label = (index: number | undefined) =>
      index !== undefined && (only === undefined || only === task) ? labelOf(data.examples[index]!, task) : null;
    const labels: (string | null)[] = new Array(size);
    for (let row = 0; row < size; row++) labels[row] = label(indexes[row]);
    const { tensors, count } =
      partners && head.mixedTarget
        ? head.mixedTarget(
            labels.map((own, row) => [own, label(partners[row]?.index), partners[row]?.share ?? 1]),
            specs.heads[task],
          )
        : head.target(labels, specs.heads[task]);
    targets[task] = tensors as HostTree;
    counts[task] = count;
  }
  return { inputs: collateInputs(parts, specs, rows, { size, width }), targets, counts, size: indexes.length };
}
