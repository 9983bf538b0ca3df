import type { ScanAttributes } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { inputsOf, type Node, type Value } from '../graph.ts';
import { addValue, newRecording, recordIn, requireTrace, tensorOf, tracedValue } from '../recording.ts';
import { needed } from '../stages.ts';
import { type ScanBody, scanOf } from './body.ts';
import { addScan, recordScan, stackOf } from './record.ts';
import { nothingSaved, savedResults } from './saved.ts';
import { partsOf, summedOverTime, timeSum } from './sum-over-time.ts';

/**
 * Records the gradient of a loop: a loop in the other direction whose step is the vector-Jacobian product of the forward step.
 *
 * @returns the gradients of the loop's float32 inputs.
 */
export function recordScanGradient(given: readonly tf.TensorInfo[], attributes: ScanAttributes): Value[] {
  const count = attributes.carries + attributes.xs + attributes.constants;
  const forward = recordScan(given.slice(0, count), attributes); // the equal one that was recorded before
  const { body, time, reverse } = scanOf(forward)!;
  const upstream = given.slice(count).map(tracedValue);
  const recording = newRecording({ base: body.recording, outer: requireTrace() });
  const step = recordIn(recording, () => backwardStep(body, upstream, attributes));

  const isOwn = ({ source }: Value) => source.kind === 'node' && recording.values.has(outputOf(source.node));
  const forwardNodes = new Set(body.nodes);
  const fromForward = ({ source }: Value) => source.kind === 'node' && forwardNodes.has(source.node);
  const sums = step.constants.map((value) =>
    value ? timeSum(value, (part) => isOwn(part) || fromForward(part) || step.isInput(part)) : undefined,
  );
  const parts = sums.flatMap((sum) => (sum ? [partsOf(sum)] : []));
  const accumulated = [...new Set(parts.flatMap((part) => part.accumulated))];
  // the forward loop can keep its results for the sums too, and the backward loop what it computes
  const isKept = (value: Value) => attributes.gradient === 'store' && fromForward(value);
  const ownStacks = [...new Set(parts.flatMap(({ stacked }) => stacked))].filter(
    (value) => isOwn(value) || (fromForward(value) && !isKept(value)) || step.carries.includes(value),
  );
  const totals = recordIn(recording, () =>
    accumulated.map((value) => {
      const before = addValue(value, { kind: 'argument', path: 'scan.total' });
      return { before, after: tracedValue(tf.add(tensorOf(before), tensorOf(value))) };
    }),
  );

  const nextCarries = [...step.nextCarries, ...totals.map(({ after }) => after)];
  const ys = [...step.xs.filter((value) => value !== undefined), ...ownStacks];
  const own = needed(recording.nodes, [...nextCarries, ...ys]);
  const used = new Set([...own.flatMap(inputsOf), ...nextCarries, ...ys]);
  const wanted = new Set([...used].filter((value) => fromForward(value) || isInputOf(body, value)));
  const { stored, again } = (attributes.gradient === 'store' ? savedResults : nothingSaved)(body, wanted);
  for (const node of again) for (const input of inputsOf(node)) used.add(input);

  // what the values of the forward step were in all steps
  const outer = (value: Value): Value | undefined => {
    const x = body.xs.indexOf(value);
    if (x >= 0) return forward.inputs[attributes.carries + x]!;
    const seed = step.seeds.indexOf(value);
    if (seed >= 0) return upstream[attributes.carries + seed]!;
    return body.carries.includes(value) || stored.has(value) || isKept(value) ? stackOf(forward, value) : undefined;
  };
  const taken = [...used].filter(
    (value) =>
      stored.has(value) || body.xs.includes(value) || step.seeds.includes(value) || body.carries.includes(value),
  );
  const constants = body.constants.filter((value) => used.has(value));
  const zero = ({ shape }: Value) => tracedValue(tf.zeros([...shape]));
  const initial = [...step.initial, ...totals.map(({ before }) => zero(before))];
  const node = addScan(
    [
      ...initial,
      ...taken.map((value) => outer(value)!),
      ...constants.map((value) => forward.inputs[attributes.carries + attributes.xs + body.constants.indexOf(value)]!),
    ],
    {
      time,
      reverse: !reverse,
      body: {
        carries: [...step.carries, ...totals.map(({ before }) => before)],
        xs: taken,
        constants,
        nodes: [...again, ...own],
        nextCarries,
        ys,
        asked: ys.length,
        recording,
      },
    },
  );

  const last = (position: number) => node.outputs[position]!;
  const stack = (value: Value) => tensorOf(outer(value) ?? last(nextCarries.length + ys.indexOf(value)));
  const total = (value: Value) => tensorOf(last(step.carries.length + accumulated.indexOf(value)));
  let x = nextCarries.length;
  return [
    ...step.carries.map((_, position) => last(position)),
    ...step.floatXs.map((value, position) =>
      step.xs[position] ? last(x++) : zero({ ...value, shape: [time, ...value.shape] }),
    ),
    ...step.floatConstants.map((value, position) => {
      const sum = sums[position];
      return sum ? tracedValue(summedOverTime(sum, stack, total)) : zero(value);
    }),
  ];
}

const outputOf = ({ outputs }: Node): Value => outputs[0]!;

const isInputOf = ({ carries, xs, constants }: ScanBody, value: Value): boolean =>
  [carries, xs, constants].some((values) => values.includes(value));

const isFloat = ({ dtype }: Value): boolean => dtype === 'float32';

/** Records the vector-Jacobian product of the step, in the recording that continues the step's. */
function backwardStep(body: ScanBody, upstream: readonly Value[], { carries, pullback }: ScanAttributes) {
  const seed = (value: Value) => addValue(value, { kind: 'argument', path: 'scan.upstream' });
  const ofCarries = body.carries.map((value) => (isFloat(value) ? seed(value) : undefined));
  const ofYs = body.ys
    .slice(0, body.asked)
    .map((value, position) => (isFloat(value) && !isZero(upstream[carries + position]!) ? seed(value) : undefined));
  const inputs = [...body.carries, ...body.xs, ...body.constants];
  const found = pullback(
    inputs.map(tensorOf),
    [...ofCarries, ...ofYs].map((value) => value && tensorOf(value)),
  ).map((tensor) => (tensor ? tracedValue(tensor) : undefined));
  const foundOf = (value: Value) => found[inputs.indexOf(value)];
  const floatCarries = body.carries.filter(isFloat);
  const floatXs = body.xs.filter(isFloat);
  const floatConstants = body.constants.filter(isFloat);
  const seeds = ofYs.map((value) => value ?? noValue);
  const own = ofCarries.filter((value) => value !== undefined);
  return {
    carries: own,
    initial: floatCarries.map((value) => upstream[body.carries.indexOf(value)]!),
    nextCarries: floatCarries.map((value) => foundOf(value) ?? tracedValue(tf.zeros([...value.shape]))),
    /** The upstream gradients of the ys, at the ys' positions. */
    seeds,
    floatXs,
    xs: floatXs.map(foundOf),
    floatConstants,
    constants: floatConstants.map(foundOf),
    isInput: (value: Value) =>
      own.includes(value) || seeds.includes(value) || body.carries.includes(value) || body.xs.includes(value),
  };
}

/** Stands where an upstream gradient is not needed. */
const noValue: Value = { id: -1, shape: [], dtype: 'float32', source: { kind: 'argument', path: '' } };

function isZero({ source }: Value): boolean {
  if (source.kind === 'constant') return source.data.every((entry) => entry === 0);
  if (source.kind !== 'node') return false;
  const { kernel, attributes } = source.node;
  return kernel === 'ZerosLike' || (kernel === 'Fill' && attributes.value === 0);
}
