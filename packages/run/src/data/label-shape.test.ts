import { expect, it } from 'vitest';
import { numberProblem } from './label-shape.ts';

it('a number with a comma is none, and says how it is written', () => {
  expect(numberProblem('2,82')).toMatchObject({ code: 'E2303', fix: 'Write decimals with a point.' });
  expect(numberProblem('two')).toEqual({ code: 'E2303', message: 'Expected a finite number as label. Found "two".' });
  expect(['2.82', '-3e2', 4].map(numberProblem)).toEqual([undefined, undefined, undefined]);
});
