import {
  fold,
  type HostTensor,
  isHostTensor,
  isKey,
  type Key,
  keepMask,
  leaves,
  mapTree,
  normal,
  PolytaskError,
  type Shape,
  type Tree,
  type TypedArray,
  uniform,
} from '@polytask/base';
import type { Random } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Device, Executable, Feed } from './device.ts';
import type { Graph, RandomDraw, ValueType } from './graph.ts';
import { describeSpec } from './graph.ts';
import { Resident } from './resident.ts';
import { addValue, randomTensor, requireTrace, tensorOf, trace, tracedValue } from './trace.ts';

/** What may stand outside where the program has a tensor. A number becomes a float32 scalar. */
export type Given = HostTensor | Resident | tf.Tensor | number;

/** The arguments of a run, from the parameters of the program. */
export type Outside<T> = T extends tf.Tensor
  ? Given
  : T extends Random
    ? Key
    : T extends object
      ? { [K in keyof T]: Outside<T[K]> }
      : T;

/** The results of a run, from what the program returns. */
export type Result<T> = T extends tf.Tensor ? HostTensor : T extends object ? { [K in keyof T]: Result<T[K]> } : T;

/** Answers to the program's hand-overs, by name. */
export type Answers = Readonly<
  Record<string, (handed: Record<string, HostTensor>) => HostTensor | Promise<HostTensor>>
>;

export type CompileOptions = {
  readonly device: Device;
  /** Argument positions whose resident tensors a run may consume: their memory takes the results. */
  readonly donate?: readonly number[];
  /** Top-level names of the returned record that stay on the device as `Resident` trees. */
  readonly resident?: readonly string[];
  /** How many different sets of shapes stay compiled; the least recently used goes first. Default 16. */
  readonly cache?: number;
};

export interface Program<Arguments extends readonly unknown[], Output> {
  run(...inputs: { [K in keyof Arguments]: Outside<Arguments[K]> }): Promise<Result<Output>>;
  /** A run whose hand-overs are answered by `answers`. */
  runWith(answers: Answers, ...inputs: { [K in keyof Arguments]: Outside<Arguments[K]> }): Promise<Result<Output>>;
  /** The graph that these arguments trace to. */
  graph(...inputs: { [K in keyof Arguments]: Outside<Arguments[K]> }): Graph;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a program of a pure function on trees of tfjs tensors. It is traced once per set of input shapes, with all gradients taken in it,
 * and runs as a whole on `device`.
 *
 * Everything that changes from run to run must be an argument: tensors, numbers, keys. Strings and booleans select a trace.
 */
export function compile<Arguments extends readonly unknown[], Output>(
  program: (...inputs: Arguments) => Output,
  { device, donate = [], resident = [], cache = 16 }: CompileOptions,
): Program<Arguments, Output> {
  type Entry = { executable: Promise<Executable>; output: unknown; handOvers: readonly string[] };
  const entries = new Map<string, Entry>();

  const prepare = (inputs: readonly unknown[]): Entry => {
    const signature = signatureOf(inputs);
    const known = entries.get(signature);
    if (known) {
      entries.delete(signature); // to the end: most recently used
      entries.set(signature, known);
      return known;
    }
    const { graph, output } = traceProgram(program, inputs);
    const entry = { executable: device.load(graph), output, handOvers: graph.handOvers.map(({ name }) => name) };
    entries.set(signature, entry);
    for (const [oldest, { executable }] of entries) {
      if (entries.size <= cache) break;
      entries.delete(oldest);
      void executable.then((loaded) => loaded[Symbol.asyncDispose]());
    }
    return entry;
  };

  const runWith = async (answers: Answers, ...inputs: readonly unknown[]) => {
    // A tfjs backend that is starting elsewhere must have started: tracing switches backends.
    for (let starting = pending(); starting; starting = pending()) await starting;
    const feeds = toFeeds(inputs);
    const { executable, output, handOvers } = prepare(feeds);
    const byPath = new Map(leaves<unknown>(feeds as Tree<unknown>));
    const results = await (await executable).run({
      argument: (path) => byPath.get(path) as Feed,
      isDonated: (path) => donate.includes(Number(path.split('.', 1)[0])),
      draw: (draw, target) => fillDraw(draw, byPath.get(draw.argument) as Key, target),
      isResident: (path) => resident.includes(path.split('.', 1)[0]!),
      answer: async (index, handed) => {
        const name = handOvers[index]!;
        const answer = answers[name];
        if (!answer)
          throw new PolytaskError('usage', {
            code: 'E3011',
            message: `The program hands over "${name}" and no answer for it was given.`,
          });
        return answer(Object.fromEntries(handed));
      },
    });
    return mapTree(output as Tree<unknown>, (leaf, path) => (leaf instanceof Marker ? results.get(path) : leaf));
  };

  return {
    run: (...inputs) => runWith({}, ...inputs) as Promise<Result<Output>>,
    runWith: (answers, ...inputs) => runWith(answers, ...inputs) as Promise<Result<Output>>,
    graph: (...inputs) => traceProgram(program, toFeeds(inputs)).graph,
    async [Symbol.asyncDispose]() {
      const loaded = [...entries.values()];
      entries.clear();
      for (const { executable } of loaded) await (await executable)[Symbol.asyncDispose]();
    },
  };
}

/** tfjs's promise of a backend that is starting, which it keeps to itself. */
const pending = () => Reflect.get(tf.engine(), 'pendingBackendInit') as Promise<unknown> | null | undefined;

/** Stands in the remembered output where a tensor comes. */
class Marker {}

function traceProgram(
  program: (...inputs: never) => unknown,
  inputs: readonly unknown[],
): { graph: Graph; output: unknown } {
  let output: unknown;
  const graph = trace(() => {
    const inside = mapTree<unknown, unknown>(inputs as Tree<unknown>, (leaf, path) => {
      if (isKey(leaf)) return tracedRandom(path, []);
      if (isHostTensor(leaf) || Resident.is(leaf)) {
        return tensorOf(
          addValue({ shape: leaf.shape, dtype: valueType(leaf.dtype, path) }, { kind: 'argument', path }),
        );
      }
      return leaf;
    }) as never[];
    const returned = program(...(inside as never));
    const tensors = new Map<string, tf.Tensor>();
    output = mapTree<unknown, unknown>(returned as Tree<unknown>, (leaf, path) => {
      if (!(leaf instanceof tf.Tensor)) return leaf;
      tensors.set(path, leaf);
      return new Marker();
    });
    return tensors;
  });
  return { graph, output };
}

/**
 * Ends the part of a step that needs no answer: the host reads `handed`, and what it answers is the tensor returned here.
 *
 * The program is cut at this point; weights that depend on the losses of the same step enter it so.
 */
export function handOver(
  name: string,
  handed: Readonly<Record<string, tf.Tensor>>,
  answer: { shape: Shape; dtype?: ValueType },
): tf.Tensor {
  const recording = requireTrace();
  const spec = { shape: answer.shape, dtype: answer.dtype ?? 'float32' };
  const value = addValue(spec, { kind: 'answer', handOver: recording.handOvers.length });
  const outputs = new Map(Object.entries(handed).map(([key, tensor]) => [key, tracedValue(tensor)]));
  recording.handOvers.push({ name, outputs, answer: value });
  return tensorOf(value);
}

/** Copies residents to the host, whole trees at once; host tensors stay as they are. */
export async function read<T extends Tree<HostTensor | Resident>>(tree: T): Promise<Tree<HostTensor>> {
  const copies = new Map<string, HostTensor>();
  for (const [path, leaf] of leaves<HostTensor | Resident>(tree)) {
    if (Resident.is(leaf))
      copies.set(path, { dtype: leaf.dtype, shape: leaf.shape, data: await leaf.held(path).read() });
  }
  return mapTree<HostTensor | Resident, HostTensor>(tree, (leaf, path) => copies.get(path) ?? (leaf as HostTensor));
}

function tracedRandom(argument: string, labels: readonly (string | number)[]): Random {
  const draw = (distribution: RandomDraw['distribution'], shape: readonly number[], rate?: number) =>
    randomTensor(
      { shape, dtype: distribution === 'keepMask' ? 'bool' : 'float32' },
      { distribution, argument, labels, ...(rate !== undefined && { rate }) },
    );
  return {
    fold: (label) => tracedRandom(argument, [...labels, label]),
    keepMask: (shape, rate) => draw('keepMask', shape, rate),
    uniform: (shape) => draw('uniform', shape),
    normal: (shape) => draw('normal', shape),
  };
}

function fillDraw({ distribution, rate, labels }: RandomDraw, root: Key, target: TypedArray): void {
  const key = labels.reduce<Key>((parent, label) => fold(parent, label), root);
  if (distribution === 'keepMask') keepMask(key, target.length, rate!, target as Uint8Array);
  else
    (target as Float32Array).set(distribution === 'uniform' ? uniform(key, target.length) : normal(key, target.length));
}

function valueType(dtype: string, path: string): ValueType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new PolytaskError('usage', {
    code: 'E3008',
    path,
    message: `Programs compute with float32, int32 and bool. Found ${dtype}.`,
  });
}

const toFeeds = (inputs: readonly unknown[]): unknown[] =>
  mapTree<unknown, unknown>(inputs as Tree<unknown>, (leaf) => {
    if (typeof leaf === 'number') return { dtype: 'float32', shape: [], data: Float32Array.of(leaf) };
    if (leaf instanceof tf.Tensor) return { dtype: leaf.dtype, shape: leaf.shape, data: leaf.dataSync() };
    return leaf;
  }) as unknown[];

const signatureOf = (inputs: readonly unknown[]): string =>
  leaves<unknown>(inputs as Tree<unknown>)
    .map(([path, leaf]) => {
      if (isKey(leaf)) return `${path}:key`;
      if (isHostTensor(leaf) || Resident.is(leaf)) return `${path}:${describeSpec(leaf as never)}`;
      return `${path}=${String(leaf)}`;
    })
    .join(';');
