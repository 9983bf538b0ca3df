import { highest, type Scheduler } from './scheduler.ts';

/**
 * The job that needs the least time still. On one worker no order has a smaller mean completion time.
 *
 * Smith, "Various Optimizers for Single-Stage Production", Naval Research Logistics Quarterly 1956; Schrage 1968 for jobs that arrive later.
 */
export const shortestJobFirst = (): Scheduler => ({
  name: 'shortestJobFirst',
  choose: ({ waiting }) => highest(waiting, ({ remainingMs }) => -remainingMs).name,
});

/**
 * The job that needs the most time still, so that no long one is left at the end: the last of jobs that run through ends at most
 * 4/3 − 1/(3m) times as late as in the best plan for m workers.
 *
 * Graham, "Bounds on Multiprocessing Timing Anomalies", SIAM J. Appl. Math. 1969.
 */
export const longestJobFirst = (): Scheduler => ({
  name: 'longestJobFirst',
  choose: ({ waiting }) => highest(waiting, ({ remainingMs }) => remainingMs).name,
});

/**
 * The job with the earliest deadline, those without one last. On one worker it keeps all deadlines whenever that is possible.
 *
 * Jackson 1955; Liu & Layland, "Scheduling Algorithms for Multiprogramming in a Hard-Real-Time Environment", J. ACM 1973.
 */
export const earliestDeadlineFirst = (): Scheduler => ({
  name: 'earliestDeadlineFirst',
  choose: ({ waiting }) => {
    const when = waiting.map(({ deadline }) => deadline ?? Number.POSITIVE_INFINITY);
    const first = Math.min(...when);
    return highest(
      waiting.filter((_, at) => when[at] === first),
      ({ remainingMs }) => -remainingMs,
    ).name;
  },
});

/**
 * Greedy: the job with the most importance for the time that it needs still, importance / remaining. On one worker no order has a smaller
 * mean completion time weighted by importance.
 *
 * Smith 1956.
 */
export const greedy = (): Scheduler => ({
  name: 'greedy',
  choose: ({ waiting }) =>
    highest(waiting, ({ importance, remainingMs }) =>
      remainingMs > 0 ? importance / remainingMs : Number.POSITIVE_INFINITY,
    ).name,
});
