import type { JobStatus, Scheduler } from './scheduler.ts';

export type LayeredOptions = {
  /** Chooses among the groups that have a waiting job. */
  readonly groups: Scheduler;
  /** Chooses among the waiting jobs of that group. */
  readonly jobs: Scheduler;
};

/**
 * In layers: first a group, then a job inside it.
 *
 * A group is shown as one job: its times and importance are the sums over its jobs, the importance over those that wait; its deadline is the
 * earliest of those that wait, its gain the largest of theirs, null while one of them was never measured.
 */
export const layered = ({ groups, jobs }: LayeredOptions): Scheduler => ({
  name: `layered(${groups.name}, ${jobs.name})`,
  choose({ now, waiting, all }) {
    const statusOf = (name: string): JobStatus => {
      const inside = all.filter(({ group }) => group === name);
      const own = waiting.filter(({ group }) => group === name);
      const sum = (list: readonly JobStatus[], value: (job: JobStatus) => number) =>
        list.reduce((total, job) => total + value(job), 0);
      const deadlines = own.flatMap(({ deadline }) => (deadline === null ? [] : [deadline]));
      const gains = own.flatMap(({ gainPerMs }) => (gainPerMs === null ? [] : [gainPerMs]));
      return {
        name,
        group: name,
        importance: sum(own.length > 0 ? own : inside, ({ importance }) => importance),
        deadline: deadlines.length > 0 ? Math.min(...deadlines) : null,
        spentMs: sum(inside, ({ spentMs }) => spentMs),
        remainingMs: sum(inside, ({ remainingMs }) => remainingMs),
        gainPerMs: own.length > 0 && gains.length === own.length ? Math.max(...gains) : null,
      };
    };
    const namesOf = (list: readonly JobStatus[]) => [...new Set(list.map(({ group }) => group))];
    const chosen = groups.choose({ now, waiting: namesOf(waiting).map(statusOf), all: namesOf(all).map(statusOf) });
    return jobs.choose({
      now,
      waiting: waiting.filter(({ group }) => group === chosen),
      all: all.filter(({ group }) => group === chosen),
    });
  },
});
