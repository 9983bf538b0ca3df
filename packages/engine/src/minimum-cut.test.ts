import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { network } from './minimum-cut.ts';

type Arc = readonly [from: number, to: number, capacity: number];

const weight = (arcs: readonly Arc[], side: ReadonlySet<number>) =>
  arcs.reduce((sum, [from, to, capacity]) => sum + (side.has(from) && !side.has(to) ? capacity : 0), 0);

describe('a minimum cut', () => {
  it('cuts the narrow place of a chain', () => {
    const arcs: Arc[] = [
      [0, 1, 5],
      [1, 2, 2],
      [2, 3, 7],
    ];
    const made = network(4);
    for (const arc of arcs) made.edge(...arc);
    expect([...made.sourceSide(0, 3)]).toEqual([0, 1]);
  });

  it('has the least weight of all cuts', () => {
    const arc = fc.tuple(fc.nat(5), fc.nat(5), fc.nat(9));
    fc.assert(
      fc.property(fc.array(arc, { maxLength: 14 }), (arcs) => {
        const made = network(6);
        for (const [from, to, capacity] of arcs) made.edge(from, to, capacity);
        const found = made.sourceSide(0, 5);
        const all = Array.from(
          { length: 16 },
          (_, bits) => new Set([0, ...[1, 2, 3, 4].filter((vertex) => (bits >> (vertex - 1)) & 1)]),
        );
        expect(found.has(0)).toBe(true);
        expect(found.has(5)).toBe(false);
        expect(weight(arcs, found)).toBe(Math.min(...all.map((side) => weight(arcs, side))));
      }),
    );
  });
});
