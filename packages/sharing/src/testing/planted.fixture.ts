import { type HostTensor, hostTensor, leaves, type Tree } from '@polytask/base';

/** Parameters by path, with every zero replaced: what starts as the identity is moved away from it. */
export function moved(params: Tree<HostTensor>): Record<string, HostTensor> {
  let at = 0;
  const list = leaves(params).map(([path, { shape, data }]) => {
    const values = Float32Array.from(data as Float32Array, (value) => value || 0.3 * Math.cos(++at));
    return [path, hostTensor('float32', [...shape], values)] as const;
  });
  return Object.fromEntries(list);
}

/** A tree of the same form whose leaves are those of a record by path. */
export function planted(tree: Tree<unknown>, flat: Readonly<Record<string, unknown>>, prefix = ''): unknown {
  if (prefix in flat) return flat[prefix];
  const inner = (name: string | number) => (prefix === '' ? `${name}` : `${prefix}.${name}`);
  if (Array.isArray(tree)) return tree.map((child, at) => planted(child as Tree<unknown>, flat, inner(at)));
  return Object.fromEntries(
    Object.entries(tree as object).map(([name, child]) => [name, planted(child as Tree<unknown>, flat, inner(name))]),
  );
}
