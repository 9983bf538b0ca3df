import { chain } from './chain.ts';
import { addDecayedWeights, scaleByAdam, scaleByLearningRate, trace } from './scale.ts';
import type { Transformation } from './transformation.ts';

/** θ ← θ − η·u with u the gradient, or its momentum. */
export function sgd({ momentum = 0, nesterov = false } = {}): Transformation {
  return momentum === 0 && !nesterov ? scaleByLearningRate() : chain(trace(momentum, nesterov), scaleByLearningRate());
}

/** Adam (Kingma & Ba 2015). */
export function adam(options: { beta1?: number; beta2?: number; epsilon?: number } = {}): Transformation {
  return chain(scaleByAdam(options), scaleByLearningRate());
}

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019), λ = 0.01 by default. */
export function adamw({
  weightDecay = 0.01,
  decays,
  ...options
}: {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay?: number;
  decays?: (path: string, rank: number) => boolean;
} = {}): Transformation {
  return chain(scaleByAdam(options), addDecayedWeights(weightDecay, decays), scaleByLearningRate());
}
