import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { count, integers, reals, tensors } from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

/** Where a term alone has a label that is summed over, tfjs's cpu backend is wrong: such equations are tested in einsum.test.ts. */
const ofOne = ['ij->ji', 'ij->i', 'ij->', 'ijk->kj', 'ijk->'];
const ofTwo = [
  ...['ij,jk->ik', 'ij,kj->ik', 'ji,jk->ki', 'bij,bjk->bik', 'bqhd,bkhd->bhqk', 'bhqk,bkhd->bqhd', 'bij,jk->bik'],
  ...['i,j->ij', 'i,i->', 'ij,ij->', 'ij,ij->ij', 'bi,bi->b', 'ij,j->i', 'ij,j->ij', 'ijk,jkl->il', 'ijk,jkl->li'],
  ...['bid,bjd->bji', 'bed,ed->be', 'ij,ik->jk', 'ijk,j->ki', 'abc,cd->adb'],
];

const drawn = (equations: readonly string[], dtype: 'float32' | 'int32') =>
  fc.constantFrom(...equations).chain((equation) => {
    const terms = equation.split('->')[0]!.split(',');
    const labels = [...new Set(terms.join(''))];
    return fc.array(count(4), { minLength: labels.length, maxLength: labels.length }).chain((sizes) => {
      const shape = (term: string) => [...term].map((label) => sizes[labels.indexOf(label)]!);
      const entries = dtype === 'float32' ? reals : integers();
      return fc.record({
        inputs: fc.record({
          a: tensors(shape(terms[0]!), entries, dtype),
          b: tensors(shape(terms[1] ?? terms[0]!), entries, dtype),
        }),
        attributes: fc.constant(equation),
      });
    });
  });

export const einsumFamilies: readonly Family[] = (['float32', 'int32'] as const).flatMap((dtype) => [
  family({
    title: `sums of one ${dtype} tensor by labels`,
    draws: drawn(ofOne, dtype),
    expressions: { Einsum: ({ a }, equation) => tf.einsum(equation, a) },
  }),
  family({
    title: `sums of products of two ${dtype} tensors by labels`,
    draws: drawn(ofTwo, dtype),
    expressions: { Einsum: ({ a, b }, equation) => tf.einsum(equation, a, b) },
  }),
]);
