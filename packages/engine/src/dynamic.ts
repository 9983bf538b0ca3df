import { isHostTensor, mapTree, PolytaskError, type Tree } from '@polytask/base';
import type { DynamicProgram, Feed } from './device.ts';
import { Resident } from './resident.ts';

/** Names of leading axes by argument position; null for an axis of one size. */
export type DynamicAxes = Readonly<Record<number, readonly (string | null)[]>>;

/** A choice of sizes, by axis name. */
export type Sizes = Readonly<Record<string, number>>;

/** The axis names of each tensor among the arguments, as many as it has axes. */
export function axesOf(feeds: ReadonlyMap<string, unknown>, dynamic: DynamicAxes): DynamicProgram['axes'] {
  const axes = new Map<string, readonly (string | null)[]>();
  for (const [path, leaf] of feeds) {
    const names = dynamic[Number.parseInt(path, 10)];
    if (names && (isHostTensor(leaf) || Resident.is(leaf))) axes.set(path, names.slice(0, leaf.shape.length));
  }
  return axes;
}

/**
 * The size of each named axis.
 *
 * @throws PolytaskError E3021 when two tensors disagree.
 */
export function sizesOf(axes: DynamicProgram['axes'], feeds: ReadonlyMap<string, Feed>): Sizes {
  const sizes: Record<string, number> = {};
  const first: Record<string, string> = {};
  for (const [path, names] of axes) {
    for (const [axis, name] of names.entries()) {
      if (name === null) continue;
      const size = feeds.get(path)!.shape[axis]!;
      sizes[name] ??= size;
      first[name] ??= path;
      if (sizes[name] === size) continue;
      throw new PolytaskError('usage', {
        code: 'E3021',
        path,
        message: `The axis "${name}" has ${sizes[name]} entries in ${first[name]}. Found ${size}.`,
        fix: 'Give all tensors that share a dynamic axis the same size there.',
      });
    }
  }
  return sizes;
}

/** The arguments with other sizes on their named axes, for tracing: their values are not looked at. */
export const withSizes = (inputs: readonly unknown[], axes: DynamicProgram['axes'], sizes: Sizes): unknown[] =>
  mapTree<unknown, unknown>(inputs as Tree<unknown>, (leaf, path) => {
    const names = axes.get(path);
    if (!names) return leaf;
    const { dtype, shape } = leaf as Feed;
    const resized = shape.map((size, axis) => (names[axis] ? sizes[names[axis]!]! : size));
    return { dtype, shape: resized, data: new Uint8Array() };
  }) as unknown[];
