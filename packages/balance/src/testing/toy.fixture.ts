import { fold, key } from '@polytask/base';
import type { Balancer } from '../balancer.ts';
import { gramianOf } from './jacobian.ts';

// Two losses of two parameters with a canyon between slopes of very different steepness: Liu et al., "Conflict-Averse Gradient Descent", 2021.
const least = 5e-6;

/** A point in the plane of the two parameters. */
export type Point = readonly [number, number];

/** Value and gradient of both losses. */
export function toy([x, y]: Point, scale: number): { losses: number[]; jacobian: number[][] } {
  const t = Math.tanh(-y);
  const u = 0.5 * (-x - 7) - t;
  const v = 0.5 * (-x + 3) + t + 2;
  const slope = (value: number) => (Math.abs(value) >= least ? 1 / value : 0);
  const f = [Math.log(Math.max(Math.abs(u), least)) + 6, Math.log(Math.max(Math.abs(v), least)) + 6];
  const dt = -(1 - t * t);
  const df = [
    [-0.5 * slope(u), -dt * slope(u)],
    [-0.5 * slope(v), dt * slope(v)],
  ];
  const half = Math.tanh(0.5 * y);
  const [c1, c2] = [Math.max(half, 0), Math.max(-half, 0)];
  const dHalf = 0.5 * (1 - half * half);
  const [d1, d2] = [half >= 0 ? dHalf : 0, half <= 0 ? -dHalf : 0];
  const bowl = 0.1 * (-y - 8) ** 2;
  const g = [((-x + 7) ** 2 + bowl) / 10 - 20, ((-x - 7) ** 2 + bowl) / 10 - 20];
  const dBowl = (0.2 * (y + 8)) / 10;
  const dg = [
    [(2 * (x - 7)) / 10, dBowl],
    [(2 * (x + 7)) / 10, dBowl],
  ];
  const scales = [scale, 1];
  const losses = scales.map((s, k) => s * (f[k]! * c1 + g[k]! * c2));
  const jacobian = scales.map((s, k) => [
    s * (df[k]![0]! * c1 + dg[k]![0]! * c2),
    s * (df[k]![1]! * c1 + f[k]! * d1 + dg[k]![1]! * c2 + g[k]! * d2),
  ]);
  return { losses, jacobian };
}

/** Where runs begin in the literature: both tops, the middle of the left side, and two slopes. */
export const starts: readonly Point[] = [
  [-8.5, 7.5],
  [-8.5, -5],
  [9, 9],
  [-7.5, -0.5],
  [9, -1],
];

/** What became of a run: the first step within 0.1 of the Pareto set, a line, or null; and how many steps the balancer was undefined in. */
export type ToyRun = { readonly steps: number | null; readonly degenerate: number };

/** Adam with the weights of a balancer, until it is within 0.1 of the Pareto set. */
export function descend<State>(balancer: Balancer<State>, start: Point, limit: number, scale = 1): ToyRun {
  const present = [true, true];
  let [x, y] = start;
  let state = balancer.init(2);
  let degenerate = 0;
  const [first, second] = [[0, 0], [0, 0]]; // biome-ignore format: both moments
  for (let step = 1; step <= limit; step++) {
    const { losses, jacobian } = toy([x, y], scale);
    const statistics = { losses, present, gramian: gramianOf(jacobian), step, epoch: 0 };
    const turn = balancer.weigh(statistics, state, fold(key(0), step));
    state = turn.state;
    if (turn.status.kind === 'degenerate') degenerate++;
    const moves = [0, 1].map((p) => {
      const gradient = jacobian[0]![p]! * turn.weights[0]! + jacobian[1]![p]! * turn.weights[1]!;
      first[p] = 0.9 * first[p]! + 0.1 * gradient;
      second[p] = 0.999 * second[p]! + 0.001 * gradient * gradient;
      const size = Math.sqrt(second[p]! / (1 - 0.999 ** step)) + 1e-8;
      return (1e-3 * first[p]!) / (1 - 0.9 ** step) / size;
    });
    x -= moves[0]!;
    y -= moves[1]!;
    if (balancer.observe) {
      const seen = balancer.knownBefore ? losses : toy([x, y], scale).losses;
      state = balancer.observe(seen, state, present);
    }
    if (Math.abs(y + 8.3552) < 0.1 && Math.abs(x) <= 7.1) return { steps: step, degenerate };
  }
  return { steps: null, degenerate };
}
