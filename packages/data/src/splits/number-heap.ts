export interface NumberHeap {
  push(item: number): void;
  /** Takes the smallest out. */
  pop(): number | undefined;
}

/** A binary heap of numbers, the smallest first. */
export function numberHeap(): NumberHeap {
  const heap: number[] = [];
  return {
    push(item) {
      let at = heap.push(item) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (heap[parent]! <= item) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = item;
    },
    pop() {
      const top = heap[0];
      const item = heap.pop();
      if (item === undefined || heap.length === 0) return top;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
        if (heap[child]! >= item) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = item;
      return top;
    },
  };
}
