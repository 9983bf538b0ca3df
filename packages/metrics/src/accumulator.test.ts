import { expect, test } from 'vitest';
import { accumulator } from './accumulator.ts';
import { accuracy } from './accuracy.ts';

test('an accumulator adds batches up and can go on from earlier evidence', () => {
  const first = accumulator(accuracy());
  expect(first.value()).toBeNaN();

  first.add({ predicted: ['a'], actual: ['a'] });
  first.add({ predicted: ['a', 'b', 'b'], actual: ['b', 'a', 'b'] });
  const second = accumulator(accuracy(), first.state());
  second.add({ predicted: ['a'], actual: ['a'] });

  expect(first.value()).toBe(0.5);
  expect(second.value()).toBe(0.6);
});
