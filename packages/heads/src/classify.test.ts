import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key, leaves, mapTree, PolytaskError, type Tree } from '@polytask/base';
import { context, gradients, meanLoss, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ClassifyParams, type ClassifySpec, classify } from './classify.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
const representation = () =>
  tf.tensor2d(
    Array.from({ length: 12 }, (_, at) => Math.sin(1 + 2.3 * at)),
    [4, 3],
  );
const problemOf = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    if (PolytaskError.is(error)) return { kind: error.kind, ...error.problems[0]! };
    throw error;
  }
  throw new Error('Nothing was thrown.');
};

describe('fit', () => {
  test('the classes are the distinct training labels, sorted', () => {
    expect(classify().fit(['b', null, 'a', 'b']).labels).toEqual(['a', 'b']);
    expect(classify().fit(['10', '9']).labels).toEqual(['9', '10']); // numbers by value
  });

  test('the spec is JSON and holds what layer and loss need', () => {
    const spec = classify({ labelSmoothing: 0.1, classWeights: { b: 2 }, hidden: [5], dropout: 0.3 }).fit(['b', 'a']);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(spec).toEqual({
      labels: ['a', 'b'],
      classWeights: [1, 2],
      labelSmoothing: 0.1,
      hidden: [5],
      dropout: 0.3,
    });
  });

  test('fewer than two classes is a problem of the data', () => {
    expect(problemOf(() => classify().fit(['only', null, 'only']))).toMatchObject({
      kind: 'data',
      code: 'E2301',
      message: 'Expected at least two distinct labels in the training split. Found the one label "only".',
    });
    expect(problemOf(() => classify().fit([null])).message).toContain('Found no labels.');
  });

  test('balanced weights let every class count the same', () => {
    // n = 4, C = 2: 4 / (2·3) and 4 / (2·1)
    expect(classify({ classWeights: 'balanced' }).fit(['a', 'a', null, 'a', 'b']).classWeights).toEqual([4 / 6, 2]);
  });

  test('weights go by name, and a name that is no class is an error with the nearest', () => {
    expect(classify({ classWeights: { sports: 3 } }).fit(['world', 'sports']).classWeights).toEqual([3, 1]);
    expect(problemOf(() => classify({ classWeights: { sprots: 3 } }).fit(['world', 'sports']))).toMatchObject({
      kind: 'usage',
      code: 'E1230',
      message: 'The label "sprots" is not among the training labels.',
      fix: 'Did you mean "sports"? Allowed: sports, world.',
    });
  });
});

describe('target', () => {
  const head = classify({ classWeights: { b: 3, c: 0.5 } });
  const spec = head.fit(['a', 'b', 'c']);

  test('missing labels and labels that training did not have are absent', () => {
    const { tensors, count } = head.target(['c', null, 'a', 'unheard', 'b'], spec);
    expect(tensors.classes).toEqual(hostTensor('int32', [5], [2, -1, 0, -1, 1]));
    expect(count).toBe(0.5 + 1 + 3);
  });

  test('the count is the number of labels without weights and 0 without labels', () => {
    const plain = classify();
    expect(plain.target(['a', null, 'b'], plain.fit(['a', 'b'])).count).toBe(2);
    expect(head.target([null, null], spec).count).toBe(0);
    expect(head.target([], spec).tensors.classes.shape).toEqual([0]);
  });

  test('the count is that of the loss, for any labels and weights', () => {
    const label = fc.constantFrom('a', 'b', 'c', null, 'unheard');
    const weight = fc.double({ min: 0, max: 8, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 6 }),
        fc.option(fc.record({ a: weight, b: weight }), { nil: null }),
        (labels, classWeights) => {
          const weighted = classify({ classWeights });
          const fitted = weighted.fit(['a', 'b', 'c']);
          const { tensors, count } = weighted.target(labels, fitted);
          const found = weighted.task(fitted).loss(tf.zeros([labels.length, 3]), toTensors(tensors)).count;
          expect(numbers(found)[0]).toBeCloseTo(count, 4);
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe('targets of mixed examples', () => {
  test('have the loss and count of whole labels where nothing is mixed, with smoothing and weights', () => {
    const label = fc.constantFrom('a', 'b', 'c', null);
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(0, 0.1),
        (labels, labelSmoothing) => {
          const head = classify({ labelSmoothing, classWeights: { a: 2, c: 0.5 } });
          const spec = head.fit(['a', 'b', 'c']);
          const logits = tf.tensor2d(labels.map((_, at) => [at / 3, 1 - at, 0.5]));
          const [whole, mixed] = [
            head.target(labels, spec),
            head.mixedTarget!(
              labels.map((one) => [one, null, 1]),
              spec,
            ),
          ];
          const [expected, found] = [whole, mixed].map(({ tensors }) =>
            head.task(spec).loss(logits, toTensors(tensors)),
          );
          expect(numbers(found!.sum)[0]).toBeCloseTo(numbers(expected!.sum)[0]!, 4);
          expect(numbers(found!.count)[0]).toBeCloseTo(numbers(expected!.count)[0]!, 4);
          expect(mixed.count).toBeCloseTo(whole.count, 4);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('are the shares of both labels, and absent where one with a share is missing', () => {
    const head = classify();
    const { tensors, count } = head.mixedTarget!(
      [
        ['a', 'b', 0.25],
        ['a', null, 0.25],
        ['b', 'b', 0.5],
      ],
      head.fit(['a', 'b']),
    );
    expect([...tensors.shares!.data]).toEqual([0.25, 0.75, 0, 0, 0, 1]);
    expect(count).toBe(2);
  });
});

describe('task', () => {
  const specOf = (options = {}) => classify(options).fit(['a', 'b', 'c', 'd', 'e']);
  const paramsOf = (spec: ClassifySpec) =>
    toTensors(classify().task(spec).layer.init(key(2), [3]).params as object) as ClassifyParams;

  test('the layer gives one logit per class', () => {
    for (const hidden of [[], [7], [7, 4]]) {
      const spec = specOf({ hidden });
      const { layer } = classify().task(spec);
      expect(layer.init(key(2), [3]).outputShape).toEqual([5]);
      expect(layer.apply(paramsOf(spec), representation(), infer).shape).toEqual([4, 5]);
    }
  });

  test('without hidden layers the logits are W·x + b', () => {
    const spec = classify().fit(['a', 'b']);
    const params: ClassifyParams = {
      hidden: [],
      logits: { weight: tf.tensor2d([1, 0, 0, 2, -1, 1], [3, 2]), bias: tf.tensor1d([0.5, -0.5]) },
    };
    // x = (1, 2, 3): 1 − 3 + 0.5 and 4 + 3 − 0.5
    expect(
      numbers(
        classify()
          .task(spec)
          .layer.apply(params, tf.tensor2d([1, 2, 3], [1, 3]), infer),
      ),
    ).toEqual([-1.5, 6.5]);
  });

  test('the loss is the mean negative logarithm of the right probability', () => {
    const head = classify();
    const spec = head.fit(['a', 'b']);
    // softmax(ln 3, 0) = (¾, ¼); labels a and b
    const logits = tf.tensor2d([Math.log(3), 0, Math.log(3), 0], [2, 2]);
    const summed = head.task(spec).loss(logits, toTensors(head.target(['a', 'b'], spec).tensors));
    expect(numbers(meanLoss(summed))[0]).toBeCloseTo(-(Math.log(3 / 4) + Math.log(1 / 4)) / 2, 6);
  });

  test('smoothing and weights of the spec reach the loss', () => {
    const logits = tf.tensor2d([1, -2, 0.5, 3], [2, 2]);
    const lossOf = (options: Parameters<typeof classify>[0]) => {
      const head = classify(options);
      const spec = JSON.parse(JSON.stringify(head.fit(['a', 'b']))) as ClassifySpec;
      const fresh = classify(); // what opens a run knows the spec alone
      const { sum, count } = fresh.task(spec).loss(logits, toTensors(fresh.target(['b', 'a'], spec).tensors));
      return [numbers(sum)[0]!, numbers(count)[0]!];
    };
    // −log softmax: row 1 (a, b) = (ln(1 + e⁻³), 3 + ln(1 + e⁻³)), row 2 = (2.5 + ln(1 + e⁻²·⁵), ln(1 + e⁻²·⁵))
    const [first, second] = [Math.log(1 + Math.exp(-3)), Math.log(1 + Math.exp(-2.5))];
    const plain = lossOf({});
    expect(plain[0]).toBeCloseTo(3 + first + 2.5 + second, 5);
    expect(plain[1]).toBe(2);
    const weighted = lossOf({ classWeights: { a: 10 } });
    expect(weighted[0]).toBeCloseTo(3 + first + 10 * (2.5 + second), 4);
    expect(weighted[1]).toBe(11);
    expect(lossOf({ labelSmoothing: 0.2 })[0]).toBeCloseTo(0.9 * (3 + 2.5) + first + second, 5);
  });

  test('gradients reach all parameters', () => {
    const head = classify();
    const spec = specOf({ hidden: [6, 5], dropout: 0.2 });
    const { layer, loss } = head.task(spec);
    const params = paramsOf(spec);
    const flat = Object.fromEntries(leaves<tf.Tensor>(params as Tree<tf.Tensor>));
    const target = toTensors(head.target(['a', 'e', null, 'c'], spec).tensors);
    const how = context('train', random(key(4)));
    const found = gradients(() => loss(layer.apply(params, representation(), how), target).sum, flat).gradients;
    expect(Object.keys(found)).toEqual([
      'hidden.0.weight',
      'hidden.0.bias',
      'hidden.1.weight',
      'hidden.1.bias',
      'logits.weight',
      'logits.bias',
    ]);
    for (const gradient of Object.values(found)) expect(numbers(tf.sum(tf.abs(gradient!)))[0]).toBeGreaterThan(0);
  });

  test('a batch without any label has loss, count and gradients of exactly 0', () => {
    const head = classify({ labelSmoothing: 0.1, classWeights: { a: 2 } });
    const spec = head.fit(['a', 'b', 'c']);
    const { layer, loss } = head.task(spec);
    const params = toTensors(layer.init(key(2), [3]).params as object) as ClassifyParams;
    const flat = Object.fromEntries(leaves<tf.Tensor>(params as Tree<tf.Tensor>));
    const { tensors } = head.target([null, 'unheard', null, null], spec);
    const summed = () => loss(layer.apply(params, representation(), infer), toTensors(tensors));
    expect([...numbers(summed().sum), ...numbers(summed().count)].every((value) => value === 0)).toBe(true);
    for (const gradient of Object.values(gradients(() => summed().sum, flat).gradients)) {
      expect(numbers(gradient!).every((value) => value === 0)).toBe(true);
    }
  });

  test('rows without labels have no part in loss and gradient', () => {
    const head = classify();
    const spec = head.fit(['a', 'b']);
    const { layer, loss } = head.task(spec);
    const params = toTensors(layer.init(key(2), [3]).params as object) as ClassifyParams;
    const flat = Object.fromEntries(leaves<tf.Tensor>(params as Tree<tf.Tensor>));
    const at = (rows: tf.Tensor, labels: (string | null)[]) => {
      const target = toTensors(head.target(labels, spec).tensors);
      const { value, gradients: found } = gradients(() => loss(layer.apply(params, rows, infer), target).sum, flat);
      return [value, ...Object.values(found)].flatMap((tensor) => numbers(tensor!));
    };
    const all = representation();
    const few = at(tf.slice(all, [0, 0], [2, 3]), ['a', 'b']);
    at(all, ['a', 'b', null, null]).forEach((value, place) => {
      expect(value).toBeCloseTo(few[place]!, 6);
    });
  });

  test('dropout is for training alone', () => {
    const spec = specOf({ hidden: [6], dropout: 0.5 });
    const { layer } = classify().task(spec);
    const at = (mode: 'train' | 'infer', seed: number) =>
      numbers(layer.apply(paramsOf(spec), representation(), context(mode, random(key(seed)))));
    expect(at('infer', 1)).toEqual(at('infer', 2));
    expect(at('train', 1)).toEqual(at('train', 1));
    expect(at('train', 1)).not.toEqual(at('train', 2));
  });

  test('learns three clusters in a few steps of gradient descent', () => {
    const head = classify();
    const labels = ['left', 'right', 'up', 'left', 'right', 'up'];
    const spec = head.fit(labels);
    const points = tf.tensor2d([-1, 0, 1, 0, 0, 1, -0.8, 0.1, 0.9, -0.1, 0.1, 0.8], [6, 2]);
    const { layer, loss } = head.task(spec);
    const target = toTensors(head.target(labels, spec).tensors);
    let params = toTensors(layer.init(key(2), [2]).params as object) as Tree<tf.Tensor>;
    const logits = () => layer.apply(params as ClassifyParams, points, infer);
    for (let step = 0; step < 30; step++) {
      const flat = Object.fromEntries(leaves<tf.Tensor>(params));
      const found = gradients(() => meanLoss(loss(logits(), target)), flat).gradients;
      params = mapTree<tf.Tensor, tf.Tensor>(params, (value, path) => tf.sub(value, found[path]!));
    }
    const outputs = hostTensor('float32', [6, 3], numbers(logits()));
    expect(head.decode(outputs, spec).map(({ label }) => label)).toEqual(labels);
  });
});

describe('decode', () => {
  const head = classify();
  const spec = head.fit(['a', 'b', 'c']);

  test('gives the most probable label and the probabilities of all', () => {
    // softmax(ln 1, ln 2, ln 5) = (⅛, ¼, ⅝)
    const [only] = head.decode(hostTensor('float32', [1, 3], [0, Math.log(2), Math.log(5)]), spec);
    expect(only!.label).toBe('c');
    expect(only!.probability).toBeCloseTo(0.625, 6);
    expect(Object.keys(only!.probabilities)).toEqual(['a', 'b', 'c']);
    expect(only!.probabilities.a).toBeCloseTo(0.125, 6);
  });

  test('stays finite and adds up to 1 for any finite logits', () => {
    const logits = fc.array(fc.float({ min: -(2 ** 99), max: 2 ** 99, noNaN: true, noDefaultInfinity: true }), {
      minLength: 6,
      maxLength: 6,
    });
    fc.assert(
      fc.property(logits, (values) => {
        const decoded = head.decode(hostTensor('float32', [2, 3], values), spec);
        decoded.forEach(({ label, probability, probabilities }, row) => {
          const found = Object.values(probabilities);
          expect(found.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
          expect(probability).toBe(Math.max(...found));
          expect(probabilities[label]).toBe(probability);
          const own = Array.from(Float32Array.from(values.slice(3 * row, 3 * row + 3)));
          expect(label).toBe(spec.labels[own.indexOf(Math.max(...own))]);
        });
      }),
      { seed: 1 },
    );
  });

  test('refuses outputs of another shape and logits that are not finite', () => {
    expect(() => head.decode(hostTensor('float32', [1, 2], [0, 1]), spec)).toThrow('expected shape [batch, 3]');
    expect(() => head.decode(hostTensor('float32', [1, 3], [0, Number.NaN, 1]), spec)).toThrow('expected finite');
  });
});

test.each([
  [{ labelSmoothing: 1 }, 'labelSmoothing'],
  [{ hidden: [0] }, 'units'],
  [{ dropout: -0.1 }, 'dropout'],
  [{ classWeights: { a: -1 } }, 'classWeights["a"]'],
  [{ classWeights: 'even' as 'balanced' }, 'classWeights'],
])('refuses the options %o', (options, name) => {
  expect(() => classify(options)).toThrow(RangeError);
  expect(() => classify(options)).toThrow(name);
});
