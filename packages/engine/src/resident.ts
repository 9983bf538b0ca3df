import { PolytaskError, type Shape, type TypedArray } from '@polytask/base';
import type { Spec, ValueType } from './graph.ts';

const brand = Symbol.for('polytask.resident');

/** What a device keeps behind a resident. `buffer` is the device's own: an ONNX Runtime tensor or a tfjs tensor. */
export type Held = {
  readonly device: string;
  readonly buffer: unknown;
  /** Copies what is there at the time of the call. */
  read(): Promise<TypedArray>;
  /** What is there itself, where that is memory of this thread. */
  peek?(): TypedArray;
  /** Frees the memory, but not before the runs that compute with it have ended. */
  release(): void;
  /** Says that a run computes with it until the function that it returns is called. */
  use(): () => void;
  isInUse(): boolean;
};

/** What stands behind a resident, with the count of runs that compute with it: threads may read memory long after a program was called. */
export function held({ release, ...rest }: Pick<Held, 'device' | 'buffer' | 'read' | 'peek' | 'release'>): Held {
  let users = 0;
  let isReleased = false;
  return {
    ...rest,
    isInUse: () => users > 0,
    use() {
      users++;
      return () => {
        users--;
        if (users === 0 && isReleased) release();
      };
    },
    release() {
      isReleased = true;
      if (users === 0) release();
    },
  };
}

/**
 * A tensor that stays where the engine computes, between the run that returned it and the run that takes it.
 *
 * Copy it out with `read`. A run that takes it as a donated argument uses its memory for the results: after that it is gone.
 */
export class Resident {
  readonly [brand] = true;
  readonly shape: Shape;
  readonly dtype: ValueType;
  #held: Held | undefined;

  constructor(spec: Spec, held: Held) {
    this.shape = [...spec.shape];
    this.dtype = spec.dtype;
    this.#held = held;
  }

  /** What is behind it. @throws PolytaskError E3010 when a run has consumed it or it was disposed. */
  held(path = ''): Held {
    if (this.#held) return this.#held;
    throw new PolytaskError('usage', {
      code: 'E3010',
      ...(path && { path }),
      message: 'This resident tensor is gone: an earlier run took its memory, or it was disposed.',
      fix: 'Use the resident that that run returned, or copy it with `await read(tree)` before.',
    });
  }

  /** Gives the content away without freeing it. */
  take(path = ''): Held {
    const held = this.held(path);
    this.#held = undefined;
    return held;
  }

  [Symbol.dispose](): void {
    this.#held?.release();
    this.#held = undefined;
  }

  static is(value: unknown): value is Resident {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}
