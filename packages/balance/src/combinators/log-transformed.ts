import type { Balancer, Statistics } from '../balancer.ts';
import { finiteLosses, positiveLosses } from '../loss-weighting.ts';
import { needsNow } from '../needs-now.ts';
import { requirePerTask } from '../require.ts';
import { statusOf } from '../status.ts';
import { presentTasks } from '../tasks.ts';

/**
 * A balancer that works on the logarithms of the losses, so that their scales do not matter.
 *
 *   Lₖ ↦ log Lₖ,   gₖ ↦ gₖ/Lₖ,   wₖ = w̃ₖ/Lₖ with the weights w̃ of the inner balancer
 *
 * A task whose loss is not positive counts as absent, and the status says so. A balancer that knew its weights before the losses
 * no longer does, and learns from this step's losses at once.
 *
 * `logTransformed(mgda())` is the log-MGDA, `logTransformed(cagrad())` the log-CAGrad of the literature. Lin et al., "Dual-Balancing for
 * Multi-Task Learning", 2023.
 */
export function logTransformed<State>(balancer: Balancer<State>): Balancer<State> {
  const { judged, observe } = balancer;
  return {
    name: `logTransformed(${balancer.name})`,
    needs: balancer.needs,
    knownBefore: false,
    init: (taskCount) => balancer.init(taskCount),
    needsNow(state, present) {
      const needs = needsNow(balancer, state, present);
      return needs === 'gramian' || !present.includes(true) ? needs : 'losses';
    },
    weigh(statistics, state, key) {
      const tasks = presentTasks(statistics.present);
      const { kept, reason } = positiveLosses(finiteLosses(statistics, tasks), tasks);
      const positive = statistics.present.map(() => false);
      for (const i of kept) positive[tasks[i]!] = true;
      const logs = statistics.present.map((_, task) =>
        positive[task] ? Math.log(statistics.losses[task]!) : Number.NaN,
      );
      const inner = balancer.weigh(transformed(statistics, positive, logs), state, key);
      const learns = balancer.knownBefore && observe && positive.includes(true);
      return {
        ...inner,
        weights: inner.weights.map((weight, task) => (positive[task] ? weight / statistics.losses[task]! : 0)),
        state: learns ? observe.call(balancer, logs, inner.state, positive) : inner.state,
        ...(reason !== undefined && { status: statusOf(statistics.present, reason) }),
      };
    },
    ...(judged && { judged: (scores, state) => judged.call(balancer, scores, state) }),
    ...(observe &&
      !balancer.knownBefore && {
        observe(losses, state, present) {
          requirePerTask('losses', losses, present.length);
          const positive = present.map((here, task) => here && losses[task]! > 0);
          const logs = losses.map((loss, task) => (positive[task] ? Math.log(loss) : Number.NaN));
          return observe.call(balancer, logs, state, positive);
        },
      }),
  };
}

function transformed(statistics: Statistics, present: readonly boolean[], losses: readonly number[]): Statistics {
  const { gramian } = statistics;
  const scale = (task: number) => (present[task] ? 1 / statistics.losses[task]! : 0);
  return {
    ...statistics,
    present,
    losses,
    ...(gramian && {
      gramian: gramian.map((row, i) =>
        row.map((value, j) => (present[i] && present[j] ? value * scale(i) * scale(j) : 0)),
      ),
    }),
  };
}
