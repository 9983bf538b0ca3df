import { fold } from '@polytask/base';
import { named, type Sharing, type Tensors, within } from '@polytask/core';
import { type GateParams, gateOf, mixture } from './gate.ts';
import type { MmoeOptions } from './mmoe.ts';
import { byTask, featuresOf, partOf, requireCount } from './parts.ts';

export type OmoeParams = { readonly experts: readonly Tensors[]; readonly gate: GateParams };

/**
 * One-gate mixture of experts: f = Σₑ g(x)ₑ·Eₑ(x) with g(x) = softmax(W·x), the same for all tasks.
 *
 * Observes `gate` [batch, experts].
 *
 * @throws RangeError unless `experts` is a positive integer.
 *
 * Jacobs, Jordan, Nowlan & Hinton, "Adaptive Mixtures of Local Experts", Neural Computation 1991; as a baseline in Ma et al., KDD 2018.
 */
export function omoe({ expert: given, experts, gate: seen }: MmoeOptions): Sharing<OmoeParams, Tensors> {
  requireCount('omoe.experts', experts);
  const [expert, gate] = [partOf(given), gateOf(seen)];
  const numbers = Array.from({ length: experts }, (_, at) => at);
  return {
    init(key, inputShape, tasks) {
      const made = numbers.map((at) => expert.init(fold(key, `expert ${at}`), inputShape));
      return {
        params: { experts: made.map(({ params }) => params), gate: gate.init(fold(key, 'gate'), inputShape, experts) },
        outputShapes: byTask(tasks, () => made[0]!.outputShape),
      };
    },
    apply(params, x, context, tasks) {
      const made = numbers.map((at) =>
        named(`experts.${at}`, () => expert.apply(params.experts[at]!, x, within(context, `expert ${at}`))),
      );
      const outputs = made.map((output) => featuresOf(output, 'omoe.expert'));
      const features = mixture(gate.apply(params.gate, x, 'gate', context), outputs);
      return byTask(tasks, () => features);
    },
  };
}
