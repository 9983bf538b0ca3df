import { fold, quote } from '@polytask/base';
import {
  type Bag,
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  type EmbeddingParams,
  embedding,
  heNormal,
  type Layer,
  lengthMask,
  named,
  normal,
  within,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

/** `table` [buckets, width], and the dense layers in their order. */
export type BagTowerParams = { readonly bag: EmbeddingParams; readonly hidden: readonly DenseParams[] };

export type BagTowerOptions = {
  readonly buckets: number;
  readonly width: number;
  /** The sum of the rows over n, over √n, or as it is. `rootMean` learns at the rates that other layers learn at, `mean` needs higher ones. */
  readonly combine: 'mean' | 'rootMean' | 'sum';
  readonly hidden: readonly number[];
  readonly dropout: number;
  readonly itemDropout: number;
};

const exponents = { mean: 1, rootMean: 0.5, sum: 0 } as const;

/** @throws RangeError when an option is out of range. */
export function checkBagTower({ combine, hidden, dropout, itemDropout, ...sizes }: BagTowerOptions): void {
  for (const [name, value] of Object.entries({ buckets: sizes.buckets, width: sizes.width })) positive(name, value);
  hidden.forEach((units, at) => {
    positive(`hidden[${at}]`, units);
  });
  for (const [name, rate] of Object.entries({ dropout, itemDropout })) {
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`${name}: expected 0 ≤ rate < 1. Found ${quote(rate)}.`);
  }
  if (!Object.hasOwn(exponents, combine)) {
    throw new RangeError(`combine: expected "mean", "rootMean" or "sum". Found ${quote(combine)}.`);
  }
}

function positive(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0))
    throw new RangeError(`${name}: expected a positive integer. Found ${quote(value)}.`);
}

/**
 * Embeds a bag of ids and sends it through dense layers: x = Σⱼ mⱼ·E[idⱼ] / nᵃ, then x ← relu(W·x + b) for each hidden layer.
 *
 * { ids [batch, items], lengths [batch] } → [batch, features], the last of `hidden` or `width`. n counts the ids that are left and a is
 * 1, ½ or 0 as `combine` says; mⱼ is 0 for padding and for ids that are dropped. An empty bag is 0.
 *
 * @throws RangeError when an option is out of range.
 */
export function bagTower(options: BagTowerOptions): Layer<BagTowerParams, Bag> {
  checkBagTower(options);
  const { buckets, width, combine, hidden, itemDropout } = options;
  // Small: a text has many items that training has hardly seen, and the sum of their first values is noise.
  const rows = embedding({ count: buckets, width, init: normal({ standardDeviation: 0.02 }) });
  const drop = dropoutLayer({ rate: options.dropout });
  const layers = hidden.map((units) => dense({ units, activation: 'relu', init: heNormal }));
  return {
    init(key) {
      const made = layers.map((layer, at) => layer.init(fold(key, `hidden ${at}`), [hidden[at - 1] ?? width]).params);
      return {
        params: { bag: rows.init(fold(key, 'bag'), []).params, hidden: made },
        outputShape: [hidden.at(-1) ?? width],
      };
    },
    apply(params, { ids, lengths }, context) {
      const [batch, items] = ids.shape as [number, number];
      const mask = lengthMask(lengths, items);
      const dropped = context.mode === 'train' && itemDropout > 0;
      const kept = dropped
        ? tf.mul(mask, tf.cast(within(context, 'items').random.keepMask([batch, items], itemDropout), 'float32'))
        : mask;
      const count = tf.maximum(tf.sum(kept, 1, true), 1); // [batch, 1]
      const divisor = combine === 'mean' ? count : combine === 'rootMean' ? tf.sqrt(count) : undefined;
      const weights = divisor ? tf.div(kept, divisor) : kept;
      // [batch, 1, items] · [batch, items, width]
      const bag = named('bag', () => {
        const summed = tf.matMul(tf.reshape(weights, [batch, 1, items]), rows.apply(params.bag, ids, context));
        return drop.apply({}, tf.reshape(summed, [batch, width]), within(context, 'bag'));
      });
      return layers.reduce((x, layer, at) => {
        const part = within(context, `hidden ${at}`);
        return named(`hidden.${at}`, () => drop.apply({}, layer.apply(params.hidden[at]!, x, part), part));
      }, bag);
    },
  };
}
