import type { ErrorKind } from '@polytask/base';

/** What the process ends with. Scripts rely on these. */
export const exitCodes = {
  fine: 0,
  internal: 1,
  usage: 2,
  data: 3,
  diverged: 4,
  interrupted: 5,
} as const satisfies Record<ErrorKind | 'fine', number>;
