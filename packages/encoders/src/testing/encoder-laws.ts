import { type HostTensor, hostTensor, key, leaves, type Tree } from '@polytask/base';
import { type Context, context, gradients, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Encoder } from '../encoder.ts';
import type { TokenInputs } from '../text/token-inputs.ts';

const infer: Context = context('infer', random(key(3)));
const train = (seed: number): Context => context('train', random(key(seed)));

/**
 * Declares the tests that every text encoder has to pass, on the active tfjs backend: call it at the top of a vitest file.
 *
 * Specs survive JSON; any text is encoded to ids; batches have the shape asked for; padding items, padding rows and what stands in them
 * change neither the representation nor the gradients; every parameter has a gradient; only training is random, and that by its key.
 *
 * @param make an encoder with small sizes and some dropout: its training must be random.
 * @param examples at least three texts of different lengths.
 */
export function describeEncoderLaws<Spec, Params>(
  name: string,
  make: () => Encoder<string, Spec, Int32Array, Params, TokenInputs>,
  examples: readonly string[],
): void {
  const encoder = make();
  const spec = encoder.fit(examples, key(1));
  const { layer, inputShape } = encoder.layer(spec);
  const { params: initial, outputShape } = layer.init(key(2), inputShape);
  const encoded = examples.map((text) => encoder.encode(text, spec));
  const longest = Math.max(...encoded.map(encoder.lengthOf));
  const batch = (size = encoded.length, width = longest) => encoder.collate(encoded, { size, width }, spec);
  type Batch = ReturnType<typeof batch>;

  // Made where they are used: the backend is chosen after this file's tests are declared.
  const params = () => toTensors(initial as object) as Params;
  const represent = (inputs: Batch, how: Context = infer, own: Params = params()) =>
    layer.apply(own, toTensors(inputs), how);
  const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
  const rows = encoded.length;
  const features = outputShape.at(-1)!;

  const byPath = (tree: Tree<tf.Tensor>): Record<string, tf.Tensor> => Object.fromEntries(leaves<tf.Tensor>(tree));

  // Σ upstream · representation over the real rows, upstream different in each place.
  const slopes = (inputs: Batch, how: Context = infer) => {
    const own = params();
    const found = gradients(
      () => {
        const real = tf.slice(represent(inputs, how, own), [0, 0], [rows, features]);
        const upstream = tf.tensor(
          Float32Array.from({ length: rows * features }, (_, at) => Math.sin(1 + 1.7 * at)),
          [rows, features],
        );
        return tf.sum(tf.mul(real, upstream));
      },
      byPath(own as Tree<tf.Tensor>),
    );
    return Object.entries(found.gradients);
  };
  const close = (actual: readonly number[], expected: readonly number[], tolerance: number) => {
    expect(actual).toHaveLength(expected.length);
    const furthest = actual.reduce((worst, value, at) => Math.max(worst, Math.abs(value - expected[at]!)), 0);
    expect(furthest).toBeLessThanOrEqual(tolerance);
  };
  const filled = (inputs: Batch, id: number): Batch => {
    const [size, width] = inputs.ids.shape as [number, number];
    const ids = Int32Array.from(inputs.ids.data, (value, at) =>
      at % width < inputs.lengths.data[Math.floor(at / width)]! ? value : id,
    );
    return { ids: hostTensor('int32', [size, width], ids), lengths: inputs.lengths };
  };

  describe(`${name} is an encoder`, () => {
    test('a batch has the shape asked for and rows beyond the examples are empty', () => {
      const { ids, lengths } = batch(rows + 2, longest + 3);
      expect([ids.dtype, lengths.dtype]).toEqual(['int32', 'int32']);
      expect([ids.shape, lengths.shape]).toEqual([[rows + 2, longest + 3], [rows + 2]]);
      expect([...lengths.data]).toEqual([...encoded.map(encoder.lengthOf), 0, 0]);
    });

    test('examples longer than the batch are cut', () => {
      const { ids, lengths } = batch(rows, 2);
      expect(ids.shape).toEqual([rows, 2]);
      expect(Math.max(...lengths.data)).toBe(2);
      expect([...ids.data.slice(0, 2)]).toEqual([...encoded[0]!.slice(0, 2)]);
    });

    test('gives one representation of the announced shape per row', () => {
      const made = represent(batch());
      expect(made.shape).toEqual([rows, ...outputShape]);
      expect(numbers(made).every(Number.isFinite)).toBe(true);
      expect(new Set(numbers(tf.sum(made, 1))).size).toBe(rows);
    });

    test('the spec survives JSON and gives the same representation', () => {
      const copy = JSON.parse(JSON.stringify(spec)) as Spec;
      expect(copy).toEqual(spec);
      const other = make();
      const inputs = other.collate(
        examples.map((text) => other.encode(text, copy)),
        { size: rows, width: longest },
        copy,
      );
      const restored = other.layer(copy);
      const { params: same } = restored.layer.init(key(2), restored.inputShape);
      expect(numbers(restored.layer.apply(toTensors(same as object) as Params, toTensors(inputs), infer))).toEqual(
        numbers(represent(batch())),
      );
    });

    test('equal examples and keys give equal specs and parameters, other keys other parameters', () => {
      expect(make().fit(examples, key(1))).toEqual(spec);
      const at = (seed: number) => leaves<HostTensor>(layer.init(key(seed), inputShape).params as Tree<HostTensor>);
      expect(at(2)).toEqual(leaves<HostTensor>(initial as Tree<HostTensor>));
      expect(at(3)).not.toEqual(at(2));
    });

    test('padding changes no representation, whatever stands in it', () => {
      const expected = numbers(represent(batch()));
      for (const wide of [batch(rows, longest + 7), batch(rows + 3, longest), batch(rows + 2, longest + 1)]) {
        for (const inputs of [wide, filled(wide, 1)]) {
          close(numbers(represent(inputs)).slice(0, rows * features), expected, 1e-6);
        }
      }
    });

    test('padding changes no gradient', () => {
      const expected = slopes(batch());
      slopes(filled(batch(rows + 2, longest + 5), 1)).forEach(([path, gradient], at) => {
        expect(path).toBe(expected[at]![0]);
        close(numbers(gradient!), numbers(expected[at]![1]!), 1e-5);
      });
    });

    test('a text alone has the representation that it has among others', () => {
      const together = numbers(represent(batch()));
      encoded.forEach((ids, at) => {
        const alone = encoder.collate([ids], { size: 1, width: longest }, spec);
        close(numbers(represent(alone)), together.slice(at * features, (at + 1) * features), 1e-6);
      });
    });

    test('every parameter has a finite gradient', () => {
      const found = slopes(batch(), train(1));
      expect(found.filter(([, gradient]) => gradient === null)).toEqual([]);
      const sizes = found.map(([path, gradient]) => [path, numbers(tf.sum(tf.abs(gradient!)))[0]!] as const);
      expect(sizes.filter(([, size]) => !Number.isFinite(size))).toEqual([]);
      // The softmax over keys does not see what all keys have in common: their bias has the gradient 0.
      expect(sizes.filter(([path, size]) => size === 0 && !path.endsWith('key.bias'))).toEqual([]);
    });

    test('training is random by its key alone, prediction not at all', () => {
      const at = (how: Context) => numbers(represent(batch(), how));
      expect(at(train(1))).toEqual(at(train(1)));
      expect(at(train(1))).not.toEqual(at(train(2)));
      expect(at(context('infer', random(key(4))))).toEqual(at(infer));
    });

    test('any text, the empty one included, has a finite representation', () => {
      fc.assert(
        fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 }), (texts) => {
          const lists = ['', ...texts].map((text) => encoder.encode(text, spec));
          const width = Math.max(1, ...lists.map(encoder.lengthOf));
          const made = represent(encoder.collate(lists, { size: lists.length, width }, spec));
          expect(numbers(made).every(Number.isFinite)).toBe(true);
        }),
        { numRuns: 20, seed: 1 },
      );
    });
  });
}
