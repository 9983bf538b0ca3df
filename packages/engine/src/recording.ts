import { PolytaskError, type TypedArray } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { at, callSite } from './call-site.ts';
import { exactAttributes, exactEntries } from './exact.ts';
import type { Attributes, HandOver, Node, RandomDraw, Source, Spec, Value, ValueType } from './graph.ts';
import { shorterProduct } from './identities.ts';
import { kernels } from './kernels/index.ts';
import { refused } from './kernels/refused.ts';
import { originOf, type Place, topPlace } from './place.ts';

/** What is being recorded: a program, or the body of a loop in it. One at a time: tracing is synchronous. */
export type Recording = {
  readonly values: Set<Value>;
  readonly nodes: Node[];
  readonly handOvers: HandOver[];
  readonly merged: Map<string, Value[]>;
  /** Where calls stand that are recorded now. */
  readonly place: Place;
  /** Whether each node remembers the line that made it, which is slow. */
  readonly sites: boolean;
  /** The next value's number, one count for a program and all loops in it. */
  readonly numbers: { next: number };
  /** What the body of a loop is recorded in. */
  readonly outer?: Recording;
  /** What was recorded before and is continued here: its values can be used, and equal calls are found there. */
  readonly base?: Recording;
};

let current: Recording | undefined;

export function newRecording(part: Partial<Recording> = {}): Recording {
  const { outer } = part;
  return {
    values: new Set(),
    nodes: [],
    handOvers: [],
    merged: new Map(),
    place: outer?.place ?? topPlace,
    sites: outer?.sites ?? false,
    numbers: outer?.numbers ?? { next: 0 },
    ...part,
  };
}

/** Runs `body` while `recording` records. */
export function recordIn<Result>(recording: Recording, body: () => Result): Result {
  const before = current;
  current = recording;
  try {
    return body();
  } finally {
    current = before;
  }
}

/** Runs `body` while what is recorded stands elsewhere. */
export const recordAt = <Result>(place: Place, body: () => Result): Result =>
  recordIn({ ...requireTrace(), place }, body);

/** Data ids are objects that tfjs compares by identity; each stands for one value. */
type DataId = { readonly value: Value };

const knows = ({ values, base }: Recording, value: Value): boolean =>
  values.has(value) || (base !== undefined && knows(base, value));

const inside = ({ outer }: Recording, value: Value): boolean =>
  outer !== undefined && (knows(outer, value) || inside(outer, value));

export const valueOfId = (dataId: object): Value => {
  const { value } = dataId as DataId;
  if (value !== undefined && current && knows(current, value)) return value;
  if (value !== undefined && current && inside(current, value)) {
    throw new PolytaskError('usage', {
      code: 'E3013',
      message: `A tensor from outside the step of a scan is used inside it${at(callSite())}.`,
      fix: 'Pass it to the scan: in the carry, in xs, or in the constants.',
    });
  }
  throw new PolytaskError('usage', {
    code: 'E3003',
    message: `A tensor from outside the program is used inside it${at(callSite())}. Everything that changes must be an argument.`,
    fix: 'Pass it as an argument, or make constants inside the program.',
  });
};

export function addValue(spec: Spec, source: Source): Value {
  const { values, numbers } = requireTrace();
  const value: Value = { id: numbers.next++, shape: [...spec.shape], dtype: spec.dtype, source };
  values.add(value);
  return value;
}

export function requireTrace(): Recording {
  if (!current)
    throw new PolytaskError('usage', { code: 'E3004', message: 'This function works only inside a compiled program.' });
  return current;
}

export const isTracing = (): boolean => current !== undefined;

/** The tfjs tensor that stands for a value while tracing. */
export function tensorOf(value: Value): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo({ dataId: { value }, shape: [...value.shape], dtype: value.dtype });
}

export const tracedValue = (tensor: tf.TensorInfo): Value => valueOfId(tensor.dataId);

export function randomTensor(spec: Spec, draw: RandomDraw): tf.Tensor {
  const trace = requireTrace();
  if (trace.outer)
    throw new PolytaskError('usage', {
      code: 'E3014',
      message: `The step of a scan draws random numbers${at(callSite())}; every step would draw the same.`,
      fix: 'Draw for all steps outside, with the time axis first, and pass the result in xs.',
    });
  const known = [...trace.values].find(
    ({ source, shape }) =>
      source.kind === 'random' && JSON.stringify([source.draw, shape]) === JSON.stringify([draw, spec.shape]),
  );
  return tensorOf(known ?? addValue(spec, { kind: 'random', draw }));
}

/** Records a kernel call, or finds the equal one that was recorded before. */
export function record(kernel: string, inputs: Record<string, tf.TensorInfo>, attributes: Attributes): tf.TensorInfo[] {
  const trace = requireTrace();
  const values = Object.fromEntries(
    Object.entries(inputs)
      .filter(([, input]) => input != null)
      .map(([name, input]) => [name, tracedValue(input)]),
  );
  if (kernel === 'Identity' || (kernel === 'Cast' && values.x!.dtype === attributes.dtype)) return [info(values.x!)];
  const shorter = kernel === 'Multiply' && shorterProduct(values as { a: Value; b: Value });
  if (shorter) return [shorter((name, given, attrs) => tracedValue(record(name, mapInfo(given), attrs)[0]!))].map(info);
  const signature = `${kernel}|${Object.entries(values).map(([name, value]) => `${name}:${value.id}`)}|${exactAttributes(attributes ?? {})}`;
  const merged = findMerged(trace, signature);
  if (merged) return merged.map(info);
  const definition = kernels[kernel];
  if (!definition) throw unsupported(kernel);
  const specs = definition.infer(values, attributes as never);
  const origin = originOf(trace, Object.values(values));
  const node: Node = { kernel, inputs: values, attributes: { ...attributes }, outputs: [], origin };
  for (const [index, spec] of specs.entries()) node.outputs.push(addValue(spec, { kind: 'node', node, index }));
  trace.nodes.push(node);
  trace.merged.set(signature, node.outputs);
  return node.outputs.map(info);
}

/** The results of an equal call that was recorded before. */
export const findMerged = ({ merged, base }: Recording, signature: string): Value[] | undefined =>
  merged.get(signature) ?? (base && findMerged(base, signature));

export const info = (value: Value): tf.TensorInfo => ({
  dataId: { value },
  shape: [...value.shape],
  dtype: value.dtype,
});

const mapInfo = (values: Readonly<Record<string, Value>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, info(value)]));

function unsupported(kernel: string): PolytaskError {
  const reason = refused[kernel];
  return new PolytaskError('usage', {
    code: 'E3001',
    message: `The kernel ${kernel} cannot be compiled${at(callSite())}${reason ? `: ${reason.because}` : ''}.`,
    fix:
      reason?.instead ??
      'Write the operation with other tfjs operations, or add the kernel in @polytask/engine (src/kernels).',
  });
}

/** tfjs draws its random numbers in JavaScript: recorded as data, they would be the same in every run. */
function refuseDraws(): void {
  const draw =
    /\b(randomNormal|randomUniform|randomUniformInt|randomStandardNormal|truncatedNormal|randomGamma|dropout|rand)_/.exec(
      new Error().stack ?? '',
    );
  if (!draw) return;
  throw new PolytaskError('usage', {
    code: 'E3012',
    message: `tf.${draw[1]} draws its numbers while the program is compiled${at(callSite())}; every run would use the same.`,
    fix: 'Give the program a Key; inside it is a Random with keepMask, uniform and normal.',
  });
}

export function addConstant(data: TypedArray | number[] | boolean[], shape: number[], dtype: tf.DataType): Value {
  if (dtype === 'string' || dtype === 'complex64') {
    throw new PolytaskError('usage', {
      code: 'E3006',
      message: `Tensors of type ${dtype} cannot be compiled${at(callSite())}.`,
    });
  }
  refuseDraws();
  const numbers = Array.from(data as ArrayLike<number>);
  const typed =
    dtype === 'float32'
      ? Float32Array.from(numbers)
      : dtype === 'int32'
        ? Int32Array.from(numbers)
        : Uint8Array.from(numbers);
  const trace = requireTrace();
  const signature = `constant|${dtype}|${shape}|${exactEntries(typed)}`;
  const known = findMerged(trace, signature);
  if (known) return known[0]!;
  const value = addValue({ shape, dtype: dtype as ValueType }, { kind: 'constant', data: typed });
  trace.merged.set(signature, [value]);
  return value;
}
