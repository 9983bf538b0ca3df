import { type Found, type Given, rounding, servedScore } from './score.ts';

/**
 * The best grouping. With V(A) the worth of the best group that serves exactly A,
 * best(g, M) = max over A ⊆ M with the lowest task of M: V(A) + best(g − 1, M \ A).
 */
export function exactGroups(given: Given, groups: number, overlap: boolean): Found {
  const count = given.matrix.length;
  const all = 2 ** count - 1;
  const membersOf = Array.from({ length: all + 1 }, (_, mask) =>
    Array.from({ length: count }, (_, task) => task).filter((task) => (mask >> task) & 1),
  );
  const { worth, trains } = overlap ? bestSupersets(given, all, membersOf) : ownScores(given, all, membersOf);
  const most = Math.min(groups, count);
  // best[g][M] for groups up to g; choice[g][M] is the group of the lowest task of M
  const best = [Float64Array.from({ length: all + 1 }, (_, mask) => (mask === 0 ? 0 : Number.NEGATIVE_INFINITY))];
  const choice: Int32Array[] = [new Int32Array(all + 1)];
  for (let g = 1; g <= most; g++) {
    const before = best[g - 1]!;
    const now = new Float64Array(all + 1);
    const chosen = new Int32Array(all + 1);
    for (let mask = 1; mask <= all; mask++) {
      const lowest = mask & -mask;
      const rest = mask ^ lowest;
      let [highest, at] = [Number.NEGATIVE_INFINITY, 0];
      for (let others = rest; ; others = (others - 1) & rest) {
        const own = others | lowest;
        const value = worth[own]! + before[mask ^ own]!;
        if (value > highest + rounding || at === 0) [highest, at] = [value, own];
        if (others === 0) break;
      }
      now[mask] = highest;
      chosen[mask] = at;
    }
    best.push(now);
    choice.push(chosen);
  }
  let used = 1;
  for (let g = 2; g <= most; g++) if (best[g]![all]! > best[used]![all]! + rounding) used = g;
  const served: number[][] = [];
  const trained: number[][] = [];
  for (let [g, mask] = [used, all]; mask !== 0; g--) {
    const own = choice[g]![mask]!;
    served.push(membersOf[own]!);
    trained.push(membersOf[trains[own]!]!);
    mask ^= own;
  }
  return { served, trained };
}

type Worths = { readonly worth: Float64Array; readonly trains: Int32Array };

const ownScores = (given: Given, all: number, membersOf: readonly number[][]): Worths => ({
  worth: Float64Array.from({ length: all + 1 }, (_, mask) => servedScore(given, membersOf[mask]!, membersOf[mask]!)),
  trains: Int32Array.from({ length: all + 1 }, (_, mask) => mask),
});

/** For each set of tasks to serve the group around it that serves it best, the smallest of equal ones. */
function bestSupersets(given: Given, all: number, membersOf: readonly number[][]): Worths {
  const count = membersOf[all]!.length;
  const worth = new Float64Array(all + 1).fill(Number.NEGATIVE_INFINITY);
  const trains = new Int32Array(all + 1);
  worth[0] = 0;
  const helpers = Array.from({ length: all + 1 }, (_, mask) => mask).sort(
    (left, right) => membersOf[left]!.length - membersOf[right]!.length,
  );
  for (const group of helpers) {
    const scores = new Float64Array(count);
    for (const task of membersOf[group]!) scores[task] = servedScore(given, [task], membersOf[group]!);
    for (let own = group; own > 0; own = (own - 1) & group) {
      let value = 0;
      for (const task of membersOf[own]!) value += scores[task]!;
      if (value > worth[own]! + rounding) {
        worth[own] = value;
        trains[own] = group;
      }
    }
  }
  return { worth, trains };
}
