export { concatBytes } from './concat-bytes.ts';
export { type ErrorKind, formatProblem, PolytaskError, type Problem, quote } from './errors.ts';
export { fold, isKey, type Key, key, split, threefry } from './key.ts';
export {
  integer,
  keepMask,
  keepProbability,
  logGamma,
  normal,
  permutation,
  uniform,
  type Words,
  words,
} from './random.ts';
export { readSafetensors, safetensorsParts, writeSafetensors } from './safetensors.ts';
export { didYouMean, nearest } from './suggest.ts';
export {
  type DType,
  type HostTensor,
  hostTensor,
  isHostTensor,
  type Shape,
  scalar,
  sizeOf,
  type TypedArray,
  type TypedArrayOf,
  zeros,
} from './tensor.ts';
export { isLeaf, leaves, type MapLeaves, mapTree, type Tree, zipTrees } from './tree.ts';
