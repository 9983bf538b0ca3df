import * as tf from '@tensorflow/tfjs-core';

/** Calls a kernel by its own name, on the backend that is being completed. */
export type Original = (inputs: Readonly<Record<string, tf.Tensor>>, attributes?: object) => tf.Tensor;

/** The same for a kernel that gives several tensors. */
export type Originals = (...call: Parameters<Original>) => tf.Tensor[];

/** A kernel written with other tfjs operations. `original` is the backend's own, where it has one. */
export type Composed<Result extends tf.Tensor | tf.Tensor[] = tf.Tensor> = (
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: never,
  original: Original,
  originals: Originals,
) => Result;

type ComposedKernel = tf.KernelConfig & { readonly isComposed: true };

/** Registers a composed kernel in the place of the backend's own, if any. Does nothing the second time. */
export function registerComposed(
  kernelName: string,
  backendName: string,
  composed: Composed<tf.Tensor | tf.Tensor[]>,
): void {
  const own = tf.getKernel(kernelName, backendName);
  if (own && 'isComposed' in own) return;
  if (own) tf.unregisterKernel(kernelName, backendName);
  const kernel: ComposedKernel = {
    kernelName,
    backendName,
    isComposed: true,
    ...(own?.setupFunc && { setupFunc: own.setupFunc }),
    kernelFunc: ({ inputs, attrs, backend }) => {
      const originals: Originals = (given, attributes = {}) => {
        const found = own!.kernelFunc({ inputs: given, attrs: attributes as tf.NamedAttrMap, backend });
        return [found].flat().map((one) => tf.engine().makeTensorFromTensorInfo(one));
      };
      const original: Original = (...call) => originals(...call)[0]!;
      return tf.tidy(() => composed(inputs as tf.NamedTensorMap, attrs as never, original, originals));
    },
  };
  tf.registerKernel(kernel);
}
