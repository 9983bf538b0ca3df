/** The names a run file may use. `registry.ts` maps each to its factory. */
export const encoders = {
  ngrams: 'ngrams',
  transformer: 'transformer',
  bert: 'bert',
  cnn: 'cnn',
  resnet: 'resnet',
  crnn: 'crnn',
  mlp: 'mlp',
} as const;
export const heads = {
  classify: 'classify',
  regress: 'regress',
  transcribe: 'transcribe',
  multiLabel: 'multiLabel',
  tag: 'tag',
  detect: 'detect',
  ordinal: 'ordinal',
} as const;
export const sharings = {
  hard: 'hard',
  soft: 'soft',
  crossStitch: 'crossStitch',
  mmoe: 'mmoe',
  omoe: 'omoe',
  cgc: 'cgc',
  ple: 'ple',
  mtan: 'mtan',
  film: 'film',
  adapters: 'adapters',
  lora: 'lora',
  taskAttention: 'taskAttention',
} as const;
export const balancers = {
  equal: 'equal',
  mean: 'mean',
  fixed: 'fixed',
  prior: 'prior',
  uncertainty: 'uncertainty',
  rlw: 'rlw',
  dtp: 'dtp',
  dwa: 'dwa',
  gls: 'gls',
  scaleInvariant: 'scaleInvariant',
  imtlL: 'imtlL',
  famo: 'famo',
  worst: 'worst',
  tchebycheff: 'tchebycheff',
  stch: 'stch',
  pbi: 'pbi',
  cosmos: 'cosmos',
  consistency: 'consistency',
  mgda: 'mgda',
  pcgrad: 'pcgrad',
  gradvac: 'gradvac',
  cagrad: 'cagrad',
  imtlG: 'imtlG',
  nash: 'nash',
  fairgrad: 'fairgrad',
  aligned: 'aligned',
  upgrad: 'upgrad',
  dualProj: 'dualProj',
  config: 'config',
  gradnorm: 'gradnorm',
  metabalance: 'metabalance',
  krum: 'krum',
} as const;
/** What combines the gradients of tasks entry by entry. */
export const aggregators = {
  gradDrop: 'gradDrop',
  moco: 'moco',
  dbMtl: 'dbMtl',
  excessMtl: 'excessMtl',
  trimmedMean: 'trimmedMean',
  mConfig: 'mConfig',
} as const;
/** By the type of the input. */
export const augmentations = {
  text: { tokenDropout: 'tokenDropout', tokenSwap: 'tokenSwap', tokenMask: 'tokenMask', typoNoise: 'typoNoise' },
  image: {
    flip: 'flip',
    rotate: 'rotate',
    translate: 'translate',
    shear: 'shear',
    rescale: 'rescale',
    randomCrop: 'randomCrop',
    colourJitter: 'colourJitter',
    blur: 'blur',
    pixelNoise: 'pixelNoise',
    cutout: 'cutout',
  },
  speech: {
    gain: 'gain',
    soundNoise: 'soundNoise',
    timeShift: 'timeShift',
    speed: 'speed',
    specAugment: 'specAugment',
  },
  table: { columnNoise: 'columnNoise' },
} as const;
/** How two examples become one. */
export const mixers = { mixup: 'mixup', cutmix: 'cutmix' } as const;
export const samplers = {
  joint: 'joint',
  classBalanced: 'classBalanced',
  taskBalanced: 'taskBalanced',
  temperature: 'temperature',
  annealed: 'annealed',
  roundRobin: 'roundRobin',
  weighted: 'weighted',
  selected: 'selected',
} as const;
export const selectors = {
  fixed: 'fixed',
  priority: 'priority',
  learningProgress: 'learningProgress',
  exp3: 'exp3',
  ucb1: 'ucb1',
  mixed: 'mixed',
} as const;
export const optimizers = { sgd: 'sgd', adam: 'adam', adamw: 'adamw' } as const;
export const schedules = { constant: 'constant', linear: 'linear', cosine: 'cosine' } as const;
/** By what a task predicts. */
export const metricsOfKind = {
  classes: [
    'accuracy',
    'macroF1',
    'microF1',
    'weightedF1',
    'macroPrecision',
    'macroRecall',
    'uar',
    'kappa',
    'quadraticKappa',
    'matthews',
    'auc',
    'ap',
    'logLoss',
    'brier',
    'ece',
  ],
  numbers: ['rmse', 'mae', 'r2', 'explainedVariance', 'pearson', 'spearman'],
  texts: ['wer', 'cer'],
  sets: [
    'microF1',
    'macroF1',
    'weightedF1',
    'samplesF1',
    'macroPrecision',
    'macroRecall',
    'subsetAccuracy',
    'hammingLoss',
    'jaccard',
  ],
  spans: ['spanF1', 'spanPrecision', 'spanRecall', 'macroSpanF1', 'tagAccuracy'],
  boxes: ['mAP50', 'mAP', 'mAP75'],
} as const;
export const metrics = [
  ...metricsOfKind.classes,
  ...metricsOfKind.numbers,
  ...metricsOfKind.texts,
  // those of sets that classes have not
  'samplesF1',
  'subsetAccuracy',
  'hammingLoss',
  'jaccard',
  ...metricsOfKind.spans,
  ...metricsOfKind.boxes,
] as const;
export type MetricName = (typeof metrics)[number];
export const cleaningSteps = {
  coerceTypes: 'coerceTypes',
  cleanText: 'cleanText',
  fillMissing: 'fillMissing',
  carryValues: 'carryValues',
  fillFromNeighbours: 'fillFromNeighbours',
  dropMissingRows: 'dropMissingRows',
  dropMissingColumns: 'dropMissingColumns',
  outliers: 'outliers',
  dropDuplicateRows: 'dropDuplicateRows',
  dropNearDuplicates: 'dropNearDuplicates',
  contradictoryLabels: 'contradictoryLabels',
  removeLabelLeaks: 'removeLabelLeaks',
} as const;
