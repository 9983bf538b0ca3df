import type { Balancer } from '../balancer.ts';

export type InverseNormState = {
  readonly calls: number;
  readonly taskCount: number;
  readonly lastLosses: readonly number[];
};

/** wₖ = 1/‖gₖ‖, and notes of what it was given: the smallest balancer that needs the Gramian and the losses afterwards. */
export function inverseNorm(): Balancer<InverseNormState> {
  return {
    name: 'inverseNorm',
    needs: 'gramian',
    knownBefore: false,
    init: (taskCount) => ({ calls: 0, taskCount, lastLosses: [] }),
    weigh({ present, gramian }, state) {
      if (!gramian) throw new TypeError('expected a Gramian. Found none.');
      if (!present.includes(true)) {
        return { weights: present.map(() => 0), state, status: { kind: 'degenerate', reason: 'no task is present' } };
      }
      const weights = present.map((here, task) =>
        here && gramian[task]![task]! > 0 ? gramian[task]![task]! ** -0.5 : 0,
      );
      const status = weights.every((weight, task) => weight > 0 || !present[task])
        ? ({ kind: 'ok' } as const)
        : ({ kind: 'degenerate', reason: 'a gradient is zero' } as const);
      // 1/‖g‖ of a tiny gradient would overflow.
      return {
        weights: weights.map((weight) => Math.min(weight, 1e6)),
        state: { ...state, calls: state.calls + 1 },
        status,
      };
    },
    observe: (losses, state, present) =>
      present.includes(true) ? { ...state, lastLosses: losses.filter((_, task) => present[task]) } : state,
  };
}
