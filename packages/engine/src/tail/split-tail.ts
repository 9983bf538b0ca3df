import { sizeOf } from '@polytask/base';
import { inputsOf, type Node, type Value } from '../graph.ts';
import { needed, type Stage, stageOf } from '../stages.ts';
import { isNumber, type Step, stepOf } from './operations.ts';

/*
 * The update of parameters stands at the end of a program: a dozen elementwise operations on large tensors. ONNX Runtime runs each of them on
 * its own, and waits for memory in all of them. Here they are taken out, to be computed together in one pass.
 */

/** Elementwise operations on tensors of one shape, after which nothing else comes. */
export type TailGroup = {
  /** In the order of their execution. */
  readonly steps: readonly Step[];
  /** What they take: tensors of their shape, and numbers. */
  readonly vectors: readonly Value[];
  readonly scalars: readonly Value[];
  /** What the program returns of theirs. */
  readonly outputs: readonly Value[];
};

/** Entries from which on a tensor is worth it. */
export const smallestTail = 2 ** 16;

/**
 * What the runtime computes of a stage, and the groups that follow it.
 *
 * @param threads of the runtime: a group has one, so it is worth it where it saves more passes over memory than that.
 */
export function splitTail(stage: Stage, threads: number): { readonly stage: Stage; readonly groups: TailGroup[] } {
  const groups = connected(tailOf(stage))
    .filter((steps) => steps.length > Math.max(2, threads))
    .map((steps) => groupOf(steps, stage));
  if (groups.length === 0) return { stage, groups };
  const taken = new Set(groups.flatMap(({ steps }) => steps.map(({ node }) => node)));
  const made = new Set([...taken].flatMap(({ outputs }) => outputs));
  const given = new Set(groups.flatMap(({ vectors, scalars }) => [...vectors, ...scalars]));
  const wanted = new Set([
    ...stage.outputs.filter((value) => !made.has(value)),
    ...[...given].filter(({ source }) => source.kind === 'node' && stage.nodes.includes(source.node)),
  ]);
  const rest = stage.nodes.filter((node) => !taken.has(node));
  return { stage: stageOf(needed(rest, wanted), wanted), groups };
}

/** The operations that can be computed together with all that uses their results, the last first. */
function tailOf({ nodes }: Stage): Step[] {
  const here = new Set(nodes);
  const users = new Map<Value, Node[]>();
  for (const node of nodes) for (const value of inputsOf(node)) users.set(value, [...(users.get(value) ?? []), node]);
  const found = new Map<Node, Step>();
  for (const node of [...nodes].reverse()) {
    const [output] = node.outputs as [Value];
    const step = sizeOf(output.shape) < smallestTail ? undefined : stepOf(node, (other) => here.has(other));
    if (step && (users.get(output) ?? []).every((user) => found.has(user))) found.set(node, step);
  }
  return [...found.values()];
}

const vectorsOf = ({ operands }: Step) => operands.filter((value) => !isNumber(value));

/** Those that share a tensor belong together. */
function connected(steps: readonly Step[]): Step[][] {
  const groupOfValue = new Map<Value, Set<Step>>();
  const groups = new Set<Set<Step>>();
  for (const step of steps) {
    const own = new Set([step]);
    for (const value of [...vectorsOf(step), ...step.node.outputs]) {
      const other = groupOfValue.get(value);
      if (!other) continue;
      for (const member of other) own.add(member);
      groups.delete(other);
    }
    groups.add(own);
    for (const member of own) {
      for (const value of [...vectorsOf(member), ...member.node.outputs]) groupOfValue.set(value, own);
    }
  }
  return [...groups].map((group) => [...group]);
}

function groupOf(members: readonly Step[], stage: Stage): TailGroup {
  const byNode = new Map(members.map((step) => [step.node, step]));
  const steps = stage.nodes.flatMap((node) => byNode.get(node) ?? []);
  const made = new Set(steps.flatMap(({ node }) => node.outputs));
  const given = [...new Set(steps.flatMap(({ operands }) => operands))].filter((value) => !made.has(value));
  return {
    steps,
    vectors: given.filter((value) => !isNumber(value)),
    scalars: given.filter(isNumber),
    outputs: stage.outputs.filter((value) => made.has(value)),
  };
}

/**
 * Results of groups that may take the memory of donated arguments, and the paths of these. No two groups take the same tensor, and all else that
 * reads it has been computed before them.
 *
 * @param outputs of the program.
 */
export function updatedByTails(groups: readonly TailGroup[], outputs: readonly Value[]): Map<Value, readonly string[]> {
  const found = new Map<Value, readonly string[]>();
  for (const group of groups) {
    const paths = group.vectors.flatMap(({ source }) => (source.kind === 'argument' ? [source.path] : []));
    for (const output of group.outputs) {
      const isOnce = outputs.filter((other) => other === output).length === 1;
      if (isOnce) found.set(output, paths);
    }
  }
  return found;
}
