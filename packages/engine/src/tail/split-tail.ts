import { sizeOf } from '@polytask/base';
import { inputsOf, type Node, type Value } from '../graph.ts';
import { needed, type Stage, stageOf } from '../stages.ts';
import { type Operation, operationOf } from './operations.ts';

/*
 * The update of parameters stands at the end of a program: a dozen elementwise operations on large tensors. ONNX Runtime runs each of them on
 * its own, and waits for memory in all of them. Here they are taken out, to be computed together in one pass.
 */

/** Elementwise operations on tensors of one shape, after which nothing else comes. */
export type TailGroup = {
  readonly nodes: readonly Node[];
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
  const tail = tailOf(stage);
  const groups = connected(tail)
    .filter((nodes) => nodes.length > Math.max(2, threads))
    .map((nodes) => groupOf(nodes, stage));
  if (groups.length === 0) return { stage, groups };
  const taken = new Set(groups.flatMap(({ nodes }) => nodes));
  const made = new Set([...taken].flatMap(({ outputs }) => outputs));
  const given = new Set(groups.flatMap(({ vectors, scalars }) => [...vectors, ...scalars]));
  const wanted = new Set([
    ...stage.outputs.filter((value) => !made.has(value)),
    ...[...given].filter(({ source }) => source.kind === 'node' && stage.nodes.includes(source.node)),
  ]);
  const rest = stage.nodes.filter((node) => !taken.has(node));
  return { stage: stageOf(needed(rest, wanted), wanted), groups };
}

/** The operations that can be computed together with all that uses their results. */
function tailOf({ nodes, outputs }: Stage): Map<Node, Operation> {
  const found = new Map<Node, Operation>();
  const users = new Map<Value, Node[]>();
  for (const node of nodes) for (const value of inputsOf(node)) users.set(value, [...(users.get(value) ?? []), node]);
  for (const node of [...nodes].reverse()) {
    const operation = operationOf(node);
    const [output] = node.outputs as [Value];
    if (!operation || sizeOf(output.shape) < smallestTail) continue;
    const after = users.get(output) ?? [];
    const isLast = after.length > 0 || outputs.includes(output);
    if (isLast && after.every((user) => found.has(user))) found.set(node, operation);
  }
  return found;
}

/** Those that share a tensor belong together. */
function connected(tail: ReadonlyMap<Node, Operation>): Node[][] {
  const groupOfValue = new Map<Value, Set<Node>>();
  const groups = new Set<Set<Node>>();
  for (const [node, { vectors }] of tail) {
    const values = [...vectors, ...node.outputs];
    const own = new Set([node]);
    for (const value of values) {
      const other = groupOfValue.get(value);
      if (!other) continue;
      for (const member of other) own.add(member);
      groups.delete(other);
    }
    groups.add(own);
    for (const member of own) {
      for (const value of [...tail.get(member)!.vectors, ...member.outputs]) groupOfValue.set(value, own);
    }
  }
  return [...groups].map((group) => [...group]);
}

function groupOf(members: readonly Node[], stage: Stage): TailGroup {
  const nodes = stage.nodes.filter((node) => members.includes(node)); // in the order of their execution
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const all = (pick: 'vectors' | 'scalars') => [
    ...new Set(nodes.flatMap((node) => operationOf(node)![pick]).filter((value) => !made.has(value))),
  ];
  return {
    nodes,
    vectors: all('vectors'),
    scalars: all('scalars'),
    outputs: stage.outputs.filter((value) => made.has(value)),
  };
}

/**
 * Results of groups that may take the memory of a donated argument, and its path: the last one to read the argument is the group itself.
 *
 * @param outputs of the program.
 */
export function updatedByTails(groups: readonly TailGroup[], outputs: readonly Value[]): Map<Value, string> {
  const found = new Map<Value, string>();
  const isOnce = (value: Value, values: readonly Value[]) => values.filter((other) => other === value).length === 1;
  const read = groups.flatMap(({ vectors }) => vectors);
  for (const group of groups) {
    const free = group.vectors.filter(({ source }) => source.kind === 'argument');
    const own = free.filter((value) => isOnce(value, read) && !outputs.includes(value));
    for (const output of group.outputs) {
      const source = isOnce(output, outputs) ? own.shift()?.source : undefined;
      if (source?.kind === 'argument') found.set(output, source.path);
    }
  }
  return found;
}
