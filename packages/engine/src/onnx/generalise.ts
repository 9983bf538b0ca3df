import { PolytaskError } from '@polytask/base';
import type { DynamicProgram } from '../device.ts';
import type { Value } from '../graph.ts';
import { stages } from '../stages.ts';
import { alignNodes } from './align.ts';
import type { LoweredGraph } from './emitter.ts';
import { describeForm, fitForm, isFixed } from './forms.ts';
import { lowerNodes, type Naming } from './lower.ts';
import { Differs, probes, type Traced, traceAt } from './probes.ts';
import { type SizeSource, symbolic } from './symbolic.ts';

/** One program for all sizes of its dynamic axes: ONNX nodes, and shapes in which a name stands for such an axis. */
export type DynamicGraph = LoweredGraph & {
  readonly shapes: ReadonlyMap<Value, readonly (number | string)[]>;
  /** What the program returns, by path. */
  readonly results: ReadonlyMap<string, Value>;
};

/**
 * Makes one program for all sizes from its traces at a few: numbers that differ between them must be linear in each size, and what that
 * predicts for a third size must be what is traced there.
 *
 * @throws PolytaskError E3020 naming the call that is another one for other sizes · E3022 for random draws and hand-overs.
 */
export function generalise(program: DynamicProgram, naming?: Naming): DynamicGraph {
  const names = [...new Set([...program.axes.values()].flat())].filter((name) => name !== null);
  const failures: (() => unknown)[] = [];
  for (const probe of probes(names.length, axesTaken(program))) {
    try {
      return lowerTraced(program, traceAt(program, names, probe), naming);
    } catch (error) {
      if (PolytaskError.is(error)) throw error;
      failures.push(() => (error instanceof Differs ? named(program, names, probe.low, error) : error));
    }
  }
  throw failures[0]!();
}

/** Numbers that are an axis of an argument. */
function axesTaken({ axes, given }: DynamicProgram): Set<number> {
  const fixed = [...given].flatMap(([path, feed]) =>
    (feed.shape ?? []).filter((_, axis) => (axes.get(path)?.[axis] ?? null) === null),
  );
  return new Set(fixed);
}

/** The error for the user: traced once more, with the lines that made the calls. */
function named(program: DynamicProgram, names: readonly string[], low: readonly number[], { node, message }: Differs) {
  const sizes = Object.fromEntries(names.map((name, at) => [name, low[at]!]));
  const calls = stages(program.trace(sizes, true))[0]!.nodes;
  const call = node === undefined ? undefined : calls[node];
  const where = call ? `: ${call.kernel}${call.origin.stack ? ` (at ${call.origin.stack})` : ''}` : '';
  return new PolytaskError('usage', {
    code: 'E3020',
    message: `The program is not the same for all sizes of ${names.map((name) => `"${name}"`).join(' and ')}${where}: ${message}.`,
    fix: 'Write it without the size of these axes in it, or leave out `dynamic`: then it is compiled for each size.',
  });
}

function lowerTraced({ axes }: DynamicProgram, traced: Traced, naming?: Naming): DynamicGraph {
  const { corners, verification, low, high, third, names } = traced;
  const graphs = [...corners, verification].map((stage) => lowerNodes(stage, naming));
  const [first] = graphs as [LoweredGraph, ...LoweredGraph[]];
  const builder = symbolic(first, names, sizeSources(corners[0]!.inputs, first, axes, names), { low, high, third });
  const nodes = alignNodes(graphs, traced, builder);
  const { nodes: before, constants } = builder.done();
  return {
    nodes: [...before, ...nodes],
    constants,
    inputs: first.inputs,
    outputs: first.outputs,
    results: traced.results,
    shapes: new Map([
      ...corners[0]!.inputs.map((value) => [value, argumentShape(value, axes)] as const),
      ...corners[0]!.outputs.map((value, at) => [value, outputShape(traced, at)] as const),
    ]),
  };

  function outputShape({ corners, names }: Traced, at: number): (number | string)[] {
    const shapes = corners.map(({ outputs }) => outputs[at]!.shape);
    return shapes[0]!.map((size, axis) => {
      const form = fitForm(
        shapes.map((shape) => shape[axis]!),
        low,
        high,
      );
      return isFixed(form) ? size : describeForm(form, names);
    });
  }
}

/** Where the size of each axis can be read at run time. */
function sizeSources(
  inputs: readonly Value[],
  { inputs: names }: LoweredGraph,
  axes: DynamicProgram['axes'],
  sizes: readonly string[],
): (SizeSource | undefined)[] {
  return sizes.map((size) => {
    for (const value of inputs) {
      const axis = value.source.kind === 'argument' ? (axes.get(value.source.path)?.indexOf(size) ?? -1) : -1;
      if (axis >= 0) return { input: names.get(value)!, axis };
    }
    return undefined; // of an argument that nothing depends on
  });
}

const argumentShape = ({ shape, source }: Value, axes: DynamicProgram['axes']): (number | string)[] => {
  const names = source.kind === 'argument' ? axes.get(source.path) : undefined;
  return shape.map((size, axis) => names?.[axis] ?? size);
};
