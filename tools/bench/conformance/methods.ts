import {
  aligned,
  type Balancer,
  cagrad,
  config,
  dualProj,
  fairgrad,
  gradvac,
  imtlG,
  krum,
  mgda,
  nash,
  pcgrad,
  upgrad,
} from '@polytask/balance';
import { aggregate, directionOf, type Jacobian, lengthOf, sizeOf } from '@polytask/balance/testing';

/** How far weights and their direction are from what the definition says, relative; 0 is exact. */
export type Defect = (jacobian: Jacobian, weights: readonly number[], direction: readonly number[]) => number;

export type Compared = {
  readonly name: string;
  readonly method: string;
  /** What the peer is told, in its own words where they differ. */
  readonly options: object;
  // biome-ignore lint/suspicious/noExplicitAny: states differ
  readonly balancer: Balancer<any>;
  /** What decides where the two differ; none where the definition is a recipe. */
  readonly defect?: Defect;
  /** The peer takes long: every so many cases. */
  readonly every?: number;
  readonly leastTasks?: number;
};

const dot = (left: readonly number[], right: readonly number[]) =>
  left.reduce((sum, value, i) => sum + value * right[i]!, 0);
const hasLength = (row: readonly number[]) => lengthOf(row) > 0;

/** −min gₖ · d: how much a task is harmed. */
const harm: Defect = (jacobian, weights, direction) => {
  const size = sizeOf(jacobian, weights);
  return Math.max(0, ...jacobian.filter(hasLength).map((row) => -dot(row, direction) / lengthOf(row) / size));
};

/** ‖d‖² ≤ gₖ · d for all k, with weights on the simplex. */
const shortest: Defect = (jacobian, weights, direction) => {
  const worst = Math.min(...jacobian.map((row) => dot(row, direction)));
  const outside = Math.max(0, ...weights.map((weight) => -weight)) + Math.abs(weights.reduce((a, b) => a + b, 0) - 1);
  return Math.max(0, dot(direction, direction) - worst) / sizeOf(jacobian, weights) ** 2 + outside;
};

/** v ≥ p, J d ≥ 0, (v − p) · J d = 0. */
const projected: Defect = (jacobian, weights, direction) => {
  const [size, share] = [sizeOf(jacobian, weights), 1 / jacobian.length];
  const slack = jacobian.map((row, i) => Math.abs((weights[i]! - share) * dot(row, direction)) / size ** 2);
  const below = Math.max(0, ...weights.map((weight) => 1 - weight / share));
  return Math.max(harm(jacobian, weights, direction), below, ...slack);
};

/** The duality gap: g_w · g₀ + c ‖g₀‖ ‖g_w‖ − minₖ gₖ · d, with the w that the weights of d come from, or 0 where some g_w is 0. */
const averse =
  (c: number): Defect =>
  (jacobian, weights, direction) => {
    const share = weights.map(() => 1 / weights.length);
    const mean = directionOf(jacobian, share);
    const rest = weights.map((weight) => weight - 1 / weights.length);
    const total = rest.reduce((sum, value) => sum + value, 0);
    const w = rest.map((value) => (total > 0 ? Math.max(0, value) / total : 0));
    const vertex = directionOf(jacobian, w);
    const canCancel = aggregate(mgda(), jacobian).status.kind !== 'ok';
    const dual = Math.min(
      dot(vertex, mean) + c * lengthOf(mean) * lengthOf(vertex),
      canCancel ? 0 : Number.POSITIVE_INFINITY,
    );
    const primal = Math.min(...jacobian.map((row) => dot(row, direction)));
    const distance = lengthOf(direction.map((value, p) => value - mean[p]!));
    const outside = Math.max(0, distance / (c * lengthOf(mean)) - 1 - 1e-6);
    return Math.abs(dual - primal) / (sizeOf(jacobian, share) * sizeOf(jacobian, weights)) + outside;
  };

/** How unequal the wₖ^(1/α) gₖ · d are, and, where lengths count, that they are not 1. */
const fair =
  (alpha: number, isClipped = false): Defect =>
  (jacobian, weights, direction) => {
    const shares = jacobian.map((row, i) => Math.max(0, weights[i]!) ** (1 / alpha) * dot(row, direction));
    const kept = shares.filter((_, i) => hasLength(jacobian[i]!));
    const target = isClipped ? kept.reduce((sum, value) => sum + value, 0) / kept.length : 1;
    return Math.max(...kept.map((value) => Math.abs(value / target - 1)));
  };

/** How far the projections on the unit gradients are apart. */
const impartial: Defect = (jacobian, weights, direction) => {
  const projections = jacobian.filter(hasLength).map((row) => dot(row, direction) / lengthOf(row));
  return (Math.max(...projections) - Math.min(...projections)) / sizeOf(jacobian, weights);
};

/** How far the cosines are apart. */
const equiangular: Defect = (jacobian, _, direction) => {
  const cosines = jacobian.filter(hasLength).map((row) => dot(row, direction) / lengthOf(row) / lengthOf(direction));
  return Math.max(...cosines) - Math.min(...cosines);
};

export const compared: readonly Compared[] = [
  { name: 'upgrad', method: 'upgrad', options: {}, balancer: upgrad() },
  { name: 'dualProj', method: 'dualProj', options: {}, balancer: dualProj(), defect: projected },
  { name: 'mgda', method: 'mgda', options: {}, balancer: mgda(), defect: shortest },
  ...[0.2, 0.5, 1].map((c) => ({
    name: `cagrad, c = ${c}`,
    method: 'cagrad',
    options: { c },
    balancer: cagrad({ c }),
    defect: averse(c),
    every: 3,
  })),
  { name: 'nash', method: 'nash', options: {}, balancer: nash(), defect: fair(1, true), every: 11 },
  ...[0.5, 1, 2].map((alpha) => ({
    name: `fairgrad, α = ${alpha}`,
    method: 'fairgrad',
    options: { alpha },
    balancer: fairgrad({ alpha }),
    defect: fair(alpha),
    every: 7,
  })),
  { name: 'imtlG', method: 'imtlG', options: {}, balancer: imtlG(), defect: impartial },
  { name: 'config', method: 'config', options: {}, balancer: config(), defect: equiangular },
  ...(['min', 'median', 'rmse'] as const).map((scale) => ({
    name: `aligned, ${scale}`,
    method: 'aligned',
    options: { scale },
    balancer: aligned({ scale }),
  })),
  { name: 'pcgrad', method: 'pcgrad', options: {}, balancer: pcgrad() },
  { name: 'gradvac, first step', method: 'gradvac', options: {}, balancer: gradvac() },
  {
    name: 'krum, f = 1, m = 2',
    method: 'krum',
    options: { byzantine: 1, selected: 2 },
    balancer: krum({ byzantine: 1, selected: 2 }),
    leastTasks: 4,
  },
];
