import { describe, expect, test } from 'vitest';
import { aggregate, lengthOf } from '../testing/jacobian.ts';
import aggregation from './aggregation.golden.json' with { type: 'json' };
import { byName } from './by-name.fixture.ts';
import { gradvac } from './gradvac.ts';
import published from './published.golden.json' with { type: 'json' };

const apart = (found: readonly number[], expected: readonly number[]) =>
  lengthOf(found.map((value, i) => value - expected[i]!));

type Result = { method: string; options: object; weights?: number[]; direction?: number[] };

for (const { jacobian, results, tolerance = published.tolerance } of published.cases) {
  describe(`published vectors for ${jacobian.length} gradients`, () => {
    test.each(results as Result[])('$method $options', ({ method, options, weights, direction }) => {
      const found = aggregate(byName(method, options), jacobian);

      expect(found.status).toEqual({ kind: 'ok' });
      if (weights)
        expect(Math.max(...weights.map((value, i) => Math.abs(value - found.weights[i]!)))).toBeLessThan(tolerance);
      if (direction)
        expect(Math.max(...direction.map((value, p) => Math.abs(value - found.direction[p]!)))).toBeLessThan(tolerance);
    });
  });
}

for (const [index, { jacobian, results }] of aggregation.cases.entries()) {
  describe(`case ${index} of ${aggregation.generator}, ${jacobian.length} gradients`, () => {
    test.each(results)('$method $options', ({ method, options, direction, tolerance }) => {
      const found = aggregate(byName(method, options), jacobian);

      expect(apart(found.direction, direction)).toBeLessThanOrEqual(tolerance * Math.max(1, lengthOf(direction)));
    });
  });
}

test(`gradvac follows ${aggregation.generator} over several steps`, () => {
  const { beta, steps } = aggregation.gradvac;
  const balancer = gradvac({ beta });

  let state = balancer.init(2);
  for (const { jacobian, direction } of steps) {
    const found = aggregate(balancer, jacobian, { state });
    expect(apart(found.direction, direction)).toBeLessThan(1e-6 * lengthOf(direction));
    state = found.state;
  }
});
