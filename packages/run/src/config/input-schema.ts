import { z } from 'zod';
import { augmentations, encoders, mixers } from './names.ts';
import { column, count, custom, name, positive, rate } from './pieces.ts';

const ngrams = z.strictObject({
  type: z.literal(encoders.ngrams),
  buckets: count.optional(),
  width: count.optional(),
  wordNgrams: count.optional(),
  charNgrams: z.strictObject({ min: count, max: count }).nullable().optional(),
  lowercase: z.boolean().optional(),
  combine: z.enum(['mean', 'rootMean', 'sum']).optional(),
  hidden: z.array(count).optional(),
  dropout: rate.optional(),
  itemDropout: rate.optional(),
  maxItems: count.optional(),
});

const transformer = z.strictObject({
  type: z.literal(encoders.transformer),
  layers: count.optional(),
  width: count.optional(),
  heads: count.optional(),
  hidden: count.optional(),
  dropout: rate.optional(),
  vocabulary: count.optional(),
  lowercase: z.boolean().optional(),
  /** A WordPiece `tokenizer.json` to use instead of learning one. */
  tokenizer: z.string().min(1).optional(),
  maxLength: z.int().min(3).optional(),
  pooling: z.enum(['mean', 'max', 'first']).optional(),
});

const bert = z.strictObject({
  type: z.literal(encoders.bert),
  /** A folder of Hugging Face's form with pretrained weights; sizes and vocabulary are its own then. */
  folder: z.string().min(1).optional(),
  layers: count.optional(),
  width: count.optional(),
  heads: count.optional(),
  hidden: count.optional(),
  vocabulary: count.optional(),
  lowercase: z.boolean().optional(),
  maxLength: z.int().min(3).optional(),
  pooling: z.enum(['cls', 'mean', 'pooler']).optional(),
  dropout: rate.optional(),
  /** Of the pooled vector. */
  outputDropout: rate.optional(),
  /** The embeddings and this many blocks are not trained. */
  freeze: z.int().min(0).optional(),
  /** Low-rank changes of attention's matrices are trained instead of the encoder's weights. */
  lora: z
    .strictObject({
      rank: z.int().min(0).default(8),
      alpha: z.number().optional(),
      dropout: rate.optional(),
      matrices: z
        .array(z.enum(['query', 'key', 'value', 'output']))
        .min(1)
        .optional(),
    })
    .optional(),
});

const cnn = z.strictObject({
  type: z.literal(encoders.cnn),
  filters: z.array(count).min(1).optional(),
  depth: count.optional(),
  groups: count.nullable().optional(),
  /** Behind each convolution, instead of groups. */
  batchNorm: z.boolean().optional(),
  pooling: z.enum(['flatten', 'average']).optional(),
  gram: z.int().min(0).nullable().optional(),
  units: count.optional(),
  dropout: rate.optional(),
});

const resnet = z.strictObject({
  type: z.literal(encoders.resnet),
  blocks: z.array(count).min(1).optional(),
  filters: count.optional(),
  stem: z.enum(['large', 'small']).optional(),
  groups: count.nullable().optional(),
  gram: z.int().min(0).nullable().optional(),
  dropout: rate.optional(),
});

const crnn = z.strictObject({
  type: z.literal(encoders.crnn),
  features: z.enum(['whisper', 'kaldi', 'htk']).optional(),
  bands: count.optional(),
  filters: z.array(count).optional(),
  units: count.optional(),
  cell: z.enum(['gru', 'lstm']).optional(),
  layers: count.optional(),
  width: count.optional(),
  dropout: rate.optional(),
});

const mlp = z.strictObject({
  type: z.literal(encoders.mlp),
  hidden: z.array(count).optional(),
  dropout: rate.optional(),
  categories: count.optional(),
  codes: z.array(name).optional(),
  bins: z.int().min(0).optional(),
});

/** What goes with any augmentation. */
const augmentationKeys = {
  /** The share of examples that it is applied to. */
  probability: z.number().min(0).max(1).default(1),
  /** Examples with a label of one of these tasks are left as they are. */
  unsafeFor: z.array(name).default([]),
};
const share = z.number().min(0).max(1).optional();
/** A number, or the ends of the range that one is drawn from. */
const span = z.union([z.number(), z.tuple([z.number(), z.number()])], 'a number or [low, high]').optional();
const jitter = z.number().min(0).optional();
const textStep = <Name extends keyof typeof augmentations.text, Shape extends z.ZodRawShape>(
  type: Name,
  options: Shape,
) => z.strictObject({ type: z.literal(augmentations.text[type]), ...options, ...augmentationKeys });
const textAugmentations = z.discriminatedUnion('type', [
  textStep('tokenDropout', { rate: share }),
  textStep('tokenSwap', { rate: share, distance: count.max(1000).optional() }),
  textStep('tokenMask', { rate: share, mask: z.string().min(1).optional() }),
  textStep('typoNoise', { rate: share }),
  custom.extend(augmentationKeys),
]);

const imageStep = <Name extends keyof typeof augmentations.image, Shape extends z.ZodRawShape>(
  type: Name,
  options: Shape,
) => z.strictObject({ type: z.literal(augmentations.image[type]), ...options, ...augmentationKeys });
const imageAugmentations = z.discriminatedUnion('type', [
  imageStep('flip', { axis: z.enum(['horizontal', 'vertical']).optional() }),
  imageStep('rotate', { degrees: span }),
  imageStep('translate', { down: span, right: span, unit: z.enum(['share', 'pixels']).optional() }),
  imageStep('shear', { horizontal: span, vertical: span }),
  imageStep('rescale', { factor: span }),
  imageStep('randomCrop', { area: span, ratio: span }),
  imageStep('colourJitter', { brightness: jitter, contrast: jitter, saturation: jitter, hue: jitter }),
  imageStep('blur', { sigma: span }),
  imageStep('pixelNoise', { deviation: span }),
  imageStep('cutout', { count: count.optional(), side: span }),
  custom.extend(augmentationKeys),
]);

const masks = z.int().min(0).optional();
const soundStep = <Name extends keyof typeof augmentations.speech, Shape extends z.ZodRawShape>(
  type: Name,
  options: Shape,
) => z.strictObject({ type: z.literal(augmentations.speech[type]), ...options, ...augmentationKeys });
const soundAugmentations = z.discriminatedUnion('type', [
  soundStep('gain', { decibels: span }),
  soundStep('soundNoise', { decibels: span }),
  soundStep('timeShift', { seconds: span, round: z.boolean().optional() }),
  soundStep('speed', { factor: span }),
  /** Of the features that the encoder computes, after all other steps. */
  soundStep('specAugment', {
    frequencyMasks: masks,
    frequencyWidth: masks,
    timeMasks: masks,
    timeWidth: masks,
    timeShare: share,
    timeWarp: masks,
  }),
  custom.extend(augmentationKeys),
]);

const rowAugmentations = z.discriminatedUnion('type', [
  /** Of columns of numbers, all of them where `columns` is left out; `scale` is a share of the deviation of the training rows. */
  z.strictObject({
    type: z.literal(augmentations.table.columnNoise),
    scale: z.number().min(0).max(10).optional(),
    columns: z.array(column).min(1).optional(),
    ...augmentationKeys,
  }),
  custom.extend(augmentationKeys),
]);

const mixupSchema = z.strictObject({
  type: z.literal(mixers.mixup),
  alpha: positive.optional(),
  ...augmentationKeys,
});
/** Examples of a batch mixed in pairs, labels and all. */
const mix = z.discriminatedUnion('type', [
  mixupSchema,
  z.strictObject({ type: z.literal(mixers.cutmix), alpha: positive.optional(), ...augmentationKeys }),
]);

const side = count.max(4096);
/** Images of one colour and sounds that are silent or clipped: told, bad rows, or not looked for. */
const useless = z.enum(['warn', 'bad', 'ignore']).default('warn');

/** Megabytes of memory for the images or sounds of a run; those beyond are read again for every batch. */
const keepMegabytes = z.number().min(0).default(1024);

/** Changes of training examples, one after the other, other ones in every epoch, stand under `augment`. */
export const inputSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    column,
    encoder: z.discriminatedUnion('type', [ngrams, transformer, bert, custom]).default({ type: 'ngrams' }),
    augment: z.array(textAugmentations).optional(),
  }),
  /** The column holds paths of PNG and JPEG files, relative to the file that names them. */
  z.strictObject({
    type: z.literal('image'),
    column,
    /** Pixels of height and width that all images are brought to. */
    size: z.union([side, z.tuple([side, side])], 'pixels, or [height, width]').default(64),
    /** How: stretched, or with their proportions kept and cropped, or filled up with black. */
    fit: z.enum(['stretch', 'crop', 'fit']).default('stretch'),
    /** `sharp`, where it is installed, reads files several times as fast; its numbers of JPEG files differ by a little. */
    decoder: z.enum(['js', 'sharp']).default('js'),
    useless,
    keepMegabytes,
    encoder: z.discriminatedUnion('type', [cnn, resnet, custom]).default({ type: 'cnn' }),
    augment: z.array(imageAugmentations).optional(),
    mix: mix.optional(),
  }),
  /** The column holds paths of WAV files, relative to the file that names them. */
  z.strictObject({
    type: z.literal('speech'),
    column,
    /** Longer sounds are bad rows. */
    maxSeconds: positive.default(30),
    useless,
    keepMegabytes,
    encoder: z.discriminatedUnion('type', [crnn, custom]).default({ type: 'crnn' }),
    augment: z.array(soundAugmentations).optional(),
  }),
  /** Several columns of numbers and categories. */
  z.strictObject({
    type: z.literal('table'),
    columns: z.array(column).min(1),
    encoder: z.discriminatedUnion('type', [mlp, custom]).default({ type: 'mlp' }),
    augment: z.array(rowAugmentations).optional(),
    /** Of the features that the encoder makes of rows. */
    mix: z.discriminatedUnion('type', [mixupSchema]).optional(),
  }),
]);
