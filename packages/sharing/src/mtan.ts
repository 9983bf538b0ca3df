import { fold } from '@polytask/base';
import { type AnyLayer, type DenseParams, dense, named, type Sharing, type Tensors, within } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ByTask, byTask, partOf, requireStages, tensorOf, vectorSize } from './parts.ts';

type Mask = { readonly inner: DenseParams; readonly outer: DenseParams };
export type MtanParams = { readonly stages: readonly Tensors[]; readonly masks: ByTask<readonly Mask[]> };

/**
 * Multi-task attention: one trunk of stages pˡ = hˡ(pˡ⁻¹), and for each task masks over its features, âₖˡ = aₖˡ ⊙ pˡ with
 * aₖˡ = σ(W₂·relu(W₁·[pˡ ; âₖˡ⁻¹])).
 *
 * The trunk itself is not masked. Stages give vectors here, and the mask looks at the whole vector where the paper's has 1×1 convolutions.
 * [batch, features of the last stage] for every task. Observes `mask.<task>.<stage>`, [batch, features], between 0 and 1.
 *
 * @throws RangeError without stages, or when a stage does not give vectors.
 *
 * Liu, Johns & Davison, "End-to-End Multi-Task Learning with Attention", CVPR 2019.
 */
export function mtan({ stages: given }: { readonly stages: readonly AnyLayer[] }): Sharing<MtanParams, Tensors> {
  requireStages('mtan.stages', given);
  const stages = given.map(partOf);
  return {
    init(key, inputShape, tasks) {
      let shape = inputShape;
      const made = stages.map((stage, at) => {
        const { params, outputShape } = stage.init(fold(key, `stage ${at}`), shape);
        shape = outputShape;
        return { params, width: vectorSize(outputShape, 'mtan.stages') };
      });
      const mask = (task: string, at: number) => {
        const { width } = made[at]!;
        const seen = width + (made[at - 1]?.width ?? 0);
        const inner = dense({ units: width }).init(fold(fold(key, `inner ${task}`), at), [seen]);
        const outer = dense({ units: width }).init(fold(fold(key, `outer ${task}`), at), [width]);
        return { inner: inner.params, outer: outer.params };
      };
      return {
        params: {
          stages: made.map(({ params }) => params),
          masks: byTask(tasks, (task) => made.map((_, at) => mask(task, at))),
        },
        outputShapes: byTask(tasks, () => shape),
      };
    },
    apply(params, value, context, tasks) {
      let x = value;
      const trunk = stages.map((stage, at) => {
        x = named(`stages.${at}`, () => stage.apply(params.stages[at]!, x, within(context, `stage ${at}`)));
        return tensorOf(x, 'mtan');
      });
      return byTask(
        tasks,
        (task) =>
          trunk.reduce<tf.Tensor | undefined>((before, features, at) => {
            const { inner, outer } = params.masks[task]![at]!;
            const seen = before ? tf.concat([features, before], 1) : features;
            const hidden = tf.relu(tf.add(tf.matMul(seen, inner.weight), inner.bias!));
            const attention = tf.sigmoid(tf.add(tf.matMul(hidden, outer.weight), outer.bias!));
            context.record.observe(`mask.${task}.${at}`, attention);
            return tf.mul(attention, features);
          }, undefined)!,
      );
    },
  };
}
