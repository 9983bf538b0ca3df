import { quote, type Shape } from '@polytask/base';
import { type Layer, maxPool2d, type NoParams } from '@polytask/core';

/** Height and width. */
export type Places = readonly [height: number, width: number];

/** Those of [height, width, channels]. */
export const placesOf = ([height, width]: Shape): Places => [height!, width!];

/**
 * The maximum over windows that brings maps of one size to those of another, as a trunk does between two stages: by windows of s×s, or, where the
 * trunk rounds up, as convolutions at stride s do, by overlapping ones.
 *
 * @returns nothing to do between equal sizes: null.
 * @throws RangeError when no s does: sizes that grow, or shrink by other factors.
 */
export function poolInStep(maker: string, from: Places, to: Places): Layer<NoParams> | null {
  if (from[0] === to[0] && from[1] === to[1]) return null;
  for (let by = 2; by <= Math.max(...from); by++) {
    if (from.every((length, axis) => Math.floor(length / by) === to[axis])) return maxPool2d({ size: by });
    const half = Math.floor(by / 2);
    if (from.every((length, axis) => Math.ceil(length / by) === to[axis]))
      return maxPool2d({ size: 2 * half + 1, stride: by, padding: half });
  }
  throw new RangeError(
    `${maker}: expected stages that keep height and width, or divide both by one whole number. Found ${quote([...from])} and then ${quote([...to])}.`,
  );
}
