import { expect, test } from 'vitest';
import { key } from './key.ts';
import { hostTensor, isHostTensor, scalar, zeros } from './tensor.ts';
import { leaves, mapTree, zipTrees } from './tree.ts';

const tree = { encoder: { kernel: scalar(1) }, heads: [scalar(2), null] as const };

test('leaves come with their paths, in order', () => {
  expect(leaves<unknown>(tree as never).map(([path]) => path)).toEqual(['encoder.kernel', 'heads.0', 'heads.1']);
});

test('tensors, keys, null and instances of classes are leaves', () => {
  const date = new Date();

  expect(leaves<unknown>({ a: scalar(1), b: key(1), c: null, d: date } as never).map(([, leaf]) => leaf)).toEqual([
    scalar(1),
    key(1),
    null,
    date,
  ]);
});

test('a bare leaf has the empty path', () => {
  expect(leaves(5)).toEqual([['', 5]]);
});

test('mapping keeps the structure', () => {
  expect(mapTree<unknown, string>(tree as never, (_, path) => path)).toEqual({
    encoder: { kernel: 'encoder.kernel' },
    heads: ['heads.0', 'heads.1'],
  });
});

test('two trees are combined leaf by leaf, whatever the order of their keys', () => {
  expect(zipTrees({ a: 1, b: [2] }, { b: [20], a: 10 }, (left, right) => left + right)).toEqual({ a: 11, b: [22] });
});

test('a leaf missing in the second tree is named', () => {
  expect(() => zipTrees({ a: { b: 1 } }, { a: {} } as never, () => 0)).toThrow('"a.b"');
});

test('a host tensor holds as many numbers as its shape', () => {
  expect(() => hostTensor('float32', [2, 2], [1, 2, 3])).toThrow('[2, 2] holds 4 elements. Found 3');
  expect(hostTensor('int32', [2], [1.9, -1.9]).data).toEqual(Int32Array.of(1, -1));
  expect(isHostTensor(zeros('bool', [2]))).toBe(true);
});
