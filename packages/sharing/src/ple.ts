import { fold } from '@polytask/base';
import { type AnyLayer, named, type Sharing, type Tensors, within } from '@polytask/core';
import { type CgcParams, cgcLevel, type ExpertCounts, requireExperts, type Streams } from './cgc-level.ts';
import { gateOf } from './gate.ts';
import { byTask, featuresOf, requireStages } from './parts.ts';

export type PleParams = { readonly levels: readonly CgcParams[] };

export type PleOptions = ExpertCounts & {
  /** The expert layer of each level, from the first to the last. */
  readonly levels: readonly AnyLayer[];
  /** What a gate looks through; default `summary()`. */
  readonly gate?: AnyLayer;
};

/**
 * Progressive layered extraction: levels of customized gate control, xₖˡ = Σₑ gₖˡ(xₖˡ⁻¹)ₑ·Eₑˡ over the experts of task k and the shared
 * ones; and, for the shared experts of the next level, xₛˡ = Σₑ gₛˡ(xₛˡ⁻¹)ₑ·Eₑˡ over the experts of all tasks.
 *
 * Specific experts see xₖˡ⁻¹, shared ones xₛˡ⁻¹. The last level has no shared gate: nothing would read it. Observes `<level>.gate.<task>`
 * and `<level>.sharedGate`, [batch, experts].
 *
 * @throws RangeError without levels, or unless there is an expert for each task.
 *
 * Tang, Liu, Zhao & Gong, "Progressive Layered Extraction (PLE): A Novel Multi-Task Learning Model for Personalized Recommendations",
 * RecSys 2020.
 */
export function ple({ levels: experts, gate: seen, ...counts }: PleOptions): Sharing<PleParams, Tensors> {
  requireStages('ple.levels', experts);
  requireExperts('ple', counts);
  const gate = gateOf(seen);
  const levels = experts.map((expert, at) => cgcLevel(expert, counts, gate, at < experts.length - 1));
  return {
    init(key, inputShape, tasks) {
      let shape = inputShape;
      const made = levels.map((level, at) => {
        const { params, outputShape } = level.init(fold(key, `level ${at}`), shape, tasks);
        shape = outputShape;
        return params;
      });
      return { params: { levels: made }, outputShapes: byTask(tasks, () => shape) };
    },
    apply(params, x, context, tasks) {
      const last = levels.reduce<Streams>(
        (inputs, level, at) => {
          const made = named(`levels.${at}`, () =>
            level.apply(params.levels[at]!, inputs, within(context, `${at}`), tasks),
          );
          return { tasks: made.tasks, shared: made.shared ?? inputs.shared };
        },
        { tasks: byTask(tasks, () => x), shared: x },
      );
      return byTask(tasks, (task) => featuresOf(last.tasks[task]!, 'ple'));
    },
  };
}
