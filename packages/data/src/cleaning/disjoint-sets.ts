export interface DisjointSets {
  /** The representative of an element's set. */
  find(element: number): number;
  union(first: number, second: number): void;
  /** A number per element, equal within a set, counted in the order of first members. */
  groups(): Uint32Array;
}

/** Sets of 0 … count − 1 that can be united (Tarjan 1975, path halving; the smaller number represents). */
export function disjointSets(count: number): DisjointSets {
  const parent = Uint32Array.from({ length: count }, (_, element) => element);
  const find = (element: number): number => {
    let at = element;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  return {
    find,
    union(first, second) {
      const [a, b] = [find(first), find(second)];
      parent[Math.max(a, b)] = Math.min(a, b);
    },
    groups() {
      const numbers = new Map<number, number>();
      return Uint32Array.from(parent, (_, element) => {
        const root = find(element);
        const known = numbers.get(root);
        if (known !== undefined) return known;
        numbers.set(root, numbers.size);
        return numbers.size - 1;
      });
    },
  };
}
