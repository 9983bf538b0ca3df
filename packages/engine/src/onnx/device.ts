import type { HostTensor, TypedArray } from '@polytask/base';
import type { Tensor } from 'onnxruntime-common';
import type { Device, Executable, Inputs } from '../device.ts';
import { bytesOf, type Graph, type Spec, type Value } from '../graph.ts';
import { held, Resident } from '../resident.ts';
import { type Stage, stages } from '../stages.ts';
import { tailed } from '../tail/run-tails.ts';
import type { TailMemory } from '../tail/tail-memory.ts';
import { allocate, bufferPool, ortTensor, type Pool } from './buffer-pool.ts';
import { channelBlock } from './channel-block.ts';
import { updatedInPlace } from './in-place.ts';
import { loadDynamic } from './load-dynamic.ts';
import { lower } from './lower.ts';
import { type OnnxOptions, type Session, sessionOptions } from './session.ts';

/** Runs programs as ONNX Runtime sessions: one per stage. */
export function onnxDevice(options: OnnxOptions): Device {
  // The runtime's own profile is of all that is computed.
  const memory = options.profile ? undefined : options.tails;
  const pool = bufferPool(options, memory);
  let block: Promise<number | undefined> | undefined;
  return {
    name: options.name,
    description: options.description,
    load: async (graph) => {
      block ??= options.blockedConvolutions ? channelBlock(options.runtime) : Promise.resolve(undefined);
      return load(graph, options, pool, await block, memory);
    },
    loadDynamic: (program) => loadDynamic(program, options),
    buffers: () => pool.size(),
  };
}

type Loaded = {
  /** None where nothing is computed: ONNX Runtime has no model without results. */
  readonly session: Session | undefined;
  readonly inputs: ReadonlyMap<Value, string>;
  readonly outputs: ReadonlyMap<Value, string>;
};

async function load(
  graph: Graph,
  options: OnnxOptions,
  pool: Pool,
  block: number | undefined,
  memory: TailMemory | undefined,
): Promise<Executable> {
  const { runtime } = options;
  const whole = stages(graph);
  const results = [...graph.outputs.values()];
  const tail = tailed(whole, results, options.threads, memory);
  const parts = tail.stages;
  const sessions: Loaded[] = [];
  for (const part of parts) {
    const lowered = lower(part, block, options.widestSplit);
    const session =
      part.outputs.length === 0
        ? undefined
        : await runtime.InferenceSession.create(
            lowered.bytes,
            sessionOptions(options, { isPart: parts.length > 1, bytes: bytesComputed(part) }),
          );
    sessions.push({ session, inputs: lowered.inputs, outputs: lowered.outputs });
  }
  const drawn = new Map<Value, Tensor>();
  const lastUse = lastStages([...parts, tail].map(({ inputs }) => inputs));
  const inPlace = options.fillsOutputs ? updatedInPlace(whole, results) : new Map<Value, string>();
  const ownerOf = new Map([...graph.outputs].map(([path, value]) => [value, path]));

  const run = async (inputs: Inputs, taken: Taken) => {
    const known = new Map<Value, Tensor>();
    const { donated } = taken;
    const shared = new Set<Tensor>();
    const results = new Map<string, HostTensor | Resident>();
    const kept = keptOutputs(graph, inputs);
    const given = (value: Value): Tensor => {
      if (!known.has(value)) known.set(value, feed(value, inputs, options, drawn, taken));
      return known.get(value)!;
    };
    const begins = (path: string) => inputs.isDonated(path) && !Resident.is(inputs.argument(path));
    /** What the end of the next runs takes too: gradients, and what begins with the caller's tensors. */
    const stays = (value: Value): boolean =>
      tail.inputs.includes(value) || (tail.inPlace.get(value) ?? []).some(begins);
    /** The donated argument whose memory a result takes. Those of a tail had better take what lies in its memory, and leave the others. */
    const ownPath = (value: Value): string | undefined => {
      const paths = tail.inPlace.get(value)?.filter((path) => donated.has(path));
      if (!paths) return inPlace.get(value);
      return paths.find((path) => pool.isOfTails(donated.get(path)!)) ?? (stays(value) ? undefined : paths[0]);
    };
    const memoryOf = (value: Value): Tensor => {
      const path = inputs.isResident(ownerOf.get(value) ?? '') ? ownPath(value) : undefined;
      const own = donated.get(path ?? '');
      donated.delete(path ?? '');
      return own ?? pool.take(value, kept.has(value), stays(value));
    };
    const freeAfter = (index: number) => {
      for (const [value, last] of lastUse) {
        if (last === index && value.source.kind === 'node' && !isOutput(graph, value))
          pool.give(value, known.get(value)!);
      }
    };
    // At once, though they are read last: from here on nobody else may take them.
    for (const value of tail.inputs) if (value.source.kind !== 'node' && value.source.kind !== 'answer') given(value);
    for (const [index, { session, inputs: names, outputs }] of sessions.entries()) {
      const feeds: Record<string, Tensor> = {};
      for (const [value, name] of names) feeds[name] = given(value);
      const fetches: Record<string, Tensor | null> = {};
      for (const [value, name] of outputs) fetches[name] = options.fillsOutputs ? memoryOf(value) : null;
      const fetched = session ? await session.run(feeds, fetches) : {};
      for (const [value, name] of outputs)
        known.set(value, (options.fillsOutputs ? fetches[name] : fetched[name]) as Tensor);

      const handOver = graph.handOvers[index];
      if (handOver) {
        const shown = new Map([...handOver.outputs].map(([name, value]) => [name, host(value, known.get(value)!)]));
        for (const value of handOver.outputs.values()) shared.add(known.get(value)!);
        known.set(handOver.answer, ortTensor(options, handOver.answer, (await inputs.answer(index, shown)).data));
      }
      freeAfter(index);
    }
    for (const value of tail.outputs) known.set(value, memoryOf(value));
    tail.compute((value) => known.get(value)!.data as TypedArray);
    freeAfter(sessions.length);
    // Outputs are known only now, so that a donated buffer is never overwritten while a later stage reads it.
    for (const [path, value] of graph.outputs) {
      const found = known.get(value)!;
      // One value under two names: who takes the memory of one must not change the other.
      const tensor = shared.has(found) ? await copyOf(options, value, found) : found;
      shared.add(tensor);
      results.set(path, inputs.isResident(path) ? keep(options.name, value, tensor, pool) : host(value, tensor));
    }
    for (const tensor of donated.values()) pool.giveTensor(tensor);
    return results;
  };
  // One run after the other: they share the memory that random numbers are drawn into.
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(inputs) {
      const next = last.then(async () => {
        const taken: Taken = { donated: new Map(), uses: [] };
        try {
          return await run(inputs, taken);
        } finally {
          for (const end of taken.uses) end();
        }
      });
      last = next.catch(() => {});
      return next;
    },
    async [Symbol.asyncDispose]() {
      await last;
      for (const { session } of sessions) {
        if (options.profile) session?.endProfiling();
        await session?.release();
      }
    },
  };
}

const bytesComputed = ({ nodes }: Stage): number =>
  nodes.flatMap(({ outputs }) => outputs).reduce((sum, output) => sum + bytesOf(output), 0);

/** What a run has of its arguments: the memory that its results may take, by path, and what ends its hold on the memory of residents. */
type Taken = { readonly donated: Map<string, Tensor>; readonly uses: (() => void)[] };

const isOutput = (graph: Graph, value: Value) =>
  [...graph.outputs.values(), ...graph.handOvers.flatMap(({ outputs }) => [...outputs.values()])].includes(value);

/** Values of a stage that the caller or another stage keeps: host results must not come from the pool, or they would change later. */
function keptOutputs(graph: Graph, inputs: Inputs): Set<Value> {
  const kept = new Set<Value>();
  for (const [path, value] of graph.outputs) if (!inputs.isResident(path)) kept.add(value);
  for (const { outputs } of graph.handOvers) for (const value of outputs.values()) kept.add(value);
  return kept;
}

function lastStages(inputs: readonly (readonly Value[])[]): Map<Value, number> {
  const last = new Map<Value, number>();
  for (const [index, values] of inputs.entries()) for (const value of values) last.set(value, index);
  return last;
}

function feed(
  value: Value,
  inputs: Inputs,
  options: OnnxOptions,
  drawn: Map<Value, Tensor>,
  { donated, uses }: Taken,
): Tensor {
  const { source } = value;
  if (source.kind === 'random') {
    const tensor = drawn.get(value) ?? ortTensor(options, value, allocate(value));
    drawn.set(value, tensor);
    inputs.draw(source.draw, tensor.data as TypedArray);
    return tensor;
  }
  if (source.kind === 'constant') return ortTensor(options, value, source.data);
  if (source.kind !== 'argument') throw new RangeError(`Value ${value.id} has no source at run time.`);
  const given = inputs.argument(source.path);
  if (!Resident.is(given)) return ortTensor(options, value, given.data);
  const isDonated = inputs.isDonated(source.path);
  const memory = isDonated ? given.take(source.path) : given.held(source.path);
  const buffer = memory.buffer as Tensor;
  // What another run still reads is not written to: its memory becomes free when that run has ended.
  if (isDonated && memory.isInUse()) memory.release();
  else if (isDonated) donated.set(source.path, buffer);
  uses.push(memory.use());
  return buffer;
}

const host = ({ dtype, shape }: Spec, tensor: Tensor): HostTensor => ({
  dtype,
  shape: [...shape],
  data: tensor.data as TypedArray,
});

async function copyOf(options: OnnxOptions, value: Value, tensor: Tensor): Promise<Tensor> {
  return ortTensor(options, value, ((await tensor.getData()) as Float32Array).slice());
}

function keep(device: string, value: Value, tensor: Tensor, pool: Pool): Resident {
  return new Resident(
    value,
    held({
      device,
      buffer: tensor,
      // In plain memory it is copied at once: a run that takes the memory may begin before a promise is resolved.
      read: async () =>
        (tensor.location === 'cpu' ? (tensor.data as Float32Array) : await tensor.getData()).slice() as TypedArray,
      ...(tensor.location === 'cpu' && { peek: () => tensor.data as TypedArray }),
      release: () => pool.giveTensor(tensor),
    }),
  );
}
