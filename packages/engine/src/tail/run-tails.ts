import type { TypedArray } from '@polytask/base';
import type { Value } from '../graph.ts';
import type { Stage } from '../stages.ts';
import { splitTail, type TailGroup, updatedByTails } from './split-tail.ts';
import type { TailMemory } from './tail-memory.ts';
import type { Code, Operand } from './wasm-code.ts';

/** A program of which the runtime computes the stages, and WebAssembly what is left at the end. */
export type Tailed = {
  readonly stages: readonly Stage[];
  /** What the end takes, and what it makes: outputs of the program. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Outputs that may take the memory of a donated argument, each of any one of these paths. */
  readonly inPlace: ReadonlyMap<Value, readonly string[]>;
  /** Computes the outputs into their data. */
  compute(dataOf: (value: Value) => TypedArray): void;
};

/**
 * @param outputs of the program.
 * @param threads of the runtime.
 * @param memory in which the end is computed; without it the runtime computes all.
 */
export function tailed(
  stages: readonly Stage[],
  outputs: readonly Value[],
  threads: number,
  memory: TailMemory | undefined,
): Tailed {
  const whole: Tailed = { stages, inputs: [], outputs: [], inPlace: new Map(), compute: () => {} };
  if (!memory) return whole;
  const { stage, groups } = splitTail(stages.at(-1)!, threads);
  const kernels = groups.flatMap((group) => {
    const kernel = memory.kernel(codeOf(group));
    return kernel ? [{ ...group, kernel }] : [];
  });
  // the memory is full of what other programs left: the runtime does without
  if (kernels.length < groups.length) return whole;
  return {
    stages: [...stages.slice(0, -1), stage],
    inputs: [...new Set(groups.flatMap(({ vectors, scalars }) => [...vectors, ...scalars]))],
    outputs: groups.flatMap((group) => group.outputs),
    inPlace: updatedByTails(groups, outputs),
    compute(dataOf) {
      const tensors = (values: readonly Value[]) => values.map((value) => dataOf(value) as Float32Array);
      for (const { kernel, vectors, scalars, outputs: made } of kernels)
        kernel(
          tensors(vectors),
          scalars.map((value) => dataOf(value)[0] as number),
          tensors(made),
        );
    },
  };
}

function codeOf({ steps, vectors, scalars, outputs }: TailGroup): Code {
  const places = new Map<Value, Operand>([
    ...vectors.map((value, at) => [value, ['vector', at]] as const),
    ...scalars.map((value, at) => [value, ['scalar', at]] as const),
    ...steps.map(({ node }, at) => [node.outputs[0]!, ['step', at]] as const),
  ]);
  return {
    vectors: vectors.length,
    scalars: scalars.length,
    steps: steps.map(({ node, operands }) => ({
      kernel: node.kernel,
      operands: operands.map((value) => places.get(value)!),
    })),
    outputs: outputs.map((value) => places.get(value)![1]),
  };
}
