export type PairCount = { readonly pair: number; readonly count: number };

/** A binary heap: the highest count first, among equals the smallest pair. */
export function pairHeap() {
  const heap: PairCount[] = [];
  const before = (a: PairCount, b: PairCount) => a.count > b.count || (a.count === b.count && a.pair < b.pair);
  return {
    push(item: PairCount): void {
      let at = heap.push(item) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(item, heap[parent]!)) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = item;
    },
    pop(): PairCount | undefined {
      const top = heap[0];
      const item = heap.pop();
      if (top === undefined || item === undefined || heap.length === 0) return top;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
        if (!before(heap[child]!, item)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = item;
      return top;
    },
  };
}
