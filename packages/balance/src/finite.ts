import { PolytaskError } from '@polytask/base';

/** Throws a PolytaskError unless `value`, what was measured of `task`, is finite: no weights mend it. */
export function requireFinite(value: number, what: 'loss' | 'gradient', task: number): void {
  if (Number.isFinite(value)) return;
  throw new PolytaskError('diverged', {
    code: 'E4005',
    message: `Expected a finite ${what} of task ${task}. Found ${value}.`,
    fix: 'Lower the learning rate, clip gradients, or look for invalid labels.',
  });
}
