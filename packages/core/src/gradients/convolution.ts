import * as tf from '@tensorflow/tfjs-core';
import { dilatedFilterGradient, dilatedInputGradient, type Window } from './dilated.ts';
import { type KernelGradient, kernelGradient, runKernel } from './kernel-gradient.ts';

type Convolution = {
  readonly strides: number | number[];
  readonly pad: 'same' | 'valid' | number | [number, number][];
  readonly dilations?: number | number[];
  readonly dataFormat?: string;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

const isDilated = ({ dilations = 1 }: Convolution) => [dilations].flat().some((step) => step > 1);
const isFirst = ({ dataFormat }: Convolution) => dataFormat === 'NCHW';
const toLast = (x: tf.Tensor, attributes: Convolution) => (isFirst(attributes) ? tf.transpose(x, [0, 2, 3, 1]) : x);
const fromLast = (x: tf.Tensor, attributes: Convolution) => (isFirst(attributes) ? tf.transpose(x, [0, 3, 1, 2]) : x);

/** How the windows of a 2-D convolution lie in rows and columns; `x` is NHWC. */
function windows2d(x: tf.Tensor, filter: tf.Tensor, attributes: Convolution, depthwise: boolean): readonly Window[] {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4,
    filter.shape as Shape4,
    attributes.strides as number,
    attributes.dilations as number,
    attributes.pad as never,
    attributes.dimRoundingMode,
    depthwise,
  );
  return [
    {
      length: info.inHeight,
      count: info.outHeight,
      size: info.filterHeight,
      dilation: info.dilationHeight,
      before: info.padInfo.top,
    },
    {
      length: info.inWidth,
      count: info.outWidth,
      size: info.filterWidth,
      dilation: info.dilationWidth,
      before: info.padInfo.left,
    },
  ];
}

function windows3d(x: tf.Tensor, filter: tf.Tensor, { strides, dilations, pad }: Convolution): readonly Window[] {
  const info = tf.backend_util.computeConv3DInfo(
    x.shape as Shape5,
    filter.shape as Shape5,
    strides as number,
    dilations as number,
    pad as 'same',
  );
  const { front, top, left } = info.padInfo;
  return [
    { length: info.inDepth, count: info.outDepth, size: info.filterDepth, dilation: info.dilationDepth, before: front },
    {
      length: info.inHeight,
      count: info.outHeight,
      size: info.filterHeight,
      dilation: info.dilationHeight,
      before: top,
    },
    { length: info.inWidth, count: info.outWidth, size: info.filterWidth, dilation: info.dilationWidth, before: left },
  ];
}

const fault = 'refused with dilations';
const second = 'none: no second derivative of the convolution';

/** Kernels of one convolution, each linear in both of its inputs: their gradients are each other. */
type Family = {
  readonly forward: string;
  readonly toInput: string;
  readonly toFilter: string;
};

const conv2d: Family = { forward: tf.Conv2D, toInput: tf.Conv2DBackpropInput, toFilter: tf.Conv2DBackpropFilter };
const conv3d: Family = { forward: tf.Conv3D, toInput: tf.Conv3DBackpropInputV2, toFilter: tf.Conv3DBackpropFilterV2 };
const depthwise: Family = {
  forward: tf.DepthwiseConv2dNative,
  toInput: tf.DepthwiseConv2dNativeBackpropInput,
  toFilter: tf.DepthwiseConv2dNativeBackpropFilter,
};

function family(
  { forward, toInput, toFilter }: Family,
  dilatedInput: (dy: tf.Tensor, x: tf.Tensor, filter: tf.Tensor, attributes: Convolution) => tf.Tensor,
  dilatedFilter: (dy: tf.Tensor, x: tf.Tensor, filter: tf.Tensor, attributes: Convolution) => tf.Tensor,
): readonly KernelGradient[] {
  const plain = ({ strides, pad, dataFormat, dimRoundingMode }: Convolution) => ({
    strides,
    pad,
    dataFormat,
    dimRoundingMode,
    dilations: 1,
  });
  const convolved = (x: tf.Tensor, filter: tf.Tensor, attributes: Convolution) =>
    runKernel(forward, { x, filter }, plain(attributes));
  const inputGradient = (dy: tf.Tensor, filter: tf.Tensor, inputShape: readonly number[], attributes: Convolution) =>
    runKernel(toInput, { dy, filter }, { ...plain(attributes), inputShape });
  const filterGradient = (x: tf.Tensor, dy: tf.Tensor, filterShape: readonly number[], attributes: Convolution) =>
    runKernel(toFilter, { x, dy }, { ...plain(attributes), filterShape });
  return [
    kernelGradient<Convolution>(forward, fault, { inputs: ['x', 'filter'] }, (dy, [x, filter], attributes) => ({
      x: () =>
        isDilated(attributes)
          ? dilatedInput(dy, x!, filter!, attributes)
          : inputGradient(dy, filter!, x!.shape, attributes),
      filter: () =>
        isDilated(attributes)
          ? dilatedFilter(dy, x!, filter!, attributes)
          : filterGradient(x!, dy, filter!.shape, attributes),
    })),
    kernelGradient<Convolution>(
      toInput,
      second,
      { inputs: ['dy', 'filter'] },
      (upstream, [dy, filter], attributes) => ({
        dy: () => convolved(upstream, filter!, attributes),
        filter: () => filterGradient(upstream, dy!, filter!.shape, attributes),
      }),
    ),
    kernelGradient<Convolution>(toFilter, second, { inputs: ['x', 'dy'] }, (upstream, [x, dy], attributes) => ({
      x: () => inputGradient(dy!, upstream, x!.shape, attributes),
      dy: () => convolved(x!, upstream, attributes),
    })),
  ];
}

const all: readonly KernelGradient[] = [
  ...family(
    conv2d,
    (dy, x, filter, attributes) => {
      const last = toLast(x, attributes);
      const windows = windows2d(last, filter, attributes, false);
      return fromLast(dilatedInputGradient(toLast(dy, attributes), filter, windows), attributes);
    },
    (dy, x, filter, attributes) => {
      const last = toLast(x, attributes);
      return dilatedFilterGradient(toLast(dy, attributes), last, windows2d(last, filter, attributes, false));
    },
  ),
  ...family(
    conv3d,
    (dy, x, filter, attributes) => dilatedInputGradient(dy, filter, windows3d(x, filter, attributes)),
    (dy, x, filter, attributes) => dilatedFilterGradient(dy, x, windows3d(x, filter, attributes)),
  ),
  ...family(
    depthwise,
    (dy, x, filter, attributes) => dilatedInputGradient(dy, filter, windows2d(x, filter, attributes, true), true),
    (dy, x, filter, attributes) => dilatedFilterGradient(dy, x, windows2d(x, filter, attributes, true), true),
  ),
];

/** tfjs has one of these itself. */
export const convolutionGradients = all.filter(({ kernelName }) => kernelName !== tf.Conv2DBackpropInput);
