import type { Node, Value } from '../graph.ts';
import { inputsOf } from '../graph.ts';
import type { Recording } from '../recording.ts';
import { needed } from '../stages.ts';

/** The step of a loop, recorded once. Its inputs are values that the loop sets before each step. */
export type ScanBody = {
  readonly carries: readonly Value[];
  readonly xs: readonly Value[];
  readonly constants: readonly Value[];
  readonly nodes: readonly Node[];
  readonly nextCarries: readonly Value[];
  /** What is kept of each step. A gradient that needs more of the forward pass adds to it. */
  readonly ys: Value[];
  /** How many ys the loop was asked for. */
  readonly asked: number;
  /** In which the step was recorded. */
  readonly recording: Recording;
};

/**
 * The attributes of a node `Scan`. Its inputs are the first carries, the xs with the time axis first, the constants; its outputs the last
 * carries and the ys of all steps.
 */
export type ScanCall = { readonly body: ScanBody; readonly time: number; readonly reverse: boolean };

/** The loop, if the node is one. */
export const scanOf = (node: Node): ScanCall | undefined =>
  node.kernel === 'Scan' ? (node.attributes as ScanCall) : undefined;

/** The parts of a loop that used results depend on, by their positions in the body. */
export type LivePart = {
  readonly nodes: readonly Node[];
  readonly carries: readonly number[];
  readonly xs: readonly number[];
  readonly constants: readonly number[];
  readonly ys: readonly number[];
};

/** Leaves out what only unused results need; a carry is needed where a step's used results depend on it. */
export function livePart({ attributes, outputs }: Node, isUsed: (output: Value) => boolean): LivePart {
  const { body } = attributes as ScanCall;
  const positions = (values: readonly Value[], test: (value: Value, position: number) => boolean) =>
    values.flatMap((value, position) => (test(value, position) ? [position] : []));
  const ys = positions(body.ys, (_, position) => isUsed(outputs[body.carries.length + position]!));
  let carries = positions(body.carries, (_, position) => isUsed(outputs[position]!));
  for (;;) {
    const results = [...ys.map((y) => body.ys[y]!), ...carries.map((carry) => body.nextCarries[carry]!)];
    const nodes = needed(body.nodes, results);
    const used = new Set([...results, ...nodes.flatMap(inputsOf)]);
    const isTaken = (value: Value) => used.has(value);
    const taken = positions(body.carries, (carry, position) => used.has(carry) || carries.includes(position));
    if (taken.length === carries.length)
      return { nodes, carries, xs: positions(body.xs, isTaken), constants: positions(body.constants, isTaken), ys };
    carries = taken;
  }
}
