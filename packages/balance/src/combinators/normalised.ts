import type { Balancer } from '../balancer.ts';
import { statusOf } from '../status.ts';

/**
 * A balancer whose weights add up to the number of tasks present, as those of `equal` do.
 *
 *   wₖ ← K wₖ / Σⱼ |wⱼ|
 *
 * It makes methods comparable at one learning rate, since some of them answer with means, some with sums, and some with lengths of
 * their own. Where all weights are 0 they stay so, and the status says so.
 */
export function normalised<State>(balancer: Balancer<State>): Balancer<State> {
  const { judged, observe, needsNow } = balancer;
  return {
    name: `normalised(${balancer.name})`,
    needs: balancer.needs,
    knownBefore: balancer.knownBefore,
    init: (taskCount) => balancer.init(taskCount),
    weigh(statistics, state, key) {
      const weighed = balancer.weigh(statistics, state, key);
      const total = weighed.weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
      const count = statistics.present.filter(Boolean).length;
      if (total === 0 && count > 0 && weighed.status.kind === 'ok') {
        return { ...weighed, status: statusOf(statistics.present, 'every weight is 0') };
      }
      const factor = total > 0 ? count / total : 0;
      return { ...weighed, weights: weighed.weights.map((weight) => weight * factor) };
    },
    ...(observe && { observe: (losses, state, present) => observe.call(balancer, losses, state, present) }),
    ...(judged && { judged: (scores, state) => judged.call(balancer, scores, state) }),
    ...(needsNow && { needsNow: (state, present) => needsNow.call(balancer, state, present) }),
  };
}
