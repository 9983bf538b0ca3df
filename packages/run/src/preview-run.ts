import { fold } from '@polytask/base';
import { type Augmenter, type Example, type Previewable, type PreviewRow, previewRows } from '@polytask/data';
import { labelOf, rawOf, withLongest } from './batches.ts';
import type { Run } from './config/run.ts';
import type { PartName } from './data/split-data.ts';
import { labelsInOrder } from './labels.ts';
import { prepare } from './prepare.ts';

/** The first examples of a run as training takes them. JSON. */
export type RunPreview = {
  readonly name: string;
  readonly encoder: string;
  readonly rows: readonly PreviewedExample[];
  /** The training examples among them beside what each augmentation makes of them; empty where the run has none. */
  readonly augmented: readonly PreviewRow[];
};

export type PreviewedExample = {
  readonly id: string;
  /** Null for a row that the split leaves out. */
  readonly part: PartName | null;
  readonly text: { readonly raw: string; readonly cleaned: string | null };
  /** Why cleaning set the row aside; the model does not see it. */
  readonly setAside?: string;
  /** What the encoder makes of the text: ids, their texts where it has a vocabulary, and the length that batches are padded to. */
  readonly encoded?: {
    readonly ids: readonly number[];
    readonly tokens?: readonly string[];
    readonly length: number;
    readonly paddedTo: number;
  };
  /** `class` is the place of the label among the classes of training; null where it is missing or training did not have it. */
  readonly labels: readonly {
    readonly task: string;
    readonly raw: string | null;
    readonly cleaned: string | null;
    readonly class: number | null;
  }[];
};

/**
 * Fits encoder and labels as training does, and shows what becomes of the first rows (default 20): raw, cleaned, encoded, augmented.
 *
 * @throws PolytaskError usage and data, as training does. @throws RangeError when `rows` is not a positive integer.
 */
export async function previewRun(run: Run, { rows = 20 }: { readonly rows?: number } = {}): Promise<RunPreview> {
  if (!(Number.isInteger(rows) && rows > 0)) throw new RangeError(`rows: expected a positive integer. Found ${rows}.`);
  const { config } = run;
  const prepared = await prepare(run);
  const { parts, specs, whole, buckets, root } = prepared;
  const cleanedById = new Map(prepared.data.examples.map((example) => [example.id, example]));
  const reasonById = new Map(prepared.cleaning?.quarantine.map(({ id, problem }) => [id, problem.message]));
  const partOf = new Map<number, PartName>();
  for (const part of ['train', 'validation', 'test'] as const)
    for (const index of whole.split[part]) partOf.set(index, part);
  const classes = Object.fromEntries(
    Object.entries(prepared.labelCounts).map(([task, counts]) => [
      task,
      labelsInOrder(specs.heads[task], counts.keys()),
    ]),
  );
  const textOf = tokenTexts(specs.encoder);
  const shown = whole.data.examples.slice(0, rows);
  const encode = async (example: Example) => {
    const raw = await rawOf(parts, example, prepared.data.media);
    const encoded = parts.encoder.encode(raw, specs.encoder) as unknown;
    const tokens = encoded instanceof Int32Array ? encoded : (encoded as { readonly ids?: unknown }).ids;
    const ids = tokens instanceof Int32Array ? Array.from(tokens) : [];
    const length = parts.encoder.lengthOf(encoded);
    const paddedTo = withLongest(buckets, Uint32Array.of(length)).find((bucket) => bucket >= length)!;
    return { ids, ...(textOf && { tokens: ids.map(textOf) }), length, paddedTo };
  };
  const { raw: augmenter, encoded: encodedAugmenter } = prepared.augmenters;
  const augmentKey = fold(root, 'augment');
  const training = shown.flatMap(({ id }, index) => {
    const example = partOf.get(index) === 'train' ? cleanedById.get(id) : undefined;
    if (example === undefined) return [];
    const labelled = Object.keys(config.tasks).filter((task) => labelOf(example, task) !== null);
    return [{ id, labelled, example }];
  });
  const previewed = await Promise.all(
    training.map(async ({ id, labelled, example }) => {
      const value = (await rawOf(parts, example, prepared.data.media)) as Previewable;
      return { id, labelled, value };
    }),
  );
  const encoded = new Map<string, PreviewedExample['encoded']>();
  for (const { id } of shown) if (cleanedById.has(id)) encoded.set(id, await encode(cleanedById.get(id)!));
  return {
    name: config.name,
    encoder: parts.encoder.name,
    rows: shown.map((example, index) => {
      const cleaned = cleanedById.get(example.id);
      const reason = reasonById.get(example.id);
      return {
        id: example.id,
        part: partOf.get(index) ?? null,
        text: { raw: example.inputs[parts.input]!, cleaned: cleaned?.inputs[parts.input] ?? null },
        ...(reason !== undefined && { setAside: reason }),
        ...(cleaned && { encoded: encoded.get(example.id)! }),
        labels: Object.keys(config.tasks).map((task) => {
          const label = cleaned ? labelOf(cleaned, task) : null;
          const place = label === null ? -1 : (classes[task]?.indexOf(label) ?? -1);
          return { task, raw: labelOf(example, task), cleaned: label, class: place < 0 ? null : place };
        }),
      };
    }),
    augmented: [
      ...(augmenter ? await previewRows(previewed, augmenter as Augmenter<Previewable>, { key: augmentKey }) : []),
      ...(encodedAugmenter
        ? await previewRows(
            previewed.map((example) => ({
              ...example,
              value: parts.encoder.encode(example.value, specs.encoder) as Previewable,
            })),
            encodedAugmenter as Augmenter<Previewable>,
            { key: fold(augmentKey, 'encoded') },
          )
        : []),
    ],
  };
}

/** The text of each id, where the encoder has a vocabulary. */
function tokenTexts(spec: unknown): ((id: number) => string) | undefined {
  const { tokenizer } = (spec ?? {}) as { tokenizer?: { model?: { vocab?: unknown } } };
  const vocabulary = tokenizer?.model?.vocab;
  if (typeof vocabulary !== 'object' || vocabulary === null || Array.isArray(vocabulary)) return undefined;
  const texts = new Map(Object.entries(vocabulary as Readonly<Record<string, number>>).map(([text, id]) => [id, text]));
  return (id) => texts.get(id) ?? `#${id}`;
}
