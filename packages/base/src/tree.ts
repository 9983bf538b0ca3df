import { isKey } from './key.ts';
import { isHostTensor } from './tensor.ts';

/**
 * Values arranged in plain objects and arrays: parameters, optimizer states, batches.
 *
 * Declare parameter trees with `type`, not `interface`: interfaces have no implicit index signature.
 */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [name: string]: Tree<Leaf> };

/** The same arrangement with other leaves. */
export type MapLeaves<T, From, To> = [Tree<From>] extends [T] // as wide as trees get: known without following it down
  ? Tree<To>
  : MapMember<T, From, To>;

type MapMember<T, From, To> = T extends From
  ? To
  : T extends readonly unknown[] | Record<string, unknown>
    ? { [K in keyof T]: MapLeaves<T[K], From, To> }
    : T;

/** Anything that is not a plain object or an array, and host tensors and keys although they are plain objects. */
export function isLeaf(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return (prototype !== Object.prototype && prototype !== null) || isHostTensor(value) || isKey(value);
}

/** The leaves with their paths, depth first in the order of the keys: `[['encoder.dense.kernel', tensor], …]`. */
export function leaves<Leaf>(tree: Tree<Leaf>): [path: string, leaf: Leaf][] {
  const found: [string, Leaf][] = [];
  const visit = (node: unknown, path: string) => {
    if (isLeaf(node)) {
      found.push([path, node as Leaf]);
      return;
    }
    for (const [name, child] of Object.entries(node as object)) visit(child, path ? `${path}.${name}` : name);
  };
  visit(tree, '');
  return found;
}

/** A tree of the same structure whose leaves went through `change`. */
export function mapTree<From, To>(tree: Tree<From>, change: (leaf: From, path: string) => To): Tree<To> {
  const visit = (node: unknown, path: string): unknown => {
    if (isLeaf(node)) return change(node as From, path);
    const step = (name: string | number) => (path ? `${path}.${name}` : `${name}`);
    if (Array.isArray(node)) return node.map((child, index) => visit(child, step(index)));
    return Object.fromEntries(Object.entries(node as object).map(([name, child]) => [name, visit(child, step(name))]));
  };
  return visit(tree, '') as Tree<To>;
}

/** Two trees of the same structure, leaf by leaf. Only the structure of the first is walked. */
export function zipTrees<A, B, To>(a: Tree<A>, b: Tree<B>, combine: (a: A, b: B, path: string) => To): Tree<To> {
  const others = new Map(leaves(b));
  return mapTree(a, (leaf, path) => {
    if (!others.has(path)) throw new RangeError(`The trees differ: "${path}" is missing in the second.`);
    return combine(leaf, others.get(path) as B, path);
  });
}
