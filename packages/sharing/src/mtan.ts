import { fold } from '@polytask/base';
import {
  type BatchNormParams,
  batchNorm,
  type Conv2dParams,
  conv2d,
  type Host,
  named,
  type Sharing,
  type Tensors,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { placesOf, poolInStep } from './in-step.ts';
import { type MtanMask, maskOf } from './mtan-mask.ts';
import { along, levelShapes, levelsOf, type MtanStage, stageOf, trunkOf } from './mtan-trunk.ts';
import {
  type ByTask,
  byTask,
  changed,
  channelsOf,
  featuresOf,
  requireCount,
  requireStages,
  valuesOf,
} from './parts.ts';

export type MtanOptions = {
  /** Batch norm in masks and convolutions, of maps only. Default: true for maps. */
  readonly batchNorm?: boolean;
} & (
  | {
      /** The trunk, from its first stage to its last. */
      readonly stages: readonly MtanStage[];
    }
  | {
      /** Channels of each level of a representation that is `Levels`: the encoder is the trunk, as with `cnnLevelsEncoder`. */
      readonly levels: readonly number[];
    }
);

export type MtanParams = {
  readonly stages?: readonly Tensors[];
  readonly masks: ByTask<readonly MtanMask[]>;
  /** Of maps: f of each stage, one for all tasks, and their norms, of which each task has its own. */
  readonly convolutions?: readonly Conv2dParams[];
  readonly norms?: ByTask<readonly BatchNormParams[]>;
};

/**
 * Multi-task attention: one trunk of stages, each with features uˡ and then pˡ, and for each task masks over them, âₖˡ = aₖˡ ⊙ pˡ.
 *
 * Of maps, aₖˡ = σ(N(W₂·relu(N(W₁·[uˡ ; fₖˡ⁻¹])))) with 1×1 convolutions W of the task and batch norms N, and fₖˡ = relu(N(Cˡ * âₖˡ)) with a
 * 3×3 convolution Cˡ that all tasks share, to as many channels as uˡ⁺¹ has; before the next stage its maximum is taken over windows, in step
 * with the trunk. [batch, height, width, channels of the last stage] for every task, fₖ of the last stage.
 *
 * Of vectors, and each step of sequences, aₖˡ = σ(W₂·relu(W₁·[uˡ ; âₖˡ⁻¹])), and âₖ of the last stage for every task. A stage that is one layer has
 * u = p. The trunk itself is not masked. Observes `mask.<task>.<stage>`, of the shape of pˡ, between 0 and 1.
 *
 * @throws RangeError without stages, or with both stages and levels; unless all give maps, or all vectors, or all sequences; for maps that grow, or shrink by no whole number; for
 * `batchNorm: true` without maps; and for a representation of other levels.
 *
 * Liu, Johns & Davison, "End-to-End Multi-Task Learning with Attention", CVPR 2019.
 */
export function mtan(options: MtanOptions): Sharing<MtanParams, Tensors> {
  if ('stages' in options && 'levels' in options)
    throw new RangeError('mtan.stages, mtan.levels: expected one of them. Found both.');
  const stages = 'stages' in options ? options.stages.map(stageOf) : undefined;
  const levels = 'levels' in options ? options.levels : undefined;
  requireStages(stages ? 'mtan.stages' : 'mtan.levels', stages ?? levels!);
  for (const [at, channels] of (levels ?? []).entries()) requireCount(`mtan.levels.${at}`, channels);
  const { batchNorm: wanted } = options;
  return {
    init(key, inputShape, tasks) {
      const trunk = stages && trunkOf(stages, key, inputShape);
      const shapes = trunk?.shapes ?? levelShapes(levels!, inputShape);
      const isMap = shapes[0]!.last.length === 3;
      if (wanted === true && !isMap)
        throw new RangeError('mtan.batchNorm: expected stages that give maps [height, width, channels].');
      const isNormed = isMap && wanted !== false;
      const widths = shapes.map(({ first, last }) => ({
        first: channelsOf(first, 'mtan.stages'),
        last: channelsOf(last, 'mtan.stages'),
      }));
      const mask = (task: string, at: number) => {
        const { first, last } = widths[at]!;
        // convolutions give what comes from the stage before as many channels as u has
        const before = at === 0 ? 0 : isMap ? first : widths[at - 1]!.last;
        return maskOf(last, isNormed).init((part) => fold(fold(key, `${part} ${task}`), at), first + before);
      };
      const masks = byTask(tasks, (task) => widths.map((_, at) => mask(task, at)));
      const params: Host<MtanParams> = { ...(trunk && { stages: trunk.params }), masks };
      const last = shapes.at(-1)!.last;
      const outputShapes = byTask(tasks, () => last);
      if (!isMap) return { params, outputShapes };
      const outs = widths.map((own, at) => widths[at + 1]?.first ?? own.last);
      const norms = isNormed && byTask(tasks, () => outs.map((out) => batchNorm().init(key, [out]).params));
      const convolutions = outs.map(
        (out, at) =>
          convolution(out, isNormed).init(fold(fold(key, 'convolution'), at), [1, 1, widths[at]!.last]).params,
      );
      return { params: { ...params, convolutions, ...(norms && { norms }) }, outputShapes };
    },
    apply(params, value, context, tasks) {
      const trunk = stages ? along(stages, params.stages!, value, context) : levelsOf(value, levels!.length);
      const features = trunk.map(({ first, last }) => ({
        first: valuesOf(first ?? last, 'mtan'),
        last: valuesOf(last, 'mtan'),
      }));
      const attended = (task: string) =>
        features.reduce<tf.Tensor | undefined>((before, { first, last }, at) => {
          const { [at]: own } = params.masks[task]!;
          const isNormed = own!.innerNorm !== undefined;
          const seen = before ? tf.concat([first, before], first.rank - 1) : first;
          const attention = named(`masks.${task}.${at}`, () =>
            maskOf(last.shape.at(-1)!, isNormed).apply(own!, seen, context),
          );
          context.record.observe(`mask.${task}.${at}`, attention);
          const chosen = tf.mul(attention, last);
          const shared = params.convolutions?.[at];
          if (!shared) return chosen;
          const next = features[at + 1]?.first;
          return named(`convolutions.${at}`, () => {
            const made = convolution(shared.filter.shape[3]!, isNormed).apply(shared, chosen, context);
            const normal = isNormed ? batchNorm().apply(params.norms![task]![at]!, made, context) : made;
            const pool = next && poolInStep('mtan', placesOf(normal.shape.slice(1)), placesOf(next.shape.slice(1)));
            return pool ? pool.apply({}, tf.relu(normal), context) : tf.relu(normal);
          });
        }, undefined)!;
      return byTask(tasks, (task) => changed(featuresOf(trunk.at(-1)!.last, 'mtan'), 'mtan', () => attended(task)));
    },
  };
}

/** Cˡ: height and width stay. */
const convolution = (filters: number, isNormed: boolean) => conv2d({ filters, bias: !isNormed });
