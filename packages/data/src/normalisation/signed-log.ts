import { mapped, type Normaliser } from './normaliser.ts';

/** sign(x) · ln(1 + |x|): the logarithm for every number; ln(1 + x) where x ≥ 0. Nothing is fitted. */
export function signedLog(): Normaliser<null> {
  return {
    name: 'signedLog',
    fit: () => null,
    apply: (values) => mapped(values, (x) => Math.sign(x) * Math.log1p(Math.abs(x))),
    invert: (values) => mapped(values, (y) => Math.sign(y) * Math.expm1(Math.abs(y))),
  };
}
