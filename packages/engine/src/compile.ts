import {
  type HostTensor,
  isHostTensor,
  isKey,
  type Key,
  leaves,
  mapTree,
  PolytaskError,
  type Shape,
  type Tree,
  type TypedArray,
} from '@polytask/base';
import type { Random } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Device, Executable, Feed } from './device.ts';
import { axesOf, type DynamicAxes, sizesOf, withSizes } from './dynamic.ts';
import type { Graph, ValueType } from './graph.ts';
import { addValue, requireTrace, tensorOf, tracedValue } from './recording.ts';
import { type Held, Resident } from './resident.ts';
import { fillDraw, Marker, toFeed, traceProgram } from './trace-program.ts';

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
  /**
   * Argument positions whose trees are always the same, such as the parameters of a trained model: their values become a part of the
   * compiled program, which is faster and no longer copies them. Another tree is compiled anew; one that is changed in place is not seen.
   */
  readonly frozen?: readonly number[];
  /**
   * Names of leading axes, by argument position, whose sizes may differ from run to run: `{ 1: ['batch', 'length'] }` for a tree of
   * [batch, length, …] and [batch] tensors. ONNX devices compile once for all sizes, other devices once per size.
   */
  readonly dynamic?: DynamicAxes;
};

export interface Program<Arguments extends readonly unknown[], Output> {
  run(...inputs: { [K in keyof Arguments]: Outside<Arguments[K]> }): Promise<Result<Output>>;
  /** A run whose hand-overs are answered by `answers`. */
  runWith(answers: Answers, ...inputs: { [K in keyof Arguments]: Outside<Arguments[K]> }): Promise<Result<Output>>;
  /** Compiles for arguments of these shapes, so that the first run takes no longer than the others. Their values do not matter, except frozen ones. */
  warmup(...inputs: { [K in keyof Arguments]: Outside<Arguments[K]> }): Promise<void>;
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
  { device, donate = [], resident = [], cache = 16, frozen = [], dynamic = {} }: CompileOptions,
): Program<Arguments, Output> {
  type Entry = { executable: Promise<Executable>; output: unknown; handOvers: readonly string[] };
  const entries = new Map<string, Entry>();
  const isDynamic = device.loadDynamic !== undefined && Object.keys(dynamic).length > 0;
  const numbers = identities();
  const options = {
    isFrozen: (path: string) => frozen.includes(positionOf(path)),
    sites: device.sites ?? false,
  };

  /** What changes from run to run, by path. */
  const feedsOf = (inputs: readonly unknown[]): Map<string, unknown> =>
    new Map(
      inputs.flatMap((input, position) =>
        frozen.includes(position)
          ? []
          : leaves<unknown>(input as Tree<unknown>).map(
              ([path, leaf]) => [path === '' ? `${position}` : `${position}.${path}`, toFeed(leaf)] as const,
            ),
      ),
    );

  const load = (inputs: readonly unknown[], feeds: ReadonlyMap<string, unknown>): Entry => {
    const given = mapTree<unknown, unknown>(inputs as Tree<unknown>, toFeed) as unknown[];
    if (!isDynamic) {
      const { graph, output } = traceProgram(program, given, options);
      return { executable: device.load(graph), output, handOvers: graph.handOvers.map(({ name }) => name) };
    }
    const axes = axesOf(feeds, dynamic);
    let output: unknown;
    const executable = device.loadDynamic!({
      axes,
      given: feeds as ReadonlyMap<string, Feed>,
      trace(sizes, sites) {
        const traced = traceProgram(program, withSizes(given, axes, sizes), { ...options, ...(sites && { sites }) });
        output = traced.output;
        return traced.graph;
      },
    });
    return {
      executable,
      get output() {
        return output; // traced by now: its executable was awaited
      },
      handOvers: [],
    };
  };

  const prepare = (inputs: readonly unknown[], feeds: ReadonlyMap<string, unknown>): Entry => {
    const fixed = frozen.map((position) => `${position}#${numbers(inputs[position])}`);
    const signature = [...fixed, ...signatureOf(feeds, isDynamic ? dynamic : {})].join(';');
    const known = entries.get(signature);
    if (known) {
      entries.delete(signature); // to the end: most recently used
      entries.set(signature, known);
      return known;
    }
    const entry = load(inputs, feeds);
    entries.set(signature, entry);
    // What did not load is not kept; whoever runs it hears why.
    entry.executable.catch(() => entries.get(signature) === entry && entries.delete(signature));
    for (const [oldest, { executable }] of entries) {
      if (entries.size <= cache) break;
      entries.delete(oldest);
      executable.then((loaded) => loaded[Symbol.asyncDispose]()).catch(() => {});
    }
    return entry;
  };

  const runWith = async (answers: Answers, ...inputs: readonly unknown[]) => {
    await started();
    const feeds = feedsOf(inputs);
    if (isDynamic) sizesOf(axesOf(feeds, dynamic), feeds as ReadonlyMap<string, Feed>);
    const entry = prepare(inputs, feeds);
    const executable = await entry.executable;
    const { output, handOvers } = entry;
    const results = await executable.run({
      argument: (path) => feeds.get(path) as Feed,
      isDonated: (path) => donate.includes(positionOf(path)),
      draw: (draw, target) => fillDraw(draw, feeds.get(draw.argument) as Key, target),
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
    async warmup(...inputs) {
      await started();
      await prepare(inputs, feedsOf(inputs)).executable;
    },
    graph: (...inputs) =>
      traceProgram(program, mapTree<unknown, unknown>(inputs as Tree<unknown>, toFeed) as unknown[], options).graph,
    async [Symbol.asyncDispose]() {
      const loaded = [...entries.values()];
      entries.clear();
      for (const { executable } of loaded) await (await executable)[Symbol.asyncDispose]();
    },
  };
}

/** A tfjs backend that is starting elsewhere must have started: tracing switches backends. */
async function started(): Promise<void> {
  for (let starting = pending(); starting; starting = pending()) await starting;
}

/** tfjs's promise of a backend that is starting, which it keeps to itself. */
const pending = () => Reflect.get(tf.engine(), 'pendingBackendInit') as Promise<unknown> | null | undefined;

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
  if (recording.outer)
    throw new PolytaskError('usage', {
      code: 'E3015',
      message: `The step of a scan hands "${name}" over to the host.`,
    });
  const spec = { shape: answer.shape, dtype: answer.dtype ?? 'float32' };
  const value = addValue(spec, { kind: 'answer', handOver: recording.handOvers.length });
  const outputs = new Map(Object.entries(handed).map(([key, tensor]) => [key, tracedValue(tensor)]));
  recording.handOvers.push({ name, outputs, answer: value });
  return tensorOf(value);
}

/**
 * Copies residents to the host, whole trees at once, as they are at the time of the call; host tensors stay as they are.
 *
 * @throws PolytaskError E3010 when a run has consumed one of them or it was disposed.
 */
export const read = <T extends Tree<HostTensor | Resident>>(tree: T): Promise<Tree<HostTensor>> =>
  onHost(tree, (held) => held.read());

/**
 * As `read`, but where residents lie in memory of this thread it is that memory, not a copy: good until a run is given them as donated, or they
 * are disposed, and not to be written to. For what is written to a file at once and would not fit twice.
 */
export const peek = <T extends Tree<HostTensor | Resident>>(tree: T): Promise<Tree<HostTensor>> =>
  onHost(tree, (held) => held.peek?.() ?? held.read());

async function onHost(
  tree: Tree<HostTensor | Resident>,
  content: (held: Held) => TypedArray | Promise<TypedArray>,
): Promise<Tree<HostTensor>> {
  const residents = leaves<HostTensor | Resident>(tree).flatMap(([path, leaf]) =>
    Resident.is(leaf) ? [[path, leaf, leaf.held(path)] as const] : [],
  );
  const copies = new Map<string, HostTensor>(
    await Promise.all(
      residents.map(
        async ([path, { dtype, shape }, held]) => [path, { dtype, shape, data: await content(held) }] as const,
      ),
    ),
  );
  return mapTree<HostTensor | Resident, HostTensor>(tree, (leaf, path) => copies.get(path) ?? (leaf as HostTensor));
}

const positionOf = (path: string): number => Number.parseInt(path, 10);

/** What a compiled program depends on: the types and shapes of tensors, sizes of dynamic axes apart, and the values of everything else. */
function signatureOf(feeds: ReadonlyMap<string, unknown>, dynamic: DynamicAxes): string[] {
  return [...feeds].map(([path, leaf]) => {
    if (isKey(leaf)) return `${path}:key`;
    if (!isHostTensor(leaf) && !Resident.is(leaf)) return `${path}=${String(leaf)}`;
    const names = dynamic[positionOf(path)];
    const shape = names ? leaf.shape.map((size, axis) => names[axis] ?? size) : leaf.shape;
    return `${path}:${leaf.dtype}[${shape}]`;
  });
}

/** Numbers objects in the order in which they are first seen. */
function identities(): (value: unknown) => number {
  const known = new WeakMap<object, number>();
  let count = 0;
  return (value) => {
    const found = known.get(value as object);
    if (found !== undefined) return found;
    known.set(value as object, count);
    return count++;
  };
}
