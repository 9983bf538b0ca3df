import fc from 'fast-check';
import type { LabelBatch } from '../label-batch.ts';

/** Batches of 0 to 12 examples over few labels, some of them hostile as object keys; a fifth of the true labels missing. */
export const arbitraryLabelBatch: fc.Arbitrary<LabelBatch> = fc
  .array(
    fc.record({
      predicted: fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
      actual: fc.option(fc.constantFrom('a', 'b', 'd', '__proto__'), { freq: 4 }),
    }),
    { maxLength: 12 },
  )
  .map((examples) => ({
    predicted: examples.map(({ predicted }) => predicted),
    actual: examples.map(({ actual }) => actual),
  }));
