import { PolytaskError } from '@polytask/base';
import { moments } from '../table/statistics.ts';
import { maximise } from './maximise.ts';
import { mapped, type Normaliser } from './normaliser.ts';
import { trainingValues } from './training-values.ts';

/** y = (ψ(x; λ) − center) / scale. `low` and `high` are the training extremes: what has no inverse comes back as one of these. */
export type PowerSpec = {
  readonly lambda: number;
  readonly center: number;
  readonly scale: number;
  readonly low: number;
  readonly high: number;
};

type Power = {
  readonly name: string;
  readonly forward: (x: number, lambda: number) => number;
  /** NaN where no x leads there. */
  readonly backward: (y: number, lambda: number) => number;
  /** ∂ψ/∂x as a logarithm, up to (λ − 1)·: the sum of these is the Jacobian in the likelihood. */
  readonly logSlope: (x: number) => number;
};

const widest = 10; // |λ| beyond this comes of a few values

function powerNormaliser(power: Power): Normaliser<PowerSpec> {
  const { name, forward, backward } = power;
  return {
    name,
    fit(training) {
      const sorted = trainingValues(training, name);
      const [low, high] = [sorted[0]! + 0, sorted[sorted.length - 1]! + 0];
      const likelihood = (at: number) => logLikelihood(sorted, at, power);
      const best = low === high ? 1 : maximise(likelihood, -widest, widest);
      const lambda = Number.isFinite(likelihood(best)) ? best : 1; // numbers too large for any
      const { mean, deviation } = moments(sorted.map((x) => forward(x, lambda)));
      const spread = deviation > Math.abs(mean) * 1e-14 && Number.isFinite(1 / deviation);
      return { lambda, center: mean, scale: spread ? deviation : 1, low, high };
    },
    apply: (values, { lambda, center, scale }) => mapped(values, (x) => (forward(x, lambda) - center) / scale),
    invert: (values, { lambda, center, scale, low, high }) =>
      mapped(values, (y) => {
        if (Number.isNaN(y)) return y;
        const x = backward(y * scale + center, lambda);
        return Number.isFinite(x) ? x : y > 0 ? high : low;
      }),
  };
}

/** −n/2 · ln σ²(ψ(x; λ)) + (λ − 1) · Σ logSlope(x). */
function logLikelihood(values: Float64Array, lambda: number, { forward, backward, logSlope }: Power): number {
  // an exponent that leaves too few digits for the way back is none
  for (const x of [values[0]!, values[values.length - 1]!]) {
    if (!(Math.abs(backward(forward(x, lambda), lambda) - x) <= 1e-8 * Math.abs(x) + 1e-9)) return Number.NaN;
  }
  let jacobian = 0;
  for (const x of values) jacobian += logSlope(x);
  const { count, deviation } = moments(values.map((x) => forward(x, lambda)));
  return deviation > 0 && count === values.length ? -count * Math.log(deviation) + (lambda - 1) * jacobian : Number.NaN;
}

/**
 * The Box–Cox transform of positive numbers, then standard scores: (xᵏ − 1)/k, ln x where k = 0, with k = λ of the greatest likelihood.
 *
 * Box & Cox 1964. λ within ±10.
 *
 * @throws PolytaskError data E2251 when a value, in training or later, is not positive: `yeoJohnson` takes every number.
 */
export function boxCox(): Normaliser<PowerSpec> {
  const normaliser = powerNormaliser({
    name: 'boxCox',
    forward: boxCoxForward,
    backward: (y, lambda) => (lambda === 0 ? Math.exp(y) : power(1 + lambda * y, 1 / lambda)),
    logSlope: Math.log,
  });
  return {
    ...normaliser,
    fit: (training) => normaliser.fit(positive(training)),
    apply: (values, spec) => normaliser.apply(positive(values), spec),
  };
}

const boxCoxForward = (x: number, lambda: number) =>
  lambda === 0 ? Math.log(x) : Math.expm1(lambda * Math.log(x)) / lambda;

function positive(values: ArrayLike<number>): ArrayLike<number> {
  for (let at = 0; at < values.length; at++) {
    if (!(values[at]! <= 0)) continue;
    const message = `boxCox: expected positive numbers. Found ${values[at]} at index ${at}.`;
    throw new PolytaskError('data', { code: 'E2251', message, fix: 'Use yeoJohnson.' });
  }
  return values;
}

/**
 * The Yeo–Johnson transform of all numbers, then standard scores; λ of the greatest likelihood.
 *
 * x ≥ 0: ((x + 1)ᵏ − 1)/k, ln(x + 1) where k = 0 · x < 0: −((1 − x)²⁻ᵏ − 1)/(2 − k), −ln(1 − x) where k = 2. Yeo & Johnson 2000. λ within ±10.
 */
export function yeoJohnson(): Normaliser<PowerSpec> {
  return powerNormaliser({
    name: 'yeoJohnson',
    forward: (x, lambda) => (x >= 0 ? boxCoxOfOneMore(x, lambda) : -boxCoxOfOneMore(-x, 2 - lambda)),
    backward: (y, lambda) => (y >= 0 ? oneLess(y, lambda) : -oneLess(-y, 2 - lambda)),
    logSlope: (x) => Math.sign(x) * Math.log1p(Math.abs(x)),
  });
}

const boxCoxOfOneMore = (x: number, lambda: number) =>
  lambda === 0 ? Math.log1p(x) : Math.expm1(lambda * Math.log1p(x)) / lambda;

const oneLess = (y: number, lambda: number) =>
  lambda === 0 ? Math.expm1(y) : 1 + lambda * y > 0 ? Math.expm1(Math.log1p(lambda * y) / lambda) : Number.NaN;

const power = (base: number, exponent: number) => (base > 0 ? base ** exponent : Number.NaN);
