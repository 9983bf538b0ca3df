import type { HostTensor } from '@polytask/base';
import { Resident } from '@polytask/engine';

/** Gradients by the path of their parameter. */
export type GradientsByPath = Readonly<Record<string, HostTensor | Resident>>;

/**
 * What the processes that train one model on parts of one batch tell each other. Every one of them calls the same functions in the same
 * order, also where it has no label itself.
 */
export interface Exchange {
  /** Σ over the processes of each gradient, the same everywhere. What it is given it reads with `read`; it may return host tensors. */
  gradients(own: GradientsByPath): Promise<GradientsByPath>;
  /** Σ over the processes of each of a few numbers: labels per task, which divide the losses, examples, losses, and Gramians. */
  numbers(own: readonly number[]): Promise<readonly number[]>;
}

/** What the others make of these gradients too; those that stay behind are freed. */
export async function exchanged(own: GradientsByPath, exchange: Exchange): Promise<GradientsByPath> {
  const shared = await exchange.gradients(own);
  for (const [path, gradient] of Object.entries(own))
    if (Resident.is(gradient) && shared[path] !== gradient) gradient[Symbol.dispose]();
  return shared;
}
