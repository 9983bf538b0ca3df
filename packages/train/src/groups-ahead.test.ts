import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Batch, BatchSource } from './batch.ts';
import { groupsAhead } from './groups-ahead.ts';

/** Three batches an epoch, numbered by `size`. */
function counting(next: (batch: Batch) => Batch | Promise<Batch> = (batch) => batch): BatchSource {
  let taken = 0;
  return {
    batchesPerEpoch: 3,
    next() {
      const size = taken++;
      return next({ inputs: {}, targets: {}, counts: {}, size, epoch: Math.floor(size / 3), last: size % 3 === 2 });
    },
    state: () => taken,
    restore(state) {
      taken = state as number;
    },
  };
}
const sizes = (group: readonly Batch[]) => group.map(({ size }) => size);

it('gives the same groups whether they were prepared or not, none over the end of an epoch', async () => {
  const [plain, prepared] = [groupsAhead(counting(), 2), groupsAhead(counting(), 2)];
  for (const expected of [[0, 1], [2], [3, 4], [5]]) {
    expect(sizes(await plain.next())).toEqual(expected);
    expect(sizes(await prepared.next())).toEqual(expected);
    prepared.prepare();
    prepared.prepare();
  }
});

it('prepares nothing beyond an epoch whose end the source wants to hear of, and stands where it then stands', async () => {
  const heard: number[] = [];
  const plain = counting();
  const source: BatchSource = {
    ...plain,
    async endEpoch({ epoch }) {
      heard.push(epoch);
    },
    state: () => [plain.state(), heard.length],
  };
  using groups = groupsAhead(source, 3);
  expect(sizes(await groups.next())).toEqual([0, 1, 2]);
  groups.prepare();
  await turn();
  await turn();
  expect(source.state()).toEqual([3, 0]);
  await groups.endEpoch({ params: {}, epoch: 0 });
  expect([heard, groups.position()]).toEqual([[0], [3, 1]]);
});

it('stands where the last group ended that was given out, not where it has read ahead to', async () => {
  const source = counting();
  {
    using groups = groupsAhead(source, 2);
    await groups.next();
    groups.prepare();
    await turn();
    await turn();
    expect([source.state(), groups.position()]).toEqual([3, 2]);
  }
  expect(source.state()).toBe(2);
});

it('takes nothing more once it is disposed of, also of a source that is still reading', async () => {
  const source = counting(async (batch) => {
    await turn();
    return batch;
  });
  {
    using groups = groupsAhead(source, 2);
    await groups.next();
    groups.prepare();
    await turn();
  }
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(source.state()).toBe(2);
});

it('tells what a source throws when its group is asked for', async () => {
  const groups = groupsAhead(
    counting(() => {
      throw new RangeError('no more');
    }),
    1,
  );
  groups.prepare();
  await turn();
  await turn();
  await expect(groups.next()).rejects.toThrow('no more');
});

it('makes nothing ahead of a source that chooses by what steps bring', async () => {
  const source = counting();
  const groups = groupsAhead({ ...source, observe: () => source.restore(7) }, 1);
  expect(sizes(await groups.next())).toEqual([0]);
  groups.prepare();
  await turn();
  await turn();
  source.restore(7);
  expect(groups.position()).toBe(7);
  expect(sizes(await groups.next())).toEqual([7]);
});
