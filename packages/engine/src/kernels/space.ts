import { backend_util } from '@tensorflow/tfjs-core';
import type { Emitter, Kernel } from './kernel.ts';
import { reshaped } from './shape.ts';

/* Blocks of images that become entries of the batch or channels, and back. */

type Crops = { readonly blockShape: number[]; readonly crops: number[][] };

const sizeOfBlock = (blockShape: readonly number[]) => blockShape.reduce((product, size) => product * size, 1);

const cropped = (shape: readonly number[], { blockShape, crops }: Crops) => {
  const whole = backend_util.getReshapedPermuted([...shape], blockShape, sizeOfBlock(blockShape));
  const around = whole.map((_, axis) => crops[axis - 1] ?? [0, 0]);
  const begin = around.map(([before]) => before!);
  return { whole, begin, size: whole.map((length, axis) => length - around[axis]![0]! - around[axis]![1]!) };
};

const batchToSpace: Kernel = {
  cheap: true,
  infer: ({ x }, attributes: Crops) => [{ shape: cropped(x!.shape, attributes).size, dtype: x!.dtype }],
  lower: (emit, { names, inputs, attributes }) => {
    const { blockShape } = attributes as Crops;
    const { shape } = inputs.x!;
    const blocks = backend_util.getReshaped([...shape], blockShape, sizeOfBlock(blockShape));
    const perm = backend_util.getPermuted(blocks.length, blockShape.length);
    const { whole, begin, size } = cropped(shape, attributes as Crops);
    const turned = reshaped(emit, emit.op('Transpose', [reshaped(emit, names.x!, blocks)], { perm }), whole);
    if (size.every((length, axis) => length === whole[axis])) return [turned];
    const ends = begin.map((start, axis) => start + size[axis]!);
    return [emit.op('Slice', [turned, emit.int64(begin), emit.int64(ends)])];
  },
};

type Paddings = { readonly blockShape: number[]; readonly paddings: number[][] };

const extended = (shape: readonly number[], { blockShape, paddings }: Paddings) =>
  shape.map((size, axis) => {
    const [before = 0, after = 0] = axis > 0 && axis <= blockShape.length ? paddings[axis - 1]! : [];
    return { before, after, size: before + size + after };
  });

const spaceToBatch: Kernel = {
  cheap: true,
  infer: ({ x }, attributes: Paddings) => {
    const { blockShape } = attributes;
    const whole = extended(x!.shape, attributes).map(({ size }) => size);
    const shape = backend_util.getReshapedPermuted(whole, blockShape, sizeOfBlock(blockShape), false);
    return [{ shape, dtype: x!.dtype }];
  },
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { blockShape } = attributes as Paddings;
    const axes = extended(inputs.x!.shape, attributes as Paddings);
    const pads = [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)];
    const padded = pads.every((pad) => pad === 0) ? names.x! : emit.op('Pad', [names.x!, emit.int64(pads)]);
    const whole = axes.map(({ size }) => size);
    const blocks = backend_util.getReshaped(whole, blockShape, sizeOfBlock(blockShape), false);
    const perm = backend_util.getPermuted(blocks.length, blockShape.length, false);
    const turned = emit.op('Transpose', [reshaped(emit, padded, blocks)], { perm });
    return [reshaped(emit, turned, outputs[0]!.shape)];
  },
};

type Depth = { readonly blockSize: number; readonly dataFormat: 'NHWC' | 'NCHW' };

/** Channels in the order [row of the block, column of the block, depth] become blocks of size × size. */
const depthToSpace: Kernel = {
  cheap: true,
  infer: ({ x }, { blockSize, dataFormat }: Depth) => {
    const isLast = dataFormat === 'NHWC';
    const [batch, a, b, c] = x!.shape as [number, number, number, number];
    const [height, width, depth] = isLast ? [a, b, c] : [b, c, a];
    const image = [height * blockSize, width * blockSize];
    const channels = depth / (blockSize * blockSize);
    return [{ shape: isLast ? [batch, ...image, channels] : [batch, channels, ...image], dtype: x!.dtype }];
  },
  lower: (emit: Emitter, { names, inputs, attributes, outputs }) => {
    const { blockSize, dataFormat } = attributes as Depth;
    const [batch, a, b, c] = inputs.x!.shape as [number, number, number, number];
    const square = blockSize * blockSize;
    const isLast = dataFormat === 'NHWC';
    const split = isLast
      ? [batch, a, b, blockSize, blockSize, c / square]
      : [batch, blockSize, blockSize, a / square, b, c];
    const perm = isLast ? [0, 1, 3, 2, 4, 5] : [0, 3, 4, 1, 5, 2];
    const turned = emit.op('Transpose', [reshaped(emit, names.x!, split)], { perm });
    return [reshaped(emit, turned, outputs[0]!.shape)];
  },
};

export const spaces: Record<string, Kernel> = {
  BatchToSpaceND: batchToSpace,
  DepthToSpace: depthToSpace,
  SpaceToBatchND: spaceToBatch,
};
