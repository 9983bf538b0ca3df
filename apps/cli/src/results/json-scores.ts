import type { MajorityScores, Scores } from '@polytask/run';

type Flat = Readonly<Record<string, number | null>>;

/** `{ tasks: { topic: { accuracy: 0.91 } }, losses, labels }`: the metrics of a task and nothing else beside each other. */
export function jsonScores(scores: Scores) {
  const each = <T>(pick: (task: Scores[string]) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(scores).map(([name, task]) => [name, pick(task)]));
  return {
    tasks: each(({ metrics }): Flat => metrics),
    losses: each(({ loss }) => loss),
    labels: each(({ labels }) => labels),
  };
}

/** `{ topic: { label: 'sports', metrics: { accuracy: 0.2 } } }` becomes `{ topic: { accuracy: 0.2 } }`. */
export const jsonMajority = (majority: MajorityScores): Record<string, Flat> =>
  Object.fromEntries(Object.entries(majority).map(([task, { metrics }]) => [task, metrics]));
