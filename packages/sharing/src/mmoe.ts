import { fold } from '@polytask/base';
import { type AnyLayer, named, type Sharing, type Tensors, within } from '@polytask/core';
import { type GateParams, gateOf, mixture } from './gate.ts';
import { type ByTask, byTask, featuresOf, partOf, requireCount } from './parts.ts';

export type MmoeParams = { readonly experts: readonly Tensors[]; readonly gates: ByTask<GateParams> };

export type MmoeOptions = {
  /** E, of which every expert has parameters of its own: [batch, …] → [batch, …, features]. */
  readonly expert: AnyLayer;
  readonly experts: number;
  /** What a gate looks through: from the representation to [batch, features]. Default: `summary()`, the representation's mean over its axes between batch and features. */
  readonly gate?: AnyLayer;
};

/**
 * Multi-gate mixture of experts: fₖ = Σₑ gₖ(x)ₑ·Eₑ(x) with gₖ(x) = softmax(Wₖ·x), a gate for each task.
 *
 * With one expert it is hard sharing. Observes `gate.<task>` [batch, experts].
 *
 * @throws RangeError unless `experts` is a positive integer.
 *
 * Ma, Zhao, Yi, Chen, Hong & Chi, "Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts", KDD 2018.
 */
export function mmoe({ expert: given, experts, gate: seen }: MmoeOptions): Sharing<MmoeParams, Tensors> {
  requireCount('mmoe.experts', experts);
  const [expert, gate] = [partOf(given), gateOf(seen)];
  const numbers = Array.from({ length: experts }, (_, at) => at);
  return {
    init(key, inputShape, tasks) {
      const made = numbers.map((at) => expert.init(fold(key, `expert ${at}`), inputShape));
      const gates = byTask(tasks, (task) => gate.init(fold(key, `gate ${task}`), inputShape, experts));
      return {
        params: { experts: made.map(({ params }) => params), gates },
        outputShapes: byTask(tasks, () => made[0]!.outputShape),
      };
    },
    apply(params, x, context, tasks) {
      const made = numbers.map((at) =>
        named(`experts.${at}`, () => expert.apply(params.experts[at]!, x, within(context, `expert ${at}`))),
      );
      const outputs = made.map((output) => featuresOf(output, 'mmoe.expert'));
      return byTask(tasks, (task) => mixture(gate.apply(params.gates[task]!, x, `gate.${task}`, context), outputs));
    },
  };
}
