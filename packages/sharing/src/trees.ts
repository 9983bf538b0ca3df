import { leaves, mapTree } from '@polytask/base';
import { stopGradient, type Tensors } from '@polytask/core';
import type * as tf from '@tensorflow/tfjs-core';

/** The tensors of a tree, in the order of the keys. */
export const leavesOf = (tree: Tensors): tf.Tensor[] => leaves<tf.Tensor>(tree).map(([, tensor]) => tensor);

/** The same parameters, which no gradient reaches. */
export const frozenTree = (tree: Tensors): Tensors => mapTree<tf.Tensor, tf.Tensor>(tree, stopGradient);
