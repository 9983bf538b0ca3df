import { PolytaskError, type TypedArray } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { exactAttributes, exactEntries } from './exact.ts';
import type { Attributes, Graph, HandOver, Node, Origin, RandomDraw, Source, Spec, Value, ValueType } from './graph.ts';
import { kernels } from './kernels/index.ts';
import { refused } from './kernels/refused.ts';

const backendName = 'polytask-trace';

/** What is being recorded. One trace at a time: tracing is synchronous. */
export type Trace = {
  readonly values: Value[];
  readonly nodes: Node[];
  readonly handOvers: HandOver[];
  readonly merged: Map<string, Value[]>;
  readonly layers: string[];
  /** Whether each node remembers the line that made it, which is slow. */
  readonly sites: boolean;
};

let current: Trace | undefined;

/** Data ids are objects that tfjs compares by identity; each stands for one value. */
type DataId = { readonly value: Value };

const valueOfId = (dataId: object): Value => {
  const { value } = dataId as DataId;
  if (value === undefined || !current?.values.includes(value)) {
    throw new PolytaskError('usage', {
      code: 'E3003',
      message: `A tensor from outside the program is used inside it${at(callSite())}. Everything that changes must be an argument.`,
      fix: 'Pass it as an argument, or make constants inside the program.',
    });
  }
  return value;
};

/** The first stack line outside tfjs and the engine's own tracing. */
export function callSite(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 60;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  const own =
    /tfjs-core|tfjs-gradients|(packages|@polytask)[\\/](engine|core|base)[\\/](src|dist)[\\/](?!.*\.test\.)|node:internal/;
  const line = lines.find((candidate) => /[\\/].*:\d+:\d+/.test(candidate) && !own.test(candidate));
  return line?.trim().replace(/^at /, '');
}

const at = (site: string | undefined) => (site ? ` (at ${site})` : '');

export function addValue(spec: Spec, source: Source): Value {
  const trace = requireTrace();
  const value: Value = { id: trace.values.length, shape: [...spec.shape], dtype: spec.dtype, source };
  trace.values.push(value);
  return value;
}

export function requireTrace(): Trace {
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
  const known = trace.values.find(
    ({ source, shape }) =>
      source.kind === 'random' && JSON.stringify([source.draw, shape]) === JSON.stringify([draw, spec.shape]),
  );
  return tensorOf(known ?? addValue(spec, { kind: 'random', draw }));
}

/** Records a kernel call, or finds the equal one that was recorded before. */
function record(kernel: string, inputs: Record<string, tf.TensorInfo>, attributes: Attributes): tf.TensorInfo[] {
  const trace = requireTrace();
  const values = Object.fromEntries(
    Object.entries(inputs)
      .filter(([, input]) => input != null)
      .map(([name, input]) => [name, tracedValue(input)]),
  );
  if (kernel === 'Identity') return [info(values.x as Value)];
  const factors = kernel === 'Multiply' && scaledTwice(values as { a: Value; b: Value });
  if (factors)
    return record(
      'Multiply',
      { a: info(factors.tensor), b: record('Multiply', { a: info(factors.inner), b: info(factors.outer) }, {})[0]! },
      {},
    );
  const signature = `${kernel}|${Object.entries(values).map(([name, value]) => `${name}:${value.id}`)}|${exactAttributes(attributes ?? {})}`;
  const merged = trace.merged.get(signature);
  if (merged) return merged.map(info);
  const definition = kernels[kernel];
  if (!definition) throw unsupported(kernel);
  const specs = definition.infer(values, attributes as never);
  const site = trace.sites ? callSite() : undefined;
  const origin: Origin = { layer: trace.layers.join('/'), ...(site !== undefined && { stack: site }) };
  const node: Node = { kernel, inputs: values, attributes: { ...attributes }, outputs: [], origin };
  for (const [index, spec] of specs.entries()) node.outputs.push(addValue(spec, { kind: 'node', node, index }));
  trace.nodes.push(node);
  trace.merged.set(signature, node.outputs);
  return node.outputs.map(info);
}

/**
 * (x · s) · t with single numbers s and t: as x · (s · t) it is one pass over x. Clipping, bias correction and the learning rate are such
 * factors on every gradient. The two agree to rounding.
 */
function scaledTwice({ a, b }: { a: Value; b: Value }): { tensor: Value; inner: Value; outer: Value } | undefined {
  const isSingle = ({ shape, dtype }: Value) => dtype === 'float32' && shape.length === 0;
  const [outer, scaled] = isSingle(a) ? [a, b] : [b, a];
  if (!isSingle(outer) || isSingle(scaled) || scaled.source.kind !== 'node' || scaled.source.node.kernel !== 'Multiply')
    return undefined;
  const [left, right] = [scaled.source.node.inputs.a!, scaled.source.node.inputs.b!];
  if (isSingle(left)) return { tensor: right, inner: left, outer };
  return isSingle(right) ? { tensor: left, inner: right, outer } : undefined;
}

const info = (value: Value): tf.TensorInfo => ({ dataId: { value }, shape: [...value.shape], dtype: value.dtype });

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

/** The backend that tfjs runs on while a program is traced: it stores nothing and computes nothing. */
class TraceBackend extends tf.KernelBackend {
  override write(data: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    return { value: addConstant(data as TypedArray | number[] | boolean[], shape, dtype) };
  }
  override refCount(): number {
    return 1;
  }
  override incRef(): void {}
  decRef(): void {}
  override disposeData(): boolean {
    return true;
  }
  override numDataIds(): number {
    return 0;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override readSync(dataId: object): tf.BackendValues {
    const { source, dtype } = valueOfId(dataId);
    if (source.kind === 'constant')
      return dtype === 'bool' ? Uint8Array.from(source.data) : (source.data as Float32Array);
    throw new PolytaskError('usage', {
      code: 'E3002',
      message: `A compiled program reads the values of a tensor${at(callSite())}, but they are not known before it runs.`,
      fix: 'Return the tensor from the program, or decide on shapes instead of values.',
    });
  }
  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }
  override move(dataId: object, values: tf.BackendValues, shape: number[], dtype: tf.DataType): void {
    throw new PolytaskError('internal', {
      code: 'E3005',
      message: `The tracer was asked to take over ${typeof dataId} ${dtype}[${shape}] ${typeof values}.`,
    });
  }
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

function addConstant(data: TypedArray | number[] | boolean[], shape: number[], dtype: tf.DataType): Value {
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
  const known = trace.merged.get(signature);
  if (known) return known[0]!;
  const value = addValue({ shape, dtype: dtype as ValueType }, { kind: 'constant', data: typed });
  trace.merged.set(signature, [value]);
  return value;
}

/** Kernels whose result is a list also where it has one entry: `unstack` of an axis of length 1. */
const alwaysLists: ReadonlySet<string> = new Set(['SplitV', 'Unpack']);

function registerBackend(): void {
  if (tf.engine().registryFactory[backendName]) return;
  tf.registerBackend(backendName, () => new TraceBackend(), 0);
  for (const name of kernelNames()) {
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const outputs = record(name, inputs as Record<string, tf.TensorInfo>, (attrs ?? {}) as Attributes);
        return outputs.length === 1 && !alwaysLists.has(name) ? outputs[0]! : outputs;
      },
    });
  }
}

/** Every kernel name that tfjs-core exports: an unsupported one must be refused by us, with the line that called it. */
function kernelNames(): string[] {
  const exported = Object.entries(tf).filter(([name, value]) => typeof value === 'string' && /^_?[A-Z]/.test(name));
  return [...new Set([...exported.map(([, value]) => value as string), ...Object.keys(kernels)])];
}

/**
 * Runs `body` with tfjs recording instead of computing and returns what was recorded.
 *
 * The active tfjs backend is the same afterwards as before.
 */
export function trace(body: () => ReadonlyMap<string, tf.Tensor>, { sites = false } = {}): Graph {
  if (current)
    throw new PolytaskError('usage', {
      code: 'E3007',
      message: 'A compiled program was called while another one is being traced.',
    });
  registerBackend();
  const engine = tf.engine();
  const before = engine.backendName as string | null;
  const recording: Trace = { values: [], nodes: [], handOvers: [], merged: new Map(), layers: [], sites };
  current = recording;
  try {
    void tf.setBackend(backendName);
    const outputs = new Map<string, Value>();
    tf.tidy(() => {
      for (const [name, tensor] of body()) outputs.set(name, tracedValue(tensor));
    });
    return { nodes: recording.nodes, values: recording.values, outputs, handOvers: recording.handOvers };
  } finally {
    current = undefined;
    if (before && before !== backendName) void tf.setBackend(before);
    else {
      // No backend was chosen yet: leave that to tfjs, as if the trace had not been.
      Object.assign(engine, { backendName: before, backendInstance: null });
    }
  }
}
