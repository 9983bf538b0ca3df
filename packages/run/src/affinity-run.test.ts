import { describe, expect, it } from 'vitest';
import { affinityRun } from './affinity-run.ts';
import { failure, temporaryFolder, tinyRows, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

/** Each label a second time, under other names. */
const rows = tinyRows().map((row) => ({
  ...row,
  tone: row.sentiment === 'good' ? 'up' : row.sentiment && 'down',
  area: row.topic === 'sports' ? 'field' : row.topic && 'office',
}));
const tasks = {
  sentiment: { type: 'classify', column: 'sentiment' },
  topic: { type: 'classify', column: 'topic' },
  tone: { type: 'classify', column: 'tone' },
  area: { type: 'classify', column: 'area' },
} as const;
const run = (changes = {}) => tinyRun(temporaryFolder(), { tasks, ...changes }, rows);

describe('affinityRun', () => {
  it.each(['cosine', 'lookAhead'] as const)(
    'advises to train together what is one label under two names, by %s',
    async (by) => {
      const seen: number[] = [];
      const found = await affinityRun(run(), { by, steps: 12, every: 2, onStep: (step) => seen.push(step) });
      expect(found.tasks).toEqual(['sentiment', 'topic', 'tone', 'area']);
      expect(seen).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
      expect(found.measurements).toBe(6);
      expect(found.counts[0]![0]).toBe(6);
      const [sentiment, topic, tone] = found.matrix as number[][];
      if (by === 'cosine')
        for (const [i, row] of [sentiment!, topic!, tone!].entries()) expect(row[i]).toBeCloseTo(1, 6);
      expect(sentiment![2]).toBeGreaterThan(sentiment![1]!);
      expect(tone![0]).toBeGreaterThan(topic![0]!);
      expect(found.grouping.groups).toEqual([
        ['sentiment', 'tone'],
        ['topic', 'area'],
      ]);
    },
  );

  it('advises the same by how alike the representations of single-task models are, as a way of sharing that trains', async () => {
    let told = 0;
    const found = await affinityRun(run({ train: { epochs: 3, batch: 8, optimizer: { learningRate: 0.05 } } }), {
      by: 'representation',
      steps: 40,
      onStep: (step, all) => {
        expect([step, all]).toEqual([++told, 160]);
      },
    });
    expect([found.by, found.measurements, told]).toEqual(['unbiased linear CKA', 1, 160]);
    const [sentiment, topic] = found.matrix as number[][];
    expect(sentiment![2]).toBeGreaterThan(0.99); // the same labels, nearly the same model
    expect(topic![3]).toBeGreaterThan(0.99);
    expect(sentiment![1]!).toBeLessThan(0.9);
    expect(found.sharing).toEqual({
      type: 'grouped',
      groups: [
        ['sentiment', 'tone'],
        ['topic', 'area'],
      ],
    });
    const { parameters: hard } = await trainRun(run({ sharing: { type: 'hard', hidden: [4] }, train: { steps: 2 } }), {
      out: temporaryFolder(),
    });
    const { parameters, reason } = await trainRun(
      run({ sharing: { ...found.sharing, hidden: [4] } as never, train: { steps: 2 } }),
      { out: temporaryFolder() },
    );
    expect(reason).toBe('finished');
    expect(parameters - hard).toBe(8 * 4 + 4); // a second tower on representations of 8
  });

  it('refuses groups that do not have each task once', async () => {
    const groups = (given: string[][]) => failure(() => run({ sharing: { type: 'grouped', groups: given } }));
    expect(await groups([['sentiment', 'topic'], ['tone', 'topic']])).toMatchObject({
      problems: [
        { code: 'E1209', path: 'sharing.groups.1.1', message: 'The task "topic" is in a group already.' },
        { code: 'E1209', path: 'sharing.groups', message: 'Expected each task in one group. Found none for area.' },
      ],
    }); // biome-ignore format: groups
    expect(await groups([['sentiment', 'topic', 'tone', 'area', 'mood']])).toMatchObject({
      problems: [{ code: 'E1209', path: 'sharing.groups.0.4' }],
    });
  });

  it('says where help cannot be told from none', async () => {
    // labels that nothing tells
    const noise = rows.map((row, at) => ({ ...row, tone: (at * 7) % 11 < 5 ? 'up' : 'down' }));
    const given = { sentiment: tasks.sentiment, topic: tasks.topic, tone: tasks.tone, area: tasks.area };
    const { findings, matrix, errors } = await affinityRun(tinyRun(temporaryFolder(), { tasks: given }, noise), {
      steps: 20,
    });
    const told = findings.filter((one) => one.includes('cannot be told from nothing'));
    const names = Object.keys(given);
    const expected = names.flatMap((left, i) =>
      names
        .slice(i + 1)
        .flatMap((right, at) =>
          Math.abs(matrix[i]![i + 1 + at]!) <= 2 * errors[i]![i + 1 + at]! ? [`${left} and ${right}`] : [],
        ),
    );
    expect(told.map((one) => one.split(':')[0])).toEqual(expected);
    expect(expected).not.toContain('topic and area');
    expect(expected.length).toBeGreaterThan(0);
  });

  it('gives the same numbers for the same seed', async () => {
    const once = await affinityRun(run(), { steps: 3 });
    expect((await affinityRun(run(), { steps: 3 })).matrix).toEqual(once.matrix);
  });

  it('draws from all examples where training would draw task by task', async () => {
    const { matrix, findings } = await affinityRun(run({ sampling: { type: 'roundRobin' } }), { steps: 3, groups: 1 });
    expect(matrix.flat().every((value) => value !== null)).toBe(true);
    expect(findings.at(-1)).toBe('Batches were drawn from all examples, not task by task as in training.');
  });

  it('refuses a single task and counts that are none', async () => {
    const single = tinyRun(temporaryFolder(), { tasks: { topic: tasks.topic } });
    expect(await failure(() => affinityRun(single))).toMatchObject({ problems: [{ code: 'E1240', path: 'tasks' }] });
    await expect(affinityRun(run(), { steps: 0 })).rejects.toThrow('steps: expected a positive integer');
  });

  it('ends when it is interrupted', async () => {
    const controller = new AbortController();
    const error = await failure(() =>
      affinityRun(run(), { steps: 50, signal: controller.signal, onStep: (step) => step === 2 && controller.abort() }),
    );
    expect(error).toMatchObject({ kind: 'interrupted', problems: [{ code: 'E5001' }] });
  });
});
