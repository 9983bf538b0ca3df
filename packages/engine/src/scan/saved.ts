import { inputsOf, type Node, type Value } from '../graph.ts';
import { kernels } from '../kernels/index.ts';
import { needed } from '../stages.ts';
import type { ScanBody } from './body.ts';
import { varying } from './signature.ts';

/** Where the backward step gets its share of the forward step from. */
export type Saved = {
  /** Results that the forward loop keeps. */
  readonly stored: ReadonlySet<Value>;
  /** Calls that the backward step makes again. */
  readonly again: readonly Node[];
};

/**
 * Cuts a forward step at what its backward step needs.
 *
 * Kept is what costs something. Made again is what is the same in all steps, and what is one cheap call away from what is there anyway.
 *
 * @param wanted the values of the forward step that the backward step uses.
 */
export function savedResults(forward: ScanBody, wanted: ReadonlySet<Value>): Saved {
  const changes = varying(forward.nodes, [...forward.carries, ...forward.xs]);
  const there = new Set([...forward.constants, ...[...wanted].filter(({ source }) => source.kind !== 'node')]);
  const isThere = (value: Value) => there.has(value) || value.source.kind === 'constant' || !changes.has(value);
  const stored = new Set<Value>();
  for (const node of forward.nodes) {
    const results = node.outputs.filter((output) => wanted.has(output));
    if (results.length === 0) continue;
    const isCheap = kernels[node.kernel]?.cheap === true && inputsOf(node).every(isThere);
    for (const result of results) {
      there.add(result);
      if (!isCheap && changes.has(result)) stored.add(result);
    }
  }
  const missing = [...wanted].filter((value) => !stored.has(value));
  return { stored, again: needed(forward.nodes, missing, stored) };
}

/** Everything is computed again from the carry. */
export const nothingSaved = (forward: ScanBody, wanted: ReadonlySet<Value>): Saved => ({
  stored: new Set(),
  again: needed(forward.nodes, wanted),
});
