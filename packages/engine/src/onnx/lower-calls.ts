import { sizeOf } from '@polytask/base';
import { inputsOf, type Node, type Value } from '../graph.ts';
import { kernels } from '../kernels/index.ts';
import type { Call } from '../kernels/kernel.ts';
import { filled } from '../kernels/shape.ts';
import { livePart, type ScanCall } from '../scan/body.ts';
import type { Emission } from './emitter.ts';
import type { ValueInfo } from './proto.ts';
import { used } from './subgraph.ts';

/** Where calls are lowered: a stage, or the body of a loop. */
export type Scope = {
  readonly emission: Emission;
  readonly names: Map<Value, string>;
  /** The ONNX name of a value that is made, given or constant. */
  readonly nameOf: (value: Value) => string;
};

export function scopeOf(emission: Emission, names: Map<Value, string>, constantName: (value: Value) => string): Scope {
  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    if (value.source.kind !== 'constant') throw new RangeError(`Value ${value.id} is used before it is made.`);
    const name = constantName(value);
    names.set(value, name);
    return name;
  };
  return { emission, names, nameOf };
}

/** Emits the ONNX nodes of calls and names their results, of which `results` leave the scope. */
export function lowerCalls(calls: readonly Node[], scope: Scope, results: readonly Value[]): void {
  const {
    emission: { emit, at },
    names,
    nameOf,
  } = scope;
  const made = new Set(calls);
  const uses = new Map<Value, number>();
  for (const value of [...calls.flatMap(inputsOf), ...results]) uses.set(value, (uses.get(value) ?? 0) + 1);
  const callOf = ({ inputs, attributes, outputs }: Node): Call => ({
    inputs,
    names: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, nameOf(value)])),
    attributes,
    outputs,
    producer: (input) => {
      const value = inputs[input]!;
      const { source } = value;
      if (source.kind !== 'node' || !made.has(source.node)) return undefined;
      return { kernel: source.node.kernel, isShared: uses.get(value)! > 1, ...callOf(source.node) };
    },
  });
  for (const node of calls) {
    at(node);
    const { outputs } = node;
    // ONNX Runtime refuses many operations on nothing; what they would give is nothing
    const isEmpty = outputs.every(({ shape }) => sizeOf(shape) === 0);
    const lowered = isEmpty
      ? outputs.map((output) => filled(emit, 0, output))
      : node.kernel === 'Scan'
        ? lowerScan(node, scope, (value) => uses.has(value))
        : kernels[node.kernel]!.lower(emit, callOf(node));
    for (const [index, name] of lowered.entries()) if (name !== undefined) names.set(outputs[index]!, name);
  }
}

/**
 * A loop as ONNX's Scan. What is the same in all steps is used from inside the body by its name; what only unused results need is left out.
 *
 * @returns the names of the results, none for those that are not used.
 */
function lowerScan(node: Node, { emission, nameOf }: Scope, isUsed: (value: Value) => boolean): (string | undefined)[] {
  const { body, time, reverse } = node.attributes as ScanCall;
  const live = livePart(node, isUsed);
  const given = Object.values(node.inputs);
  const own = emission.inner();
  const names = new Map<Value, string>();
  for (const constant of live.constants)
    names.set(body.constants[constant]!, nameOf(given[body.carries.length + body.xs.length + constant]!));
  const slots = [...live.carries.map((carry) => body.carries[carry]!), ...live.xs.map((x) => body.xs[x]!)];
  for (const slot of slots) names.set(slot, own.fresh());
  const scope = scopeOf(own, names, nameOf);
  const results = [...live.carries.map((carry) => body.nextCarries[carry]!), ...live.ys.map((y) => body.ys[y]!)];
  lowerCalls(live.nodes, scope, results);

  // each result needs a node and a name of its own
  const made = new Set(own.nodes.flatMap(({ outputs }) => outputs));
  const outputs = results.map((value): ValueInfo => {
    const name = scope.nameOf(value);
    const unique = made.delete(name) ? name : own.push('Identity', [name], 1, {})[0]!;
    return { name: unique, type: value.dtype, shape: value.shape };
  });
  const inputs = slots.map((slot): ValueInfo => ({ name: names.get(slot)!, type: slot.dtype, shape: slot.shape }));
  const sequences = live.xs.map((x) => nameOf(given[body.carries.length + x]!));
  if (sequences.length === 0) {
    // ONNX has no loop without a sequence
    sequences.push(emission.constant('float32', new Float32Array(time), [time]));
    inputs.push({ name: own.fresh(), type: 'float32', shape: [] });
  }
  const nodes = used(
    own.nodes,
    outputs.map(({ name }) => name),
  );
  const direction = reverse ? 1 : 0;
  const emitted = emission.push(
    'Scan',
    [...live.carries.map((carry) => nameOf(given[carry]!)), ...sequences],
    results.length,
    {
      body: { graph: { nodes, inputs, outputs } },
      num_scan_inputs: sequences.length,
      scan_input_directions: sequences.map(() => direction),
      ...(live.ys.length > 0 && { scan_output_directions: live.ys.map(() => direction) }),
    },
  );
  const found = new Map(
    [...live.carries, ...live.ys.map((y) => body.carries.length + y)].map((at, index) => [at, emitted[index]!]),
  );
  return node.outputs.map((_, index) => found.get(index));
}
