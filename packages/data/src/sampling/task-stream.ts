import { fold, integer, type Key, permutation, words } from '@polytask/base';

/** The examples of one task without end, addressed by how many were taken before. */
export interface TaskStream {
  take(taken: number, count: number): Uint32Array;
}

/** Pass after pass over the examples, each in an order of its own; with replacement, independent draws. */
export function taskStream(key: Key, examples: ArrayLike<number>, replacement: boolean): TaskStream {
  const size = examples.length;
  return {
    take(taken, count) {
      if (replacement) {
        const next = words(fold(fold(key, 'draw'), taken));
        return Uint32Array.from({ length: count }, () => examples[integer(next, size)]!);
      }
      const found = new Uint32Array(count);
      let filled = 0;
      while (filled < count) {
        const at = taken + filled;
        const order = permutation(fold(key, Math.floor(at / size)), size);
        for (let place = at % size; place < size && filled < count; place++) found[filled++] = examples[order[place]!]!;
      }
      return found;
    },
  };
}
