import type { HostTensor, TypedArray } from '@polytask/base';
import { sizeOf } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Device, Executable, Inputs } from '../device.ts';
import { type Graph, inputsOf, type Node, type Value } from '../graph.ts';
import { held, Resident } from '../resident.ts';
import { type Stage, stages } from '../stages.ts';
import { runScan } from './scan.ts';

/**
 * Runs programs kernel by kernel on a tfjs backend: the same traced graph as on ONNX Runtime, without the tape, each intermediate
 * tensor disposed after its last use.
 *
 * @param backend a registered tfjs backend: 'cpu', 'wasm', 'webgpu', 'tensorflow'.
 */
export function tfjsDevice({
  name,
  description,
  backend,
}: {
  name: string;
  description: string;
  backend: string;
}): Device {
  return { name, description, load: async (graph) => executable(graph, name, backend) };
}

function executable(graph: Graph, device: string, backend: string): Executable {
  const parts = stages(graph).map((stage) => ({
    stage,
    lastUses: lastUses(stage),
    wanted: new Set([...stage.nodes.flatMap(inputsOf), ...stage.outputs]),
  }));
  const outputs = new Set([
    ...graph.outputs.values(),
    ...graph.handOvers.flatMap((handOver) => [...handOver.outputs.values()]),
  ]);
  const constants = new Map<Value, tf.Tensor>();

  const run = async (inputs: Inputs) => {
    const known = new Map<Value, tf.Tensor>();
    const borrowed = new Set<tf.Tensor>(constants.values());
    const consumed: tf.Tensor[] = [];
    try {
      for (const [index, { stage, lastUses, wanted }] of parts.entries()) {
        const kept = new Set([
          ...stage.outputs,
          ...outputs,
          ...parts.slice(index + 1).flatMap((later) => later.stage.inputs),
        ]);
        const isUsed = (value: Value) => wanted.has(value);
        onBackend(backend, () => {
          for (const value of stage.inputs)
            if (!known.has(value)) known.set(value, feed(value, inputs, borrowed, consumed));
          for (const value of stage.constants)
            if (!known.has(value)) known.set(value, constant(value, constants, borrowed));
          for (const node of stage.nodes) {
            runNode(node, known, isUsed);
            for (const value of lastUses.get(node) ?? []) {
              const tensor = known.get(value);
              if (!tensor || kept.has(value) || borrowed.has(tensor)) continue;
              tensor.dispose();
              known.delete(value);
            }
          }
        });
        const handOver = graph.handOvers[index];
        if (handOver) {
          const shown = new Map<string, HostTensor>();
          for (const [name, value] of handOver.outputs) shown.set(name, await host(value, known.get(value)!));
          const answer = await inputs.answer(index, shown);
          onBackend(backend, () => known.set(handOver.answer, tensor(handOver.answer, answer.data)));
        }
      }
      return await collect(graph, known, borrowed, inputs, { device, backend });
    } finally {
      for (const value of known.values()) if (!borrowed.has(value)) value.dispose();
      for (const value of consumed) value.dispose();
    }
  };

  return {
    run,
    async [Symbol.asyncDispose]() {
      for (const value of constants.values()) value.dispose();
      constants.clear();
    },
  };
}

/** Runs synchronous work on a backend and leaves tfjs on the one it was on. */
function onBackend(backend: string, work: () => void): void {
  const before = tf.engine().backendName as string | null;
  // Both calls take effect at once for a backend that has started; only their promises are late.
  void tf.setBackend(backend);
  try {
    work();
  } finally {
    if (before && before !== backend) void tf.setBackend(before);
  }
}

function cloneOn(backend: string, tensor: tf.Tensor): tf.Tensor {
  let copy!: tf.Tensor;
  onBackend(backend, () => {
    copy = tf.clone(tensor);
  });
  return copy;
}

async function collect(
  graph: Graph,
  known: Map<Value, tf.Tensor>,
  borrowed: Set<tf.Tensor>,
  inputs: Inputs,
  { device, backend }: { device: string; backend: string },
) {
  const results = new Map<string, HostTensor | Resident>();
  const taken = new Set<tf.Tensor>();
  for (const [path, value] of graph.outputs) {
    const result = known.get(value)!;
    if (!inputs.isResident(path)) {
      results.set(path, await host(value, result));
      continue;
    }
    // An input that is returned, or one value under two names, needs a tensor of its own.
    const own = borrowed.has(result) || taken.has(result) ? cloneOn(backend, result) : result;
    taken.add(own);
    const kept = tf.keep(own);
    const read = async () => (await host(value, kept)).data;
    results.set(path, new Resident(value, held({ device, buffer: kept, read, release: () => kept.dispose() })));
  }
  for (const [value, result] of known) if (taken.has(result)) known.delete(value);
  return results;
}

/** After which node of a stage each value is no longer needed in that stage. */
function lastUses(stage: Stage): Map<Node, Value[]> {
  const last = new Map<Value, Node>();
  for (const node of stage.nodes) for (const value of [...inputsOf(node), ...node.outputs]) last.set(value, node);
  const uses = new Map<Node, Value[]>();
  for (const [value, node] of last) uses.set(node, [...(uses.get(node) ?? []), value]);
  return uses;
}

function runNode(node: Node, known: Map<Value, tf.Tensor>, isUsed: (value: Value) => boolean): void {
  if (node.kernel === 'Scan') {
    runScan(node, known, isUsed, runNode, tensor);
    return;
  }
  // some kernels divide by the size, or return more than nothing
  if (node.outputs.every(({ shape }) => sizeOf(shape) === 0)) {
    for (const output of node.outputs) known.set(output, tf.zeros([...output.shape], output.dtype));
    return;
  }
  const inputs = Object.fromEntries(Object.entries(node.inputs).map(([name, value]) => [name, known.get(value)!]));
  const isList = Object.keys(inputs).every((name) => /^\d+$/.test(name)) && Object.keys(inputs).length > 0;
  const given = (isList ? Object.values(inputs) : inputs) as tf.NamedTensorMap;
  const made = tf.engine().runKernel(node.kernel, given, node.attributes as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
  for (const [index, result] of [made].flat().entries()) known.set(node.outputs[index]!, result);
}

function feed(value: Value, inputs: Inputs, borrowed: Set<tf.Tensor>, consumed: tf.Tensor[]): tf.Tensor {
  const { source } = value;
  if (source.kind === 'random') {
    const data = value.dtype === 'bool' ? new Uint8Array(sizeOf(value.shape)) : new Float32Array(sizeOf(value.shape));
    inputs.draw(source.draw, data);
    return tensor(value, data);
  }
  if (source.kind !== 'argument') throw new RangeError(`Value ${value.id} has no source at run time.`);
  const given = inputs.argument(source.path);
  if (!Resident.is(given)) return tensor(value, given.data);
  const isDonated = inputs.isDonated(source.path);
  const buffer = (isDonated ? given.take(source.path) : given.held(source.path)).buffer as tf.Tensor;
  borrowed.add(buffer);
  if (isDonated) consumed.push(buffer);
  return buffer;
}

function constant(value: Value, constants: Map<Value, tf.Tensor>, borrowed: Set<tf.Tensor>): tf.Tensor {
  if (value.source.kind !== 'constant') throw new RangeError(`Value ${value.id} is not a constant.`);
  const made = constants.get(value) ?? tf.keep(tensor(value, value.source.data));
  constants.set(value, made);
  borrowed.add(made);
  return made;
}

/** A copy: tfjs would otherwise share memory with the caller's array. */
const tensor = ({ shape, dtype }: Pick<Value, 'shape' | 'dtype'>, data: TypedArray): tf.Tensor =>
  tf.tensor(data.slice() as Float32Array, [...shape], dtype);

async function host({ shape, dtype }: Value, result: tf.Tensor): Promise<HostTensor> {
  const data = await result.data();
  const copy =
    dtype === 'float32' ? Float32Array.from(data) : dtype === 'int32' ? Int32Array.from(data) : Uint8Array.from(data);
  return { dtype, shape: [...shape], data: copy };
}
