import type { Status } from './balancer.ts';

/** The status of a step: degenerate without a present task, else `reason` if there is one, else ok. */
export function statusOf(present: readonly boolean[], reason?: string): Status {
  if (!present.includes(true)) return { kind: 'degenerate', reason: 'no task is present' };
  return reason === undefined ? { kind: 'ok' } : { kind: 'degenerate', reason };
}
