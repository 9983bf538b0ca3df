export type DType = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool';

export type TypedArrayOf = {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
};

export type TypedArray = TypedArrayOf[DType];

export type Shape = readonly number[];

/** An immutable block of numbers in row-major order. Garbage-collected; there is nothing to dispose. */
export type HostTensor<D extends DType = DType> = {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: TypedArrayOf[D];
};

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array };

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

/**
 * A host tensor over the given data, copied unless it already is the typed array of `dtype`.
 *
 * @throws RangeError when the data does not fill the shape.
 */
export function hostTensor<D extends DType>(dtype: D, shape: Shape, data: ArrayLike<number>): HostTensor<D> {
  const expected = arrays[dtype];
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`Shape [${shape.join(', ')}] holds ${sizeOf(shape)} elements. Found ${data.length}.`);
  }
  const typed = data instanceof expected ? data : expected.from(data);
  return { dtype, shape: [...shape], data: typed as TypedArrayOf[D] };
}

/** A float32 tensor without axes. */
export function scalar(value: number): HostTensor<'float32'> {
  return { dtype: 'float32', shape: [], data: Float32Array.of(value) };
}

/** A tensor of zeros. */
export function zeros<D extends DType>(dtype: D, shape: Shape): HostTensor<D> {
  return { dtype, shape: [...shape], data: new arrays[dtype](sizeOf(shape)) as TypedArrayOf[D] };
}

export function isHostTensor(value: unknown): value is HostTensor {
  if (typeof value !== 'object' || value === null) return false;
  const { dtype, shape, data } = value as HostTensor;
  return typeof dtype === 'string' && Array.isArray(shape) && ArrayBuffer.isView(data);
}
