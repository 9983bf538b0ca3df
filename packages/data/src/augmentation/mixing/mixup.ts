import { type HostTensor, words } from '@polytask/base';
import { within } from '../options.ts';
import { symmetricBeta } from './beta.ts';
import type { Mixer } from './mixer.ts';

export type MixupOptions = {
  /** α of Beta(α, α), by which the share is drawn. Default: 0.2. */
  readonly alpha?: number;
};

/** Numbers of any shape that can be averaged: images, spectrograms, encoded rows of tables. */
export type Mixable = HostTensor<'uint8'> | HostTensor<'float32'>;

/**
 * λ·a + (1 − λ)·b with λ ~ Beta(α, α), for images, log-mel features and encoded rows of tables, of equal shape.
 *
 * Bytes are rounded. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
 *
 * @throws RangeError unless α is from 0.001 to 1000; mixing, for tensors of different shapes or kinds.
 */
export function mixup({ alpha = 0.2 }: MixupOptions = {}): Mixer<Mixable> {
  within('alpha', alpha, 0.001, 1000);
  return {
    name: 'mixup',
    options: { alpha },
    touches: ['labels'],
    mix(first, second, key) {
      checkPair(first, second);
      const share = symmetricBeta(words(key), alpha);
      const [one, other] = [first.data, second.data];
      const { shape } = first;
      const mixed = (at: number) => share * one[at]! + (1 - share) * other[at]!;
      if (first.dtype === 'uint8') {
        const data = new Uint8Array(one.length);
        for (let at = 0; at < data.length; at++) data[at] = Math.round(mixed(at));
        return { value: { dtype: 'uint8', shape, data }, share };
      }
      const data = new Float32Array(one.length);
      for (let at = 0; at < data.length; at++) data[at] = mixed(at);
      return { value: { dtype: 'float32', shape, data }, share };
    },
  };
}

/** @throws RangeError unless both are bytes or both float32, of equal shape. */
export function checkPair(first: Mixable, second: Mixable): void {
  const kinds = [first, second].map(({ dtype, shape }) => `${dtype} [${shape.join(', ')}]`);
  if (kinds[0] !== kinds[1] || (first.dtype !== 'uint8' && first.dtype !== 'float32'))
    throw new RangeError(`Expected two tensors of uint8 or float32 and equal shape. Found ${kinds.join(' and ')}.`);
}
