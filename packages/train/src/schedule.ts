/** The learning rate of step t = 0, 1, …, as a factor of the base rate. */
export type Schedule = (step: number) => number;

/** 1 throughout. */
export const constant = (): Schedule => () => 1;

/**
 * 1 at the start, `end` at the last of `steps`, and straight between.
 */
export function linear(steps: number, end = 0): Schedule {
  return (step) => 1 + (end - 1) * progress(step, steps);
}

/**
 * end + (1 − end) · ½(1 + cos πt/T): half a cosine from 1 to `end`.
 *
 * Loshchilov & Hutter, "SGDR", ICLR 2017, one cycle.
 */
export function cosine(steps: number, end = 0): Schedule {
  return (step) => end + ((1 - end) * (1 + Math.cos(Math.PI * progress(step, steps)))) / 2;
}

/** Rises linearly to 1 over the first `steps` steps, (t + 1) / steps, then follows `after` from its beginning. */
export function warmup(steps: number, after: Schedule): Schedule {
  return (step) => (step < steps ? (step + 1) / steps : after(step - steps));
}

const progress = (step: number, steps: number): number => Math.min(1, Math.max(0, step / Math.max(1, steps - 1)));
