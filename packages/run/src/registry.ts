import { hostTensor } from '@polytask/base';
import {
  type Augmentation,
  type Augmenter,
  augment,
  blur,
  type CleaningStep,
  carryValues,
  cleanText,
  coerceTypes,
  colourJitter,
  contradictoryLabels,
  cutmix,
  cutout,
  dropDuplicateRows,
  dropMissingColumns,
  dropMissingRows,
  dropNearDuplicates,
  fillFromNeighbours,
  fillMissing,
  flip,
  gain,
  type Mixable,
  type Mixer,
  mixup,
  type OutlierRule,
  outliers,
  pixelNoise,
  randomCrop,
  removeLabelLeaks,
  rescale,
  rotate,
  shear,
  soundNoise,
  specAugment,
  speed,
  type TableRow,
  type TokenizerJson,
  timeShift,
  tokenDropout,
  tokenMask,
  tokenSwap,
  translate,
  typoNoise,
} from '@polytask/data';
import {
  bertDepth,
  bertEncoder,
  bertWordEncoder,
  cnnEncoder,
  cnnLevelsEncoder,
  crnnEncoder,
  mlpEncoder,
  ngramEncoder,
  type PretrainedBert,
  resnetEncoder,
  resnetLevelsEncoder,
  transformerEncoder,
  transformerWordEncoder,
} from '@polytask/encoders';
import { classify, detect, multiLabel, ordinal, regress, tag, transcribe } from '@polytask/heads';
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  clipByValue,
  constant,
  cosine,
  linear,
  type Schedule,
  scaleByPath,
  sgd,
  type Transformation,
  unfreeze,
  warmup,
} from '@polytask/train';
import type { CleaningConfig, CleaningStepConfig } from './config/cleaning-schema.ts';
import type { NamedAugmentation, NamedEncoder, NamedHead } from './config/run.ts';
import type {
  AugmentationConfig,
  EncoderConfig,
  MixConfig,
  OptimizerConfig,
  RunConfig,
  ScheduleConfig,
  TaskConfig,
} from './config/schema.ts';
import { defined, type Factories, lookUp, requireObject } from './registry/factories.ts';
import { type RowsToFit, tableNoise } from './registry/table-noise.ts';

/** An augmentation without what goes with any of them. */
type AugmentationOptions<Section> = Section extends unknown ? Omit<Section, 'probability' | 'unsafeFor'> : never;

// biome-ignore lint/suspicious/noExplicitAny: what an augmentation changes is that of its input
type AnyAugmentation = Augmentation<any>;
// biome-ignore lint/suspicious/noExplicitAny: what a mixer mixes is that of its input
type AnyMixer = Mixer<any>;
/** What encoders read from files that the run names. */
export type EncoderFiles = {
  readonly tokenizer: TokenizerJson | null;
  readonly pretrained: PretrainedBert | null;
  /** Where tasks need more than one vector for each example: one for each word, or for each place of an image; or attention the maps on the way. */
  readonly gives?: 'words' | 'map' | 'levels';
};

const asMap = (gives: EncoderFiles['gives']) => (gives === 'map' ? { pooling: 'map' as const } : {});

/** The one table from the names of run files to factories. */
const table = {
  encoders: {
    ngrams: (options) => ({ name: 'ngrams', ...ngramEncoder(defined(options)) }),
    transformer: ({ tokenizer: _, ...options }, { tokenizer, gives }) => ({
      name: 'transformer',
      ...(gives === 'words' ? transformerWordEncoder : transformerEncoder)({ ...defined(options), tokenizer }),
    }),
    // how many blocks there are to freeze, a folder that is not read yet does not say
    bert: ({ folder, lora, freeze, ...options }, { pretrained, gives }) => ({
      name: 'bert',
      ...(gives === 'words' ? bertWordEncoder : bertEncoder)({
        ...defined(options),
        freeze: (folder !== undefined && !pretrained ? null : freeze) ?? null,
        lora: lora ? defined(lora) : null,
        pretrained,
      }),
    }),
    cnn: (options, { gives }) => ({
      name: 'cnn',
      ...(gives === 'levels'
        ? cnnLevelsEncoder(defined(options))
        : cnnEncoder({ ...defined(options), ...asMap(gives) })),
    }),
    resnet: (options, { gives }) => ({
      name: 'resnet',
      ...(gives === 'levels'
        ? resnetLevelsEncoder(defined(options))
        : resnetEncoder({ ...defined(options), ...asMap(gives) })),
    }),
    crnn: (options) => ({ name: 'crnn', ...crnnEncoder(defined(options)) }),
    mlp: (options) => ({ name: 'mlp', ...mlpEncoder(defined(options)) }),
  } satisfies Factories<EncoderConfig, EncoderFiles, NamedEncoder>,
  heads: {
    classify: ({ loss, classWeights, hidden, dropout, pooling }) => ({
      name: 'classify',
      ...classify(defined({ labelSmoothing: loss.smoothing, classWeights, hidden, dropout, pooling })),
    }),
    regress: ({ loss, hidden, dropout }) => ({ name: 'regress', ...regress(defined({ loss, hidden, dropout })) }),
    transcribe: ({ beam, lowercase }) => ({ name: 'transcribe', ...transcribe(defined({ beam, lowercase })) }),
    multiLabel: ({ separator, classWeights, threshold, hidden, dropout, pooling }) => ({
      name: 'multiLabel',
      ...multiLabel(defined({ separator, classWeights, threshold, hidden, dropout, pooling })),
    }),
    tag: ({ classWeights, hidden, dropout }) => ({ name: 'tag', ...tag(defined({ classWeights, hidden, dropout })) }),
    ordinal: ({ order, hidden, dropout, pooling }) => ({
      name: 'ordinal',
      ...ordinal(defined({ order, hidden, dropout, pooling })),
    }),
    detect: ({ size, threshold, overlap, most, filters }) => ({
      name: 'detect',
      ...detect(defined({ size, threshold, overlap, most, filters })),
    }),
  } satisfies Factories<TaskConfig, undefined, NamedHead>,
  optimizers: {
    sgd: ({ learningRate: _, layerDecay: _decay, ...options }) => sgd(defined(options)),
    adam: ({ learningRate: _, layerDecay: _decay, ...options }) => adam(defined(options)),
    adamw: ({ learningRate: _, layerDecay: _decay, ...options }) => adamw(defined(options)),
  } satisfies Factories<OptimizerConfig, undefined, Transformation>,
  schedules: {
    constant: () => constant(),
    linear: ({ end }, { steps }) => linear(steps, end),
    cosine: ({ end }, { steps }) => cosine(steps, end),
  } satisfies Factories<ScheduleConfig, { steps: number }, Schedule>,
  augmentations: {
    tokenDropout: (options) => tokenDropout(defined(options)),
    tokenSwap: (options) => tokenSwap(defined(options)),
    tokenMask: (options) => tokenMask(defined(options)),
    typoNoise: (options) => typoNoise(defined(options)),
    flip: (options) => flip(defined(options)),
    rotate: (options) => rotate(defined(options)),
    translate: (options) => translate(defined(options)),
    shear: (options) => shear(defined(options)),
    rescale: (options) => rescale(defined(options)),
    randomCrop: (options) => randomCrop(defined(options)),
    colourJitter: (options) => colourJitter(defined(options)),
    blur: (options) => blur(defined(options)),
    pixelNoise: (options) => pixelNoise(defined(options)),
    cutout: (options) => cutout(defined(options)),
    gain: (options) => gain(defined(options)),
    soundNoise: (options) => soundNoise(defined(options)),
    timeShift: (options) => timeShift(defined(options)),
    speed: (options) => speed(defined(options)),
    // its features have mean 0 in each band
    specAugment: (options) => specAugment({ ...defined(options), fill: 'zero' }),
    columnNoise: (options, fitted) => tableNoise(defined(options), fitted),
  } satisfies Factories<AugmentationOptions<AugmentationConfig>, RowsToFit, AnyAugmentation>,
  mixers: {
    mixup: (options) => mixup(defined(options)),
    cutmix: (options) => cutmix(defined(options)),
  } satisfies Factories<AugmentationOptions<MixConfig>, undefined, AnyMixer>,
  cleaningSteps: {
    coerceTypes: (options) => coerceTypes(defined(options)),
    cleanText: (options) => cleanText(defined(options)),
    fillMissing: (options) => fillMissing(defined(options)),
    carryValues: (options) => carryValues(defined(options)),
    fillFromNeighbours: (options) => fillFromNeighbours(defined(options)),
    dropMissingRows: (options) => dropMissingRows(defined(options)),
    dropMissingColumns: (options) => dropMissingColumns(defined(options)),
    outliers: ({ by, ...options }) => outliers(defined({ by: defined(by) as OutlierRule, ...options })),
    dropDuplicateRows: (options) => dropDuplicateRows(defined(options)),
    dropNearDuplicates: (options) => dropNearDuplicates(defined(options)),
    contradictoryLabels: (options) => contradictoryLabels(options),
    removeLabelLeaks: (options) => removeLabelLeaks(defined(options)),
  } satisfies Factories<CleaningStepConfig, undefined, CleaningStep>,
} as const;

export const encoderFor = (
  config: EncoderConfig,
  given: NamedEncoder | undefined,
  files: EncoderFiles,
): NamedEncoder =>
  config.type === 'custom' ? requireObject(given, config.name) : lookUp(table.encoders, config, files);

export const headFor = (config: TaskConfig, given: NamedHead | undefined): NamedHead =>
  config.type === 'custom' ? requireObject(given, config.name) : lookUp(table.heads, config, undefined);

export type AugmenterOptions = {
  /** `raw`: what the encoder is given; `encoded`: what it makes of that. Default: raw. */
  readonly stage?: 'raw' | 'encoded';
  /** The training rows of a table, once they are known. */
  readonly rows?: readonly TableRow[];
  /** Where `augment` stands in the run file. */
  readonly path?: string;
};

/**
 * What changes the training examples of an input; undefined where nothing does.
 *
 * @throws PolytaskError usage E1214 for an augmentation that does not fit the rows.
 */
export const augmenterFor = (
  input: RunConfig['inputs'][string],
  given: Readonly<Record<number, NamedAugmentation>> = {},
  { stage = 'raw', rows = [], path = 'augment' }: AugmenterOptions = {},
): Augmenter<unknown> | undefined => {
  const all: readonly AugmentationConfig[] = input.augment ?? [];
  const { codes = [] } = 'codes' in input.encoder ? input.encoder : {};
  const steps = [...all.entries()].filter(([, { type }]) => (type === 'specAugment') === (stage === 'encoded'));
  return steps.length === 0
    ? undefined
    : augment<unknown>(
        steps.map(([at, { probability, unsafeFor, ...own }]) => ({
          augmentation:
            own.type === 'custom'
              ? requireObject(given[at], own.name)
              : lookUp<AnyAugmentation>(table.augmentations, own, { rows, codes, path: `${path}.${at}` }),
          probability,
          unsafeFor,
        })),
      );
};

/** How examples of a batch are mixed in pairs. */
export type Mixing = {
  readonly mixer: Mixer<unknown>;
  readonly probability: number;
  readonly unsafeFor: readonly string[];
};

export const mixingFor = (input: RunConfig['inputs'][string]): Mixing | undefined => {
  if (!('mix' in input) || !input.mix) return undefined;
  const { probability, unsafeFor, ...own } = input.mix;
  const mixer = lookUp<AnyMixer>(table.mixers, own, undefined);
  return { mixer: input.type === 'table' ? ofFeatures(mixer) : mixer, probability, unsafeFor };
};

/** The same mixer for lists of features, which encoders make of rows. */
const ofFeatures = (mixer: Mixer<Mixable>): Mixer<unknown> => ({
  ...mixer,
  mix(first, second, key) {
    const [one, other] = [first, second].map((features) => {
      if (features instanceof Float32Array) return hostTensor('float32', [features.length], features);
      throw new TypeError(`${mixer.name} needs an encoder that makes a Float32Array of a row.`);
    }) as [Mixable, Mixable];
    const { value, share } = mixer.mix(one, other, key);
    return { value: value.data, share };
  },
});

/** The steps of cleaning of a run. */
export const cleaningFor = (steps: CleaningConfig): CleaningStep[] =>
  steps.map((step) => lookUp<CleaningStep>(table.cleaningSteps, step, undefined));

/**
 * The optimizer of a run.
 *
 * @param blocks of the encoder, and `stepsPerEpoch`: what layer-wise learning rates and gradual unfreezing count.
 */
export function optimizerFor(
  { optimizer, clip, unfreeze: waking }: Pick<RunConfig['train'], 'optimizer' | 'clip' | 'unfreeze'>,
  { blocks, stepsPerEpoch }: { readonly blocks: number; readonly stepsPerEpoch: number },
): Transformation {
  const plain: Transformation = lookUp(table.optimizers, optimizer, undefined);
  const { layerDecay = 1 } = optimizer;
  /** Heads and pooler stand above the last block. */
  const fromTop = (path: string) => blocks + 1 - (bertDepth(path) ?? blocks + 1);
  const made = layerDecay === 1 ? plain : scaleByPath(plain, (path) => layerDecay ** fromTop(path));
  const clipped = clip
    ? chain('globalNorm' in clip ? clipByGlobalNorm(clip.globalNorm) : clipByValue(clip.value), made)
    : made;
  if (!waking) return clipped;
  const pace = waking.every === 'epoch' ? stepsPerEpoch : waking.every;
  return unfreeze(clipped, (path) => Math.ceil(fromTop(path) / waking.blocks) * pace);
}

/** The schedule over `steps` steps, the warm-up among them. */
export function scheduleFor(config: ScheduleConfig, steps: number): Schedule {
  const { warmup: given } = config;
  const rising = typeof given === 'number' ? given : Math.round((Number(given.slice(0, -1)) / 100) * steps);
  const after: Schedule = lookUp(table.schedules, config, { steps: Math.max(1, steps - rising) });
  return rising > 0 ? warmup(rising, after) : after;
}
