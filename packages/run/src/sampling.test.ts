import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunFile } from './config/schema.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { compareSingleTask } from './single-task.ts';
import { takeEpoch } from './testing/take-batches.fixture.ts';
import { contents, failure, temporaryFolder, tinyRows, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

type Sampling = NonNullable<RunFile['sampling']>;

const rows = tinyRows().map((row, at) => ({ ...row, importance: at % 4 }));
const train = {
  epochs: 2,
  batch: 8,
  optimizer: { learningRate: 0.05 },
  checkpoint: { every: 3, keep: 2 },
  evaluate: 4,
} as const;

const samplings: readonly Sampling[] = [
  { type: 'joint' },
  { type: 'classBalanced' },
  { type: 'classBalanced', tasks: ['topic'], size: 'over', draw: 'withReplacement', strength: 0.5 },
  { type: 'taskBalanced' },
  { type: 'taskBalanced', per: 'example' },
  { type: 'temperature', temperature: 2, cap: 20, labels: 'all' },
  { type: 'annealed', to: 5, replacement: true },
  { type: 'roundRobin', batch: { sentiment: 4 }, batchesPerEpoch: 5 },
  { type: 'weighted', column: 'importance', draw: 'withoutReplacement' },
  { type: 'weighted', column: 'importance', epochSize: 30, lengthBuckets: 2 },
  { type: 'selected' },
  { type: 'selected', selector: { type: 'fixed', inTurn: true } },
  { type: 'selected', selector: { type: 'priority', importance: { topic: 2 } } },
  { type: 'selected', selector: { type: 'learningProgress', rate: 0.5 } },
  { type: 'selected', selector: { type: 'exp3', gamma: 0.3 }, batch: { sentiment: 4 }, labels: 'all' },
  { type: 'selected', selector: { type: 'ucb1' }, lengthBuckets: 2, replacement: true },
  {
    type: 'selected',
    selector: {
      type: 'mixed',
      parts: [
        { share: 2, selector: { type: 'exp3', window: 5 } },
        { share: 1, selector: { type: 'priority', importance: { topic: 3 }, temperature: 2 } },
      ],
    },
  },
];

/** What a run leaves behind, without times. */
const results = (folder: string, steps: number) => ({
  final: contents(join(folder, 'checkpoints', `ckpt-${steps}`)),
  best: contents(join(folder, 'best')),
  metrics: readFileSync(join(folder, 'metrics.ndjson'), 'utf8'),
});

describe.each(samplings.map((sampling): [string, Sampling] => [JSON.stringify(sampling), sampling]))(
  'sampling %s',
  (_, sampling) => {
    it('trains, and ends with the same bytes when it was interrupted and resumed', async () => {
      const folder = temporaryFolder();
      const run = () => tinyRun(folder, { sampling, train }, rows);
      const whole = await trainRun(run(), { out: join(folder, 'runs') });
      expect(whole.reason).toBe('finished');
      expect(whole.steps).toBeGreaterThan(4);
      const controller = new AbortController();
      const { folder: stopped } = await trainRun(run(), {
        out: join(folder, 'runs'),
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'step' && event.step === whole.steps / 2 + 1) controller.abort();
        },
      });
      expect((await resumeRun(stopped)).reason).toBe('finished');
      expect(results(stopped, whole.steps)).toEqual(results(whole.folder, whole.steps));
    });
  },
);

async function epochOf(sampling: Sampling) {
  const { batches } = await prepare(tinyRun(temporaryFolder(), { sampling, train }, rows));
  return takeEpoch(batches);
}

describe('batches drawn for one task', () => {
  it('have labels of that task alone, in turns and in its batch size', async () => {
    const epoch = await epochOf({ type: 'roundRobin', batch: { sentiment: 4 } });
    const present = epoch.map(({ counts }) => [counts.topic! > 0, counts.sentiment! > 0]);
    expect(present).toEqual(epoch.map((_, at) => [at % 2 === 0, at % 2 === 1]));
    expect(epoch.map(({ size }) => size)).toEqual(epoch.map((_, at) => (at % 2 === 0 ? 8 : 4)));
  });

  it('have all labels when asked to', async () => {
    const epoch = await epochOf({ type: 'roundRobin', labels: 'all' });
    expect(epoch.some(({ counts }) => counts.topic! > 0 && counts.sentiment! > 0)).toBe(true);
  });
});

describe('sampling by class', () => {
  it('moves the shares of the classes towards each other and says where it cannot', async () => {
    const skewed = rows.map((row, at) => ({
      ...row,
      topic: at % 10 === 0 ? 'finance' : 'sports',
      sentiment: at % 7 === 0 ? 'bad' : 'good',
    }));
    const sampling: Sampling = { type: 'classBalanced', tasks: ['topic'] };
    const prepared = await prepare(tinyRun(temporaryFolder(), { sampling, train }, skewed));
    expect(prepared.notes.filter(({ code }) => code === 'E2460')).toEqual([]);
    const limited = await prepare(tinyRun(temporaryFolder(), { sampling: { ...sampling, limit: 1.5 }, train }, skewed));
    expect(limited.notes).toContainEqual(expect.objectContaining({ code: 'E2460', path: 'tasks.topic' }));
  });
});

describe('sampling by weight', () => {
  it('refuses weights that are none, and only zeros', async () => {
    const wrong = rows.map((row, at) => ({ ...row, importance: at === 7 ? 'much' : 1 }));
    const sampling = { type: 'weighted', column: 'importance' } as const;
    const error = await failure(() => prepare(tinyRun(temporaryFolder(), { sampling, train }, wrong)));
    expect([error.kind, error.code, error.message]).toEqual(['data', 'E2461', expect.stringContaining('Found "much"')]);
    const none = rows.map((row) => ({ ...row, importance: null }));
    expect((await failure(() => prepare(tinyRun(temporaryFolder(), { sampling, train }, none)))).code).toBe('E2461');
  });
});

describe('the comparison with single tasks', () => {
  it('samples each task alone as far as the settings are of it', async () => {
    const folder = temporaryFolder();
    const chosen: Sampling[] = [
      { type: 'classBalanced', tasks: ['topic'] },
      { type: 'roundRobin', batch: { topic: 4 } },
    ];
    for (const sampling of chosen) {
      const done = await trainRun(tinyRun(folder, { sampling, train: { steps: 3, batch: 8 } }, rows), { out: folder });
      expect(Object.keys((await compareSingleTask(done.folder)).single)).toEqual(['topic', 'sentiment']);
    }
  });
});

describe('selected tasks', () => {
  it('are those of a fixed set, or by importance', async () => {
    const fixed = await epochOf({ type: 'selected', selector: { type: 'fixed', tasks: ['sentiment'] } });
    expect(fixed.every(({ counts }) => counts.topic === 0 && counts.sentiment! > 0)).toBe(true);
    const priority = { type: 'priority', importance: { sentiment: 0 } } as const;
    const important = await epochOf({ type: 'selected', selector: priority });
    expect(important.every(({ counts }) => counts.topic! > 0 && counts.sentiment === 0)).toBe(true);
  });

  it('are chosen by the losses that training reports', async () => {
    const sampling = { type: 'selected', selector: { type: 'learningProgress', exploration: 0, rate: 1 } } as const;
    const { batches } = await prepare(tinyRun(temporaryFolder(), { sampling, train }, rows));
    const report = { step: 0, epoch: 0, weights: {}, learningRate: 1, examples: 8, status: { kind: 'ok' } } as const;
    const taskOf = ({ counts }: { counts: Readonly<Record<string, number>> }) =>
      Object.keys(counts).find((task) => counts[task]! > 0)!;
    // sentiment falls all the time, topic not at all
    const chosen: string[] = [];
    for (let step = 0; step < 20; step++) {
      const task = taskOf(await batches.next());
      batches.observe!({
        ...report,
        losses: { topic: null, sentiment: null, [task]: task === 'topic' ? 1 : 0.9 ** step },
      });
      chosen.push(task);
    }
    expect(new Set(chosen.slice(0, 2))).toEqual(new Set(['topic', 'sentiment']));
    expect(chosen.slice(4).filter((task) => task === 'sentiment').length).toBeGreaterThan(13);
  });

  it('name tasks that there are', async () => {
    const error = await failure(() =>
      tinyRun(temporaryFolder(), { sampling: { type: 'selected', selector: { type: 'fixed', tasks: ['topics'] } } }),
    );
    expect(error).toMatchObject({ problems: [{ code: 'E1209', path: 'sampling.selector.tasks.0' }] });
  });
});
