import type { Axes, Shape4 } from './conv-window.ts';
import type { Emitter } from './kernel.ts';
import { reshaped } from './shape.ts';

/*
 * ONNX Runtime's own convolution for x86 keeps blocks of 8 or 16 channels together, [batch, channels / block, rows, columns, block], and
 * needs no matrix of windows. Its optimizer uses it only for constant filters; here every run copies the filter into its order.
 */

const domain = 'com.microsoft.nchwc';

/** What follows a convolution and is computed with it: a bias per channel, then relu. */
export type Epilogue = { readonly bias?: string; readonly relu?: boolean };

/** The convolution of an NHWC tensor, or undefined where the runtime has none for these channels. */
export function blockedConvolution(
  emit: Emitter,
  x: string,
  filter: string,
  axes: Axes,
  [height, width, inputs, outputs]: Shape4,
  { bias, relu }: Epilogue,
): string | undefined {
  const block = emit.channelBlock;
  // few input channels come unblocked: those of an image
  const isFew = block !== undefined && inputs < block;
  const fits = axes.every(({ before, after, stride }) => before >= 0 && -after < stride);
  if (block === undefined || outputs % block > 0 || !(isFew || inputs % block === 0) || !fits) return undefined;
  // [out / block, in / inner, height, width, inner, block]; of few channels, which come unblocked, every one is a block of its own
  const inner = isFew ? 1 : block;
  const parts = reshaped(emit, filter, [height, width, inputs / inner, inner, outputs / block, block]);
  const ordered = emit.op('Transpose', [parts], { perm: [4, 2, 0, 1, 3, 5] });
  const weights = reshaped(emit, ordered, [outputs, inputs, height, width]);
  const values = isFew
    ? emit.op('Transpose', [x], { perm: [0, 3, 1, 2] })
    : emit.op('ReorderInput', [x], { channels_last: 1 }, domain);
  const result = emit.op(
    'Conv',
    [values, weights, ...(bias === undefined ? [] : [bias])],
    {
      kernel_shape: axes.map(({ size }) => size),
      strides: axes.map(({ stride }) => stride),
      dilations: axes.map(({ dilation }) => dilation),
      pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => Math.max(0, after))],
      ...(relu && { activation: 'Relu' }),
    },
    domain,
  );
  return emit.op('ReorderOutput', [result], { channels: outputs, channels_last: 1 }, domain);
}
