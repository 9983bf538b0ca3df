/** What early stopping remembers; JSON. */
export type StoppingState = { readonly best: number | null; readonly bestStep: number; readonly stale: number };

export interface EarlyStopping {
  init(): StoppingState;
  /** Takes the score of an evaluation, higher is better. NaN is never an improvement. */
  observe(
    score: number,
    step: number,
    state: StoppingState,
  ): { readonly state: StoppingState; readonly improved: boolean; readonly stop: boolean };
}

/**
 * Stops after `patience` evaluations in a row without a score better than the best by more than `minimalGain`.
 *
 * @param patience at least 1; Infinity only keeps track of the best.
 * @param minimalGain ≥ 0, in units of the score.
 */
export function earlyStopping({ patience = Number.POSITIVE_INFINITY, minimalGain = 0 } = {}): EarlyStopping {
  if (!(patience >= 1)) throw new RangeError(`Patience must be at least 1. Found ${patience}.`);
  if (!(minimalGain >= 0)) throw new RangeError(`The minimal gain must not be negative. Found ${minimalGain}.`);
  return {
    init: () => ({ best: null, bestStep: -1, stale: 0 }),
    observe: (score, step, state) => {
      const improved = Number.isFinite(score) && (state.best === null || score > state.best + minimalGain);
      const next = improved ? { best: score, bestStep: step, stale: 0 } : { ...state, stale: state.stale + 1 };
      return { state: next, improved, stop: next.stale >= patience };
    },
  };
}
