import { type HostTensor, hostTensor, integer, type Key, sizeOf, words } from '@polytask/base';

/** Random shapes and tensors, each call the next of the sequence that the key stands for. */
export function draws(source: Key) {
  const next = words(source);
  const whole = (low: number, high: number) => low + integer(next, high - low + 1);
  const real = (low: number, high: number) => low + ((high - low) * (next() >>> 8)) / 2 ** 24;
  const among = <Value>(...values: readonly Value[]): Value => values[integer(next, values.length)]!;
  const coin = () => among(true, false);

  /** Numbers between `low` and `high` at which `isSmooth`. */
  const reals = (
    shape: readonly number[],
    low = -1,
    high = 1,
    isSmooth: (value: number) => boolean = () => true,
  ): HostTensor => {
    const one = (): number => {
      const value = real(low, high);
      return isSmooth(value) ? value : one();
    };
    return hostTensor('float32', shape, Array.from({ length: sizeOf(shape) }, one));
  };

  const shuffled = (count: number): number[] => {
    const order = Array.from({ length: count }, (_, index) => index);
    for (let i = count - 1; i > 0; i--) {
      const j = integer(next, i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  };

  /** Numbers that are at least 0.1 apart, and so far from `offset` / 10 multiples of another such tensor. */
  const apart = (shape: readonly number[], offset = 0): HostTensor => {
    const count = sizeOf(shape);
    return hostTensor(
      'float32',
      shape,
      shuffled(count).map((rank) => 0.1 * (rank - Math.floor(count / 2)) + offset),
    );
  };

  const integers = (shape: readonly number[], low: number, high: number): HostTensor =>
    hostTensor(
      'int32',
      shape,
      Array.from({ length: sizeOf(shape) }, () => whole(low, high)),
    );

  const booleans = (shape: readonly number[]): HostTensor =>
    hostTensor(
      'bool',
      shape,
      Array.from({ length: sizeOf(shape) }, () => whole(0, 1)),
    );

  /** Axes of 1 to 3, now and then of 0. */
  const shape = (minRank = 0, maxRank = 5, { empty = true }: { readonly empty?: boolean } = {}): number[] => {
    const rank = whole(minRank, maxRank);
    const longest = rank > 3 ? 2 : 3;
    const zero = empty && rank > 0 && whole(0, 9) === 0 ? whole(0, rank - 1) : -1;
    return Array.from({ length: rank }, (_, axis) => (axis === zero ? 0 : whole(1, longest)));
  };

  /** Some axes of a shape 1, and some leading ones missing. */
  const broadcastFrom = (to: readonly number[]): number[] =>
    to.map((size) => (whole(0, 2) === 0 ? 1 : size)).slice(whole(0, 2) === 0 ? whole(0, to.length) : 0);

  /** Shapes that broadcast to the same shape, one of them perhaps that shape. */
  const broadcastPair = (): [number[], number[]] => {
    const to = shape();
    return among([to, broadcastFrom(to)], [broadcastFrom(to), to], [broadcastFrom(to), broadcastFrom(to)]) as [
      number[],
      number[],
    ];
  };

  /** An axis of a shape, counted from its start or its end. */
  const axis = (rank: number) => whole(-rank, rank - 1);

  /** Some axes of a shape, each once. */
  const axes = (rank: number): number[] =>
    shuffled(rank)
      .slice(0, whole(0, rank))
      .map((each) => (coin() ? each : each - rank));

  return {
    whole,
    among,
    coin,
    reals,
    apart,
    integers,
    booleans,
    shape,
    broadcastFrom,
    broadcastPair,
    axis,
    axes,
    shuffled,
  };
}

export type Draws = ReturnType<typeof draws>;
