import type { Batch, BatchSource } from './batch.ts';

/** The micro-batches of one step after the other. */
export interface GroupsAhead<Task extends string> extends Disposable {
  next(): Promise<readonly Batch<Task>[]>;
  /** Begins with the next group as soon as whatever is running lets it; not where the source chooses by what a step brought, or an epoch. */
  prepare(): void;
  /** Lets the source end the epoch that its last group belongs to, if it wants to. */
  endEpoch(standing: { readonly params: unknown; readonly epoch: number }): Promise<void>;
  /** Of the source after the last group that was given out, whatever was prepared since. */
  position(): unknown;
}

/**
 * Groups of `count` batches, fewer where an epoch ends, that can be made before they are asked for: while a step computes in a thread of its
 * own, this one would be idle.
 *
 * When disposed of, the source stands where `position` says.
 */
export function groupsAhead<Task extends string>(source: BatchSource<Task>, count: number): GroupsAhead<Task> {
  type Group = { readonly batches: readonly Batch<Task>[]; readonly position: unknown };
  let position = source.state();
  let ahead: Promise<Group> | undefined;
  let ended = false;
  let closes = false; // whether the last group that was given out ends an epoch

  const take = async (): Promise<Group> => {
    const batches: Batch<Task>[] = [];
    while (!ended && batches.length < count && batches.at(-1)?.last !== true) batches.push(await source.next());
    if (ended) source.restore(position);
    return { batches, position: source.state() };
  };
  return {
    async next() {
      const taken = ahead ?? take();
      ahead = undefined;
      const group = await taken;
      position = group.position;
      closes = group.batches.at(-1)?.last === true;
      return group.batches;
    },
    prepare() {
      if (source.observe || (source.endEpoch && closes)) return;
      ahead ??= turn().then(take);
      ahead.catch(() => {}); // whoever asks for the group hears of it
    },
    async endEpoch(standing) {
      if (!source.endEpoch) return;
      await source.endEpoch(standing);
      position = source.state();
    },
    // one that observes stands elsewhere after each step
    position: () => (source.observe ? source.state() : position),
    [Symbol.dispose]() {
      ended = true;
      if (ahead) source.restore(position);
    },
  };
}

/** After everything that is ready to go on, the start of a computation among it. */
const turn = () =>
  new Promise<void>((resolve) => {
    // browsers have no setImmediate
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
