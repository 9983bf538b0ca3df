import { type HostTensor, PolytaskError, type Problem } from '@polytask/base';
import { at } from './call-site.ts';
import type { Device, Executable, Inputs } from './device.ts';
import { type Graph, inputsOf, type Node, type Value } from './graph.ts';
import { Resident } from './resident.ts';
import { needed } from './stages.ts';

/**
 * The same device, slower and with more memory: programs whose results are not finite fail, and the error names the first call that made
 * NaN or an infinity from finite numbers, the layer it stands in and the line that made it.
 *
 * All numbers of a run are kept until its end. A program whose results are finite passes, also where infinities occur on the way.
 *
 * @throws when a program runs: PolytaskError diverged, E3201 for a call, E3202 for an argument, a draw or an answer that is not finite.
 */
export function checkFinite(device: Device): Device {
  return {
    name: device.name,
    description: `${device.description}; looks for numbers that are not finite`,
    sites: true,
    load: (graph) => checked(graph, device),
  };
}

async function checked(graph: Graph, device: Device): Promise<Executable> {
  const wanted = new Set([
    ...graph.outputs.values(),
    ...graph.handOvers.flatMap(({ outputs }) => [...outputs.values()]),
  ]);
  const nodes = needed(graph.nodes, wanted);
  const used = new Set([...nodes.flatMap(inputsOf), ...wanted]);
  const looked = [...used].filter(({ dtype, source }) => dtype === 'float32' && source.kind !== 'constant');
  const names = new Map(looked.map((value) => [value, `#${value.id}`]));
  const outputs = new Map([...graph.outputs, ...looked.map((value) => [names.get(value)!, value] as const)]);
  const inner = await device.load({ ...graph, outputs });

  return {
    async run(inputs: Inputs) {
      let refused: { readonly error: unknown } | undefined;
      // A host that cannot answer for numbers that are not finite must not keep the reason from being found.
      const answer: Inputs['answer'] = async (index, handed) => {
        try {
          return await inputs.answer(index, handed);
        } catch (error) {
          refused ??= { error };
          return nothing(graph.handOvers[index]!.answer);
        }
      };
      const results = await inner.run({ ...inputs, answer });
      const broken = new Map<Value, HostTensor>();
      for (const value of looked) {
        const result = results.get(names.get(value)!) as HostTensor;
        results.delete(names.get(value)!);
        if (!hasFinite(result)) broken.set(value, result);
      }
      const problem = reasonFor(graph, nodes, wanted, broken);
      if (!problem && !refused) return results;
      for (const result of results.values()) if (Resident.is(result)) result[Symbol.dispose]();
      if (problem) throw new PolytaskError('diverged', problem);
      throw refused!.error;
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

const hasFinite = ({ data }: HostTensor): boolean => (data as Float32Array).every(Number.isFinite);

const nothing = ({ shape }: Value): HostTensor => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});

/** Where a result that is not finite began not to be. */
function reasonFor(
  graph: Graph,
  nodes: readonly Node[],
  wanted: ReadonlySet<Value>,
  broken: ReadonlyMap<Value, HostTensor>,
): Problem | undefined {
  const reached = new Set([...wanted].filter((value) => broken.has(value)));
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((output) => reached.has(output))) continue;
    for (const input of inputsOf(node)) if (broken.has(input)) reached.add(input);
  }
  const given = [...reached].find(({ source }) => source.kind !== 'node');
  if (given) return notGivenFinite(graph, given, broken.get(given)!);
  const first = nodes.find(
    (node) => node.outputs.some((output) => reached.has(output)) && !inputsOf(node).some((input) => broken.has(input)),
  );
  if (!first) return undefined;
  const { kernel, origin } = first;
  const result = broken.get(first.outputs.find((output) => reached.has(output))!)!;
  const place = origin.layer ? ` in the layer ${origin.layer}` : '';
  const what = origin.backward ? `The gradient, ${kernel}${place},` : `${kernel}${place}`;
  const fix = hints[kernel];
  return {
    code: 'E3201',
    message: `${what} makes ${described(result)} from finite numbers${at(origin.stack)}.`,
    ...(fix && { fix }),
  };
}

function notGivenFinite(graph: Graph, { source }: Value, found: HostTensor): Problem {
  if (source.kind === 'argument')
    return { code: 'E3202', path: source.path, message: `The program is given ${described(found)} in ${source.path}.` };
  const from =
    source.kind === 'answer' ? `as the answer to "${graph.handOvers[source.handOver]!.name}"` : 'as random numbers';
  return { code: 'E3202', message: `The program is given ${described(found)} ${from}.` };
}

/** `NaN at [0, 2] and 3 more of 8 numbers`. */
function described({ data, shape }: HostTensor): string {
  const numbers = [...(data as Float32Array)];
  const first = numbers.findIndex((number) => !Number.isFinite(number));
  const others = numbers.filter((number) => !Number.isFinite(number)).length - 1;
  let rest = first;
  const index = [...shape].reverse().map((size) => {
    const position = rest % size;
    rest = (rest - position) / size;
    return position;
  });
  const where = shape.length > 0 ? ` at [${index.reverse().join(', ')}]` : '';
  return `${numbers[first]}${where}${others > 0 ? ` and ${others} more of ${numbers.length} numbers` : ''}`;
}

const noZero = 'Keep the divisor away from 0: tf.divNoNan, or tf.maximum(divisor, 1e-7).';
const hints: Readonly<Record<string, string>> = {
  RealDiv: noZero,
  Reciprocal: noZero,
  Log: 'Keep what the logarithm is taken of above 0: tf.maximum(x, 1e-7), or a loss that takes logits.',
  Log1p: 'Keep what the logarithm is taken of above −1.',
  Exp: 'Subtract the maximum before exp, or clip what it is taken of: float32 ends at exp(88).',
  Sqrt: 'Keep what the root is taken of at 0 or above: tf.relu(x).',
  Rsqrt: 'Keep what the root is taken of above 0: add a small number.',
  Pow: 'Keep the base above 0.',
};
