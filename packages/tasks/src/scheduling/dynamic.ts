import { requireNumber } from '../require.ts';
import { highest, type JobStatus, type Scheduler } from './scheduler.ts';

/**
 * By what was measured: the largest importance·gain, relative to the largest of all, plus β·(share that is due − share that it had).
 *
 * The gain is that per millisecond; the share that a job had is its part of the time spent so far, the one that is due is in proportion to its
 * importance. Jobs that were never measured come first, the most important one of them before others.
 *
 * @param fairness β ≥ 0: 0 looks at gains alone, a large one at shares alone. Default: 1.
 * @throws RangeError for fairness below 0.
 */
export function dynamic({ fairness = 1 }: { readonly fairness?: number } = {}): Scheduler {
  requireNumber('dynamic.fairness', fairness, 0);
  return {
    name: 'dynamic',
    choose({ waiting, all }) {
      const fresh = waiting.filter(({ gainPerMs }) => gainPerMs === null);
      if (fresh.length > 0) return highest(fresh, ({ importance }) => importance).name;
      const sum = (value: (job: JobStatus) => number) => all.reduce((total, job) => total + value(job), 0);
      const [spent, due] = [sum(({ spentMs }) => spentMs), sum(({ importance }) => importance)];
      const worth = ({ importance, gainPerMs }: JobStatus) => importance * (gainPerMs ?? 0);
      const largest = Math.max(...waiting.map((job) => Math.abs(worth(job))));
      return highest(waiting, (job) => {
        const share = spent > 0 ? job.spentMs / spent : 0;
        const gain = largest > 0 ? worth(job) / largest : 0;
        return gain + fairness * (job.importance / due - share);
      }).name;
    },
  };
}
