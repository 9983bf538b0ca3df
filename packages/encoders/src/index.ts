export type { Encoder, HostInputs } from './encoder.ts';
export { type CnnOptions, type CnnSpec, cnnEncoder, cnnLevelsEncoder } from './image/cnn.ts';
export { type CnnLayerOptions, type CnnParams, type CnnTrunkOptions, cnn, cnnLevels } from './image/cnn-layer.ts';
export { gramFeatures } from './image/gram.ts';
export type { ImageInputs, ImageScale } from './image/image-inputs.ts';
export { type ResnetOptions, type ResnetSpec, resnetEncoder, resnetLevelsEncoder } from './image/resnet.ts';
export {
  type NormedParams,
  type ResidualBlockParams,
  type ResnetLayerOptions,
  type ResnetParams,
  type ResnetTrunkOptions,
  resnet,
  resnetLevels,
} from './image/resnet-layer.ts';
export { resnetFromTorchvision, type TorchvisionResnet } from './image/torchvision-resnet.ts';
export { type CrnnOptions, type CrnnSpec, crnnEncoder } from './speech/crnn.ts';
export { type CrnnLayerOptions, type CrnnParams, crnn } from './speech/crnn-layer.ts';
export type { SpeechInputs, SpeechScale } from './speech/speech-inputs.ts';
export {
  type Cells,
  type MlpOptions,
  type MlpParams,
  type MlpSpec,
  mlpEncoder,
  type TableInputs,
} from './table/mlp.ts';
export { type BagTowerOptions, type BagTowerParams, bagTower } from './text/bag-tower.ts';
export { type BertOptions, type BertSpec, bertEncoder } from './text/bert.ts';
export { type BertSizes, bertConfig, bertSizes } from './text/bert-config.ts';
export { bertDepth } from './text/bert-depth.ts';
export { type PretrainedBert, readBertFolder, saveBertFolder } from './text/bert-folder.ts';
export {
  type BertAttentionParams,
  type BertBlockParams,
  type BertInputs,
  type BertLayerOptions,
  type BertLayers,
  type BertLora,
  type BertParams,
  bert,
} from './text/bert-layer.ts';
export { bertFromTensors, bertToTensors, mlmHeadFromTensors, mlmToTensors } from './text/bert-weights.ts';
export { type HalfMatchingOptions, halfMatching, halvesTask } from './text/half-matching.ts';
export { type LowRankOptions, type LowRankParams, lowRankDense } from './text/low-rank-dense.ts';
export {
  type MlmHeadParams,
  type MlmInputs,
  type MlmParams,
  maskedLanguageModel,
  mlmHead,
  mlmTask,
} from './text/masked-language-model.ts';
export { mergeLora } from './text/merge-lora.ts';
export { type NgramOptions, type NgramSpec, ngramEncoder } from './text/ngrams.ts';
export { type TextHalves, textHalves } from './text/text-halves.ts';
export type { TokenInputs } from './text/token-inputs.ts';
export { type MaskedTokens, type TokenMasker, type TokenMaskerOptions, tokenMasker } from './text/token-masker.ts';
export { type TransformerOptions, type TransformerSpec, transformerEncoder } from './text/transformer.ts';
export {
  type TransformerBlockParams,
  type TransformerLayerOptions,
  type TransformerParams,
  transformer,
  transformerStates,
} from './text/transformer-layer.ts';
export { bertWordEncoder, transformerWordEncoder, type WordInputs, type WordTokens } from './text/words.ts';
