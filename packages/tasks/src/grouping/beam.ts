import { type Found, type Given, rounding, servedScore } from './score.ts';

type Partial = { readonly groups: readonly (readonly number[])[]; readonly score: number };

/** A good grouping: tasks are placed one by one, the best `width` groupings are kept, and the best of them is improved by single moves. */
export function beamGroups(given: Given, groups: number, overlap: boolean, width: number): Found {
  const count = given.matrix.length;
  const scoreOf = (list: readonly (readonly number[])[]) =>
    list.reduce((sum, group) => sum + servedScore(given, group, group), 0);
  // first those that matter most to others, and others to them
  const strength = given.matrix.map((row, i) =>
    row.reduce((sum, value, j) => (i === j ? sum : sum + Math.abs(value) + Math.abs(given.matrix[j]![i]!)), 0),
  );
  const order = Array.from({ length: count }, (_, task) => task).sort(
    (left, right) => strength[right]! - strength[left]! || left - right,
  );
  let beam: Partial[] = [{ groups: [], score: 0 }];
  for (const task of order) {
    const next = beam.flatMap(({ groups: list }) => {
      const joined = list.map((group, at) => list.map((one, place) => (place === at ? [...group, task] : one)));
      const opened = list.length < groups ? [[...list, [task]]] : [];
      return [...joined, ...opened].map((made) => ({ groups: made, score: scoreOf(made) }));
    });
    beam = next.sort((left, right) => right.score - left.score).slice(0, width);
  }
  const served = improved(beam[0]!, groups, scoreOf).groups.map((group) =>
    [...group].sort((left, right) => left - right),
  );
  return { served, trained: overlap ? served.map((group) => withHelpers(given, group)) : served };
}

/** Moves single tasks, each time where it helps most, until no move helps. */
function improved(start: Partial, most: number, scoreOf: (groups: readonly (readonly number[])[]) => number): Partial {
  let best = start;
  while (true) {
    let next = best;
    for (const [from, group] of best.groups.entries())
      for (const task of group) {
        const without = best.groups.map((list, at) => (at === from ? list.filter((one) => one !== task) : list));
        const targets = without.length < most ? without.length + 1 : without.length;
        for (let to = 0; to < targets; to++) {
          if (to === from) continue;
          const moved = Array.from({ length: Math.max(without.length, to + 1) }, (_, at) =>
            at === to ? [...(without[at] ?? []), task] : without[at]!,
          ).filter((list) => list.length > 0);
          const score = scoreOf(moved);
          if (score > next.score + rounding) next = { groups: moved, score };
        }
      }
    if (next === best) return best;
    best = next;
  }
}

/** The group with tasks of others added, each time the one that helps its own most, as long as one helps. */
function withHelpers(given: Given, served: readonly number[]): number[] {
  let group = [...served];
  let worth = servedScore(given, served, group);
  while (true) {
    const others = given.matrix.flatMap((_, task) => (group.includes(task) ? [] : [task]));
    const options = others.map((task) => {
      const made = [...group, task];
      return { made, score: servedScore(given, served, made) };
    });
    const best = options.sort((left, right) => right.score - left.score)[0];
    if (!best || best.score <= worth + rounding) return group;
    group = best.made;
    worth = best.score;
  }
}
