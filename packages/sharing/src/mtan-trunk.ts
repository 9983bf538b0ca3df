import { fold, type Key, quote, type Shape } from '@polytask/base';
import { type AnyLayer, type Context, type Host, type Levels, named, type Tensors, within } from '@polytask/core';
import { placesOf, poolInStep } from './in-step.ts';
import { partOf } from './parts.ts';

/** A layer whose features are masked, or two of them: the masks look at those of the first, and choose among those of the last. */
export type MtanStage = AnyLayer | { readonly first: AnyLayer; readonly last: AnyLayer };

/** Of what a stage gives. */
export type StageShape = { readonly first: Shape; readonly last: Shape };

type Stage = ReturnType<typeof stageOf>;
export function stageOf(given: MtanStage) {
  if ('apply' in given) return { whole: partOf(given) };
  return { first: partOf(given.first), last: partOf(given.last) };
}

export function trunkOf(stages: readonly Stage[], key: Key, inputShape: Shape) {
  let shape = inputShape;
  const shapes: StageShape[] = [];
  const params = stages.map((stage, at) => {
    const own = fold(key, `stage ${at}`);
    if (stage.whole) {
      const made = stage.whole.init(own, shape);
      shape = made.outputShape;
      shapes.push({ first: shape, last: shape });
      return made.params;
    }
    const first = stage.first.init(fold(own, 'first'), shape);
    const last = stage.last.init(fold(own, 'last'), first.outputShape);
    shape = last.outputShape;
    shapes.push({ first: first.outputShape, last: shape });
    return { first: first.params, last: last.params };
  });
  for (const [at, { first, last }] of shapes.entries()) {
    const before = shapes[at - 1]?.last ?? first;
    const places = [before, first, last].map((one) => one.slice(0, -1));
    const isOneForm = first.length === last.length && first.length === before.length && first.length <= 3;
    const isKept = last.length === 3 || quote(places[0]) === quote(places[1]);
    if (!isOneForm || !isKept || quote(places[1]) !== quote(places[2]))
      throw new RangeError(
        `mtan.stages: expected stages that all give vectors, sequences of one length, or maps, and two layers of a stage the same places. Found ${quote([before, first, last])} at stage ${at}.`,
      );
    if (last.length === 3) poolInStep('mtan.stages', placesOf(before), placesOf(first));
  }
  return { params: params as Host<Tensors>[], shapes };
}

/** The shapes of levels whose places are known as soon as they are there. */
export function levelShapes(levels: readonly number[], inputShape: Shape): StageShape[] {
  if (inputShape.length !== 3 || inputShape[2] !== levels.at(-1))
    throw new RangeError(
      `mtan.levels: expected an encoder whose last level is [height, width, ${levels.at(-1)}]. Found ${quote(inputShape)}.`,
    );
  return levels.map((channels, at) => {
    const shape = at === levels.length - 1 ? inputShape : [1, 1, channels];
    return { first: shape, last: shape };
  });
}

type Level = { readonly first?: Tensors; readonly last: Tensors };

export function along(stages: readonly Stage[], params: readonly Tensors[], value: Tensors, context: Context): Level[] {
  let x = value;
  return stages.map((stage, at) =>
    named(`stages.${at}`, () => {
      const part = within(context, `stage ${at}`);
      if (stage.whole) {
        x = stage.whole.apply(params[at]!, x, part);
        return { last: x };
      }
      const own = params[at] as { readonly first: Tensors; readonly last: Tensors };
      const first = stage.first.apply(own.first, x, within(part, 'first'));
      x = stage.last.apply(own.last, first, within(part, 'last'));
      return { first, last: x };
    }),
  );
}

export function levelsOf(value: Tensors, count: number): Levels {
  if (Array.isArray(value) && value.length === count) return value as unknown as Levels;
  throw new TypeError(
    `mtan.levels: expected a representation of ${count} levels. Found ${Array.isArray(value) ? value.length : 'no list'}.`,
  );
}
