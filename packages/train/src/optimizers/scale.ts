import { zeros } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { packSmall } from './packed.ts';
import { type ByPath, mapPaths, stateless, type Transformation } from './transformation.ts';

/** u ← −η·u: the last part of most optimizers. */
export function scaleByLearningRate(): Transformation {
  return stateless((updates, { learningRate }) => {
    const factor = tf.neg(learningRate);
    return mapPaths(updates, (update) => tf.mul(update, factor));
  });
}

/**
 * Heavy-ball or Nesterov momentum, in PyTorch's form.
 *
 *   b ← μ·b + g;   u = b   or, with Nesterov,   u = g + μ·b
 *
 * Polyak 1964; Sutskever, Martens, Dahl & Hinton, ICML 2013.
 *
 * @param momentum μ in [0, 1).
 */
export function trace(momentum: number, nesterov = false): Transformation {
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`Momentum must be in [0, 1). Found ${momentum}.`);
  return {
    init: (params) => ({ velocity: mapPaths(params, ({ shape }) => zeros('float32', shape)) }),
    update: (updates, { velocity }) => {
      const next = mapPaths(updates, (update, path) => tf.add(tf.mul(velocity![path]!, momentum), update));
      const result = nesterov
        ? mapPaths(updates, (update, path) => tf.add(update, tf.mul(next[path]!, momentum)))
        : next;
      return { updates: result, state: { velocity: { ...velocity, ...next } } };
    },
  };
}

/**
 * Adam's direction, with bias correction.
 *
 *   m ← β₁m + (1 − β₁)g;   v ← β₂v + (1 − β₂)g²;   u = m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)
 *
 * t counts the steps in which the parameter had a gradient.
 * Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
 */
export function scaleByAdam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}): Transformation {
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`${name} must be in [0, 1). Found ${beta}.`);
  }
  return {
    init: (params) => ({
      mean: mapPaths(params, ({ shape }) => zeros('float32', shape)),
      square: mapPaths(params, ({ shape }) => zeros('float32', shape)),
      count: mapPaths(params, () => zeros('float32', [])),
    }),
    update: (updates, { mean, square, count }) => {
      /** One step of tensors of one shape; t is a number, or one for each entry. */
      const step = (g: tf.Tensor, m: tf.Tensor, v: tf.Tensor, t: tf.Tensor) => {
        const nextMean = tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1));
        const nextSquare = tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2));
        // (m / c₁) / (√(v / c₂) + ε) with what is the same for a parameter pulled out: m / (√v + ε√c₂) · (√c₂ / c₁)
        const root = tf.sqrt(tf.sub(1, tf.pow(beta2, t)));
        const scale = tf.div(root, tf.sub(1, tf.pow(beta1, t)));
        const direction = tf.mul(tf.div(nextMean, tf.add(tf.sqrt(nextSquare), tf.mul(root, epsilon))), scale);
        return { direction, mean: nextMean, square: nextSquare };
      };
      const counts = mapPaths(updates, (_, path) => tf.add(count![path]!, 1));
      const { pack, alone } = packSmall(updates);
      const one = Object.fromEntries(
        alone.map((path) => [path, step(updates[path]!, mean![path]!, square![path]!, counts[path]!)]),
      );
      const packed = pack && step(pack.join(updates), pack.join(mean!), pack.join(square!), pack.repeat(counts));
      const all = (name: 'direction' | 'mean' | 'square'): ByPath => ({
        ...mapPaths(one, (result) => result[name]),
        ...(packed && pack.split(packed[name])),
      });
      const directions = all('direction');
      return {
        updates: mapPaths(updates, (_, path) => directions[path]!),
        state: {
          mean: { ...mean, ...all('mean') },
          square: { ...square, ...all('square') },
          count: { ...count, ...counts },
        },
      };
    },
  };
}

/**
 * Decoupled weight decay: u ← u + λθ, before the learning rate.
 *
 * Only parameters with at least two axes decay unless `decays` says otherwise: biases and normalisation gains do not.
 * Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
 *
 * @param weightDecay λ ≥ 0.
 */
export function addDecayedWeights(
  weightDecay: number,
  decays: (path: string, rank: number) => boolean = (_, rank) => rank >= 2,
): Transformation {
  if (!(weightDecay >= 0)) throw new RangeError(`Weight decay must not be negative. Found ${weightDecay}.`);
  return stateless((updates, { params }) =>
    mapPaths(updates, (update, path) => {
      const value = params[path]!;
      return weightDecay > 0 && decays(path, value.rank) ? tf.add(update, tf.mul(value, weightDecay)) : update;
    }),
  );
}
