import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { count, dtypes, each, filledShapes, shapes, tensorsOf, upTo } from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

const block = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 });

/** A batch that becomes blocks. */
const apart = fc.tuple(block, count(2), shapes(0, 1), dtypes).chain(([blockShape, batch, rest, dtype]) => {
  const product = blockShape.reduce((total, size) => total * size, batch);
  return each(blockShape, () => fc.integer({ min: 1, max: 3 })).chain((inner) =>
    fc.record({
      inputs: fc.record({ x: tensorsOf(dtype, [product, ...inner, ...rest]) }),
      attributes: fc.record({
        blockShape: fc.constant(blockShape),
        crops: each(inner, (size) =>
          fc.tuple(upTo(1), upTo(1)).map(([before, after]) => (size > 2 ? [before, after] : [0, 0])),
        ),
      }),
    }),
  );
});

/** Axes that blocks are cut from; paddings make them multiples of the blocks. */
const together = fc.tuple(block, count(2), shapes(0, 1), dtypes).chain(([blockShape, batch, rest, dtype]) =>
  each(blockShape, (size) => fc.tuple(upTo(5), upTo(1), fc.constant(size))).chain((inner) =>
    fc.record({
      inputs: fc.record({ x: tensorsOf(dtype, [batch, ...inner.map(([length]) => length), ...rest]) }),
      attributes: fc.constant({
        blockShape,
        paddings: inner.map(([length, before, size]): number[] => [before, (size - ((length + before) % size)) % size]),
      }),
    }),
  ),
);

export const spaceFamilies: readonly Family[] = [
  family({
    title: 'blocks out of a batch',
    draws: apart,
    expressions: { BatchToSpaceND: ({ x }, { blockShape, crops }) => tf.batchToSpaceND(x, blockShape, crops) },
  }),
  family({
    title: 'a batch out of blocks',
    draws: together,
    expressions: { SpaceToBatchND: ({ x }, { blockShape, paddings }) => tf.spaceToBatchND(x, blockShape, paddings) },
  }),
  family({
    title: 'blocks out of channels',
    draws: fc
      .tuple(count(2), count(3), count(3), count(2), fc.integer({ min: 2, max: 3 }))
      .chain(([batch, height, width, depth, size]) =>
        fc.record({
          inputs: fc.record({ x: tensorsOf('float32', [batch, height, width, depth * size * size]) }),
          attributes: fc.constant(size),
        }),
      ),
    expressions: { DepthToSpace: ({ x }, size) => tf.depthToSpace(x as tf.Tensor4D, size) },
  }),
  family({
    title: 'paddings that mirror',
    draws: fc
      .tuple(filledShapes(1), dtypes, fc.constantFrom('reflect' as const, 'symmetric' as const))
      .chain(([shape, dtype, mode]) => {
        const most = (size: number) => (mode === 'reflect' ? size - 1 : size);
        return fc.record({
          inputs: fc.record({ x: tensorsOf(dtype, shape) }),
          attributes: fc.record({
            mode: fc.constant(mode),
            paddings: each(shape, (size) => fc.tuple(upTo(most(size)), upTo(most(size)))),
          }),
        });
      }),
    expressions: { MirrorPad: ({ x }, { paddings, mode }) => tf.mirrorPad(x, paddings, mode) },
  }),
  family({
    title: 'paddings that mirror nothing',
    draws: fc
      .tuple(count(3), dtypes)
      .chain(([size, dtype]) =>
        fc.record({ inputs: fc.record({ x: tensorsOf(dtype, [size, 0, 2]) }), attributes: upTo(1) }),
      ),
    expressions: {
      MirrorPad: ({ x }, after) =>
        tf.mirrorPad(
          x,
          [
            [0, Math.min(after, x.shape[0]!)],
            [0, 0],
            [after, 1],
          ],
          'symmetric',
        ),
    },
  }),
];
