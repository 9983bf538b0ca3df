export { type GradientsOf, gradients, type TensorTree } from './gradients.ts';
export { glorotUniform, heNormal, type Initializer, normal, ones, zeros } from './initializers.ts';
export {
  type Context,
  context,
  type Host,
  type Layer,
  type Levels,
  type Recorder,
  type Sequence,
  type Tensors,
  within,
} from './layer.ts';
export { type ActivationName, activation, activations, type NoParams } from './layers/activation.ts';
export { type AttentiveStatisticsParams, attentiveStatistics } from './layers/attentive-statistics.ts';
export { type BatchNormParams, batchNorm } from './layers/batch-norm.ts';
export { type BidirectionalParams, bidirectional } from './layers/bidirectional.ts';
export { type Conv2dOptions, type Conv2dParams, conv2d } from './layers/conv-2d.ts';
export { type DenseOptions, type DenseParams, dense } from './layers/dense.ts';
export { dropout } from './layers/dropout.ts';
export { type EmbeddingOptions, type EmbeddingParams, embedding } from './layers/embedding.ts';
export { type Bag, type EmbeddingBagOptions, embeddingBag } from './layers/embedding-bag.ts';
export { type GroupNormParams, groupNorm } from './layers/group-norm.ts';
export { type GruParams, gru } from './layers/gru.ts';
export { type LayerNormParams, layerNorm } from './layers/layer-norm.ts';
export { lengthMask } from './layers/length-mask.ts';
export { type LstmParams, lstm } from './layers/lstm.ts';
export {
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
  multiHeadAttention,
} from './layers/multi-head-attention.ts';
export { onValues } from './layers/on-values.ts';
export { type PoolingMode, pooling } from './layers/pooling.ts';
export { globalAveragePool2d, maxPool2d, type Pooling2dOptions } from './layers/pooling-2d.ts';
export type { RecurrentOptions } from './layers/recurrent.ts';
export { residual } from './layers/residual.ts';
export {
  type AnyLayer,
  type InputOf,
  type OutputOf,
  type ParamsOf,
  type SequentialParams,
  sequential,
} from './layers/sequential.ts';
export type { Summed } from './loss.ts';
export { absoluteError } from './losses/absolute-error.ts';
export { type BinaryCrossEntropyOptions, binaryCrossEntropy } from './losses/binary-cross-entropy.ts';
export { type CtcLoss, type CtcOptions, ctc, ctcFeasible } from './losses/ctc.ts';
export type { CtcLengths } from './losses/ctc-paths.ts';
export { type HuberOptions, huber } from './losses/huber.ts';
export { meanLoss } from './losses/mean-loss.ts';
export { type SoftTargetCrossEntropyOptions, softTargetCrossEntropy } from './losses/soft-target-cross-entropy.ts';
export { type SoftmaxCrossEntropyOptions, softmaxCrossEntropy } from './losses/softmax-cross-entropy.ts';
export { type RegressionLossOptions, squaredError } from './losses/squared-error.ts';
export {
  type AnyTask,
  defineModel,
  type HeadTies,
  type Model,
  type ModelParams,
  type OutputSharing,
  type OutputsOf,
  type Sharing,
  type TargetsOf,
  type Task,
} from './model.ts';
export { named, type PlaceAttributes } from './named.ts';
export { noRandom, type Random, random } from './random.ts';
export { type Recorded, recorder } from './recorder.ts';
export type { ScanAttributes, ScanGradient } from './scan/attributes.ts';
export { type ScanOptions, scan } from './scan/scan.ts';
export { stopGradient } from './stop-gradient.ts';
