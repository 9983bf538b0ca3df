import { type Key, key } from '@polytask/base';
import type { Balancer, Weighed } from '../balancer.ts';

/** The gradients of the tasks, one row each. */
export type Jacobian = readonly (readonly number[])[];

/** G = J Jᵀ. */
export function gramianOf(jacobian: Jacobian): number[][] {
  return jacobian.map((row) => jacobian.map((other) => row.reduce((sum, value, p) => sum + value * other[p]!, 0)));
}

/** d = Jᵀw. */
export function directionOf(jacobian: Jacobian, weights: readonly number[]): number[] {
  return (jacobian[0] ?? []).map((_, p) => jacobian.reduce((sum, row, i) => sum + row[p]! * weights[i]!, 0));
}

/** ‖x‖. */
export function lengthOf(vector: readonly number[]): number {
  return Math.hypot(...vector);
}

/** Σ |wᵢ| ‖gᵢ‖: what errors of a direction are relative to. */
export function sizeOf(jacobian: Jacobian, weights: readonly number[]): number {
  return jacobian.reduce((sum, row, i) => sum + Math.abs(weights[i]!) * lengthOf(row), 0);
}

/** One step of a balancer on gradients and losses of its own, all tasks present; and the direction that comes of it. */
export function aggregate<State>(
  balancer: Balancer<State>,
  jacobian: Jacobian,
  {
    state = balancer.init(jacobian.length),
    losses = jacobian.map(() => 1),
    source = key(0),
  }: { readonly state?: State; readonly losses?: readonly number[]; readonly source?: Key } = {},
): Weighed<State> & { readonly direction: number[] } {
  const present = jacobian.map(() => true);
  const weighed = balancer.weigh({ losses, present, gramian: gramianOf(jacobian), step: 0, epoch: 0 }, state, source);
  return { ...weighed, direction: directionOf(jacobian, weighed.weights) };
}
