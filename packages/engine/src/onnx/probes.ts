import { PolytaskError } from '@polytask/base';
import type { DynamicProgram } from '../device.ts';
import type { Graph, Node, Value } from '../graph.ts';
import { type Stage, stages } from '../stages.ts';
import { type Form, fitForm, numberAt } from './forms.ts';

/** Sizes of the named axes, in the order of their names. */
export type Point = readonly number[];

/** Where a program is traced: two sizes of each axis to generalise from, and a third to verify. */
export type Probes = { readonly low: Point; readonly high: Point; readonly third: Point };

/** The same program at all combinations of two sizes, and at the third. */
export type Traced = Probes & {
  readonly names: readonly string[];
  readonly corners: readonly Stage[];
  readonly verification: Stage;
  /** What the program returns, by path: values of the first corner. */
  readonly results: ReadonlyMap<string, Value>;
};

/** Traces at other sizes are not the same program with other numbers. `node` is a place in the list of nodes. */
export class Differs extends Error {
  readonly node: number | undefined;
  constructor(reason: string, node?: number) {
    super(reason);
    this.node = node;
  }
}

const primes = [11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97];

/**
 * Sizes to try: primes that are no axis of an argument, so that a size is not mistaken for another number of the program. The last try has
 * small sizes for all but the first axis: a table of positions may end before 11.
 */
export function* probes(count: number, taken: ReadonlySet<number>): Generator<Probes> {
  const free = primes.filter((prime) => !taken.has(prime));
  const at = (start: number): Probes => {
    const [low, high, third] = [0, 1, 2].map((row) => free.slice(start + row * count, start + (row + 1) * count));
    return { low: low!, high: high!, third: third! };
  };
  yield at(0);
  yield at(3 * count);
  const small = (size: number, first: number) => [free[first]!, ...new Array<number>(count - 1).fill(size)];
  yield { low: small(3, 0), high: small(5, 1), third: small(7, 2) };
}

/** All combinations of low and high sizes, in the order that `fitForm` takes. */
export const cornersOf = ({ low, high }: Probes): Point[] =>
  Array.from({ length: 2 ** low.length }, (_, subset) =>
    low.map((size, at) => (subset & (1 << at) ? high[at]! : size)),
  );

/**
 * Traces a program at the probes and compares: the same kernels with shapes that are linear in each size.
 *
 * @throws Differs
 */
export function traceAt(program: DynamicProgram, names: readonly string[], probe: Probes): Traced {
  const sizes = (point: Point) => Object.fromEntries(names.map((name, at) => [name, point[at]!]));
  const trace = (point: Point) => program.trace(sizes(point));
  const graphs = cornersOf(probe).map(trace);
  refuseHost(graphs[0]!);
  const corners = graphs.map((graph) => stages(graph)[0]!);
  const verification = stages(trace(probe.third))[0]!;
  const forms = shapeForms(corners, probe);
  compareShapes(verification, forms, probe.third);

  // Sizes smaller than the probes may be of another kind: where a table ends, or 1 where an axis is broadcast.
  const small = [
    [2, 3, 5],
    [3, 5, 7],
  ].map((list) => names.map((_, at) => list[at] ?? 3));
  const failures = small.map((point) => failure(() => compareShapes(stages(trace(point))[0]!, forms, point)));
  if (!failures.includes(undefined)) throw failures[0]!;
  const single = attempt(() => trace(names.map(() => 1)));
  if (single) compareOutputs(graphs, single, probe);
  return { ...probe, names, corners, verification, results: graphs[0]!.outputs };
}

/** What the host has a part in cannot be one graph for all sizes. @throws PolytaskError E3022 */
export function refuseHost({ values, handOvers: [handOver] }: Graph): void {
  const drawn = values.some(({ source }) => source.kind === 'random');
  if (!drawn && !handOver) return;
  throw new PolytaskError('usage', {
    code: 'E3022',
    message: `A program with dynamic axes, or in a file, cannot ask the host. This one ${handOver ? `hands over "${handOver.name}"` : 'draws random numbers'}.`,
    fix: 'Compile it for each size, without `dynamic`.',
  });
}

/** The forms of all axes of all results, by node. */
function shapeForms(
  corners: readonly Stage[],
  { low, high }: Probes,
): { readonly kernel: string; readonly shapes: Form[][] }[] {
  const [first] = corners;
  return first!.nodes.map((node, at) => {
    const same = corners.map(({ nodes }) => nodes[at]);
    const isSame = (other: Node | undefined) =>
      other?.kernel === node.kernel &&
      other.outputs.length === node.outputs.length &&
      other.outputs.every(({ shape }, index) => shape.length === node.outputs[index]!.shape.length);
    if (!same.every(isSame)) throw new Differs('it makes other calls for other sizes', at);
    const shapes = node.outputs.map(({ shape }, index) =>
      shape.map((_, axis) =>
        fitForm(
          same.map((other) => other!.outputs[index]!.shape[axis]!),
          low,
          high,
        ),
      ),
    );
    if (!shapes.flat(2).every(Number.isInteger)) throw new Differs('its shape is not linear in the sizes', at);
    return { kernel: node.kernel, shapes };
  });
}

function compareShapes(stage: Stage, forms: ReturnType<typeof shapeForms>, point: Point): void {
  for (const [at, { kernel, shapes }] of forms.entries()) {
    const node = stage.nodes[at];
    const isSame =
      node?.kernel === kernel &&
      node.outputs.length === shapes.length &&
      shapes.every((axes, index) => agrees(axes, node.outputs[index]!, point));
    if (!isSame) throw new Differs(`at size ${point.join(', ')} it is not what the other sizes make expected`, at);
  }
  if (stage.nodes.length !== forms.length) throw new Differs('it makes other calls for other sizes', forms.length - 1);
}

const agrees = (axes: readonly Form[], { shape }: Value, point: Point) =>
  axes.length === shape.length && axes.every((form, axis) => numberAt(form, point) === shape[axis]);

function compareOutputs(corners: readonly Graph[], single: Graph, { low, high }: Probes): void {
  const ones = low.map(() => 1);
  for (const [path, { shape }] of corners[0]!.outputs) {
    const forms = shape.map((_, axis) =>
      fitForm(
        corners.map(({ outputs }) => outputs.get(path)!.shape[axis]!),
        low,
        high,
      ),
    );
    const found = single.outputs.get(path);
    if (found && agrees(forms, found, ones)) continue;
    throw new Differs(
      `the result "${path}" has the shape [${found?.shape}] where sizes are 1: an axis of one entry is dropped`,
    );
  }
}

/** What went wrong with other sizes; other errors pass. */
function failure(work: () => void): Differs | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof Differs) return error;
    return new Differs((error as Error).message);
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // a program may need more than one entry, as a window does
  }
}
