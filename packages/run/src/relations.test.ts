import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Classification } from '@polytask/heads';
import { describe, expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { openRun } from './open-run.ts';
import { prepare } from './prepare.ts';
import { noLabel, reconcilerFor } from './relations.ts';
import type { Scores } from './results.ts';
import { failure, temporaryFolder, tinyFile, tinyRows, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const kindOf = { match: 'ball', goal: 'ball', team: 'club', coach: 'club', league: 'club' } as const;

/** Sports have a kind, which the first word tells; finance has none. */
const rows = tinyRows().map((row, at): Record<string, unknown> => {
  const word = String(row.text).split(' ')[0] as keyof typeof kindOf;
  return { ...row, kind: at % 2 === 0 ? kindOf[word] : null };
});
const tasks = {
  kind: { type: 'classify', column: 'kind' },
  topic: { type: 'classify', column: 'topic' },
  sentiment: { type: 'classify', column: 'sentiment' },
} as const;
const hierarchy = { kind: { parent: 'topic', under: { sports: ['ball', 'club'] } } };
const run = (relations: RunFile['relations'], changes: Partial<RunFile> = {}) =>
  tinyRun(temporaryFolder(), { tasks, relations, ...changes }, rows);

const metricsOf = (scores: Scores) =>
  Object.fromEntries(Object.entries(scores).map(([task, { metrics }]) => [task, metrics]));

describe('predictions pulled together', () => {
  const both = rows.map((row, at): Record<string, unknown> => ({ ...row, again: at < 6 ? row.topic : null }));
  const pairOf = (strength: number, column = 'again') =>
    tinyRun(
      temporaryFolder(),
      {
        tasks: { topic: { type: 'classify', column: 'topic' }, again: { type: 'classify', column } },
        relations: { correlated: [{ tasks: ['topic', 'again'], strength }], reads: { again: ['topic'] } },
        train: { epochs: 6, batch: 8 },
      },
      both,
    );

  it('agree more with one another, and are predicted by what was saved', async () => {
    const apart = async (strength: number) => {
      const { folder } = await trainRun(pairOf(strength), { out: temporaryFolder() });
      await using opened = await openRun(folder);
      const predictions = await opened.predict(both.map(({ text }) => String(text)));
      const share = ({ tasks: made }: (typeof predictions)[number], task: string) =>
        (made[task] as { probabilities: Record<string, number> }).probabilities.sports!;
      return predictions.reduce((sum, one) => sum + Math.abs(share(one, 'topic') - share(one, 'again')), 0);
    };
    expect(await apart(20)).toBeLessThan(0.8 * (await apart(0)));
  });

  it('must be of the same classes', async () => {
    expect(await failure(() => prepare(pairOf(1, 'sentiment')))).toMatchObject({ code: 'E2481' });
    const error = await failure(() => run({ correlated: [{ tasks: ['topic', 'tone'] }] }));
    expect(error).toMatchObject({ problems: [{ code: 'E1209', path: 'relations.correlated.0.tasks.1' }] });
  });
});

describe('relations of a run', () => {
  it('give predictions that contradict no parent, also in evaluations', async () => {
    const folder = temporaryFolder();
    const { folder: trained, validation } = await trainRun(run({ hierarchy }), { out: folder });
    await using opened = await openRun(trained);
    const predictions = await opened.predict(rows.map(({ text }) => String(text)));
    const pairs = new Set(
      predictions.map(({ tasks: { topic, kind } }) =>
        [topic, kind].map((one) => (one as { label: string }).label).join(' '),
      ),
    );
    expect([...pairs].sort()).toEqual(['finance ', 'sports ball', 'sports club']);
    for (const { tasks: made } of predictions) {
      const { topic, kind } = made as Record<
        string,
        { label: string; probability: number; probabilities: Record<string, number> }
      >;
      // what has no kind is finance
      expect(kind!.probabilities[noLabel]).toBeCloseTo(topic!.probabilities.finance!, 9);
      expect(Object.values(kind!.probabilities).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      expect(kind!.probability).toBe(kind!.probabilities[kind!.label]);
    }
    const evaluated = await opened.evaluate({ part: 'validation' });
    expect(metricsOf(evaluated.tasks)).toEqual(metricsOf(validation!));
    const examples = (await prepare(run({ hierarchy }))).examplesOf('validation');
    const judged = await opened.predict(examples.map(({ inputs }) => inputs.text!));
    const known = examples.flatMap(({ labels }, at) => (labels.kind === null ? [] : [{ actual: labels.kind, at }]));
    const right = known.filter(({ actual, at }) => (judged[at]!.tasks.kind as { label: string }).label === actual);
    expect(evaluated.tasks.kind!.metrics.accuracy).toBe(right.length / known.length);
  });

  it('count a label that the prediction says there is none of as wrong', () => {
    const reconcile = reconcilerFor(run({ hierarchy }).config)!;
    const found = reconcile({
      topic: [{ label: 'finance', probability: 0.9, probabilities: { finance: 0.9, sports: 0.1 } }],
      kind: [{ label: 'ball', probability: 0.75, probabilities: { ball: 0.75, club: 0.25 } }],
      sentiment: ['stays'],
    });
    expect(found.sentiment).toEqual(['stays']);
    const [kind] = found.kind as { label: string; probability: number; probabilities: Record<string, number> }[];
    expect(kind!.label).toBe('');
    expect(kind!.probability).toBeCloseTo(0.9, 12);
    expect(kind!.probabilities.ball).toBeCloseTo(0.075, 12);
    expect(reconcilerFor(run({ reads: { kind: ['topic'] } }).config)).toBeUndefined();
  });

  it('let heads read the outputs of others, and are part of what training learns', async () => {
    const { model } = await prepare(
      run({ reads: { kind: ['topic', 'sentiment'], topic: ['sentiment'] }, gradient: 'stops' }),
    );
    const params = model.init({ key: [1, 2] }) as unknown as {
      outputs: Record<string, Record<string, unknown>>;
    };
    expect(Object.entries(params.outputs).map(([task, read]) => [task, Object.keys(read)])).toEqual([
      ['topic', ['sentiment']],
      ['kind', ['topic', 'sentiment']],
    ]);
    const folder = temporaryFolder();
    const trained = await trainRun(run({ hierarchy, reads: { kind: ['topic'] } }), { out: folder });
    await using opened = await openRun(trained.folder);
    expect(metricsOf((await opened.evaluate({ part: 'validation' })).tasks)).toEqual(metricsOf(trained.validation!));
    const config = JSON.parse(readFileSync(join(trained.folder, 'config.json'), 'utf8')) as { relations: unknown };
    expect(config.relations).toEqual({ hierarchy, reads: { kind: ['topic'] }, gradient: 'flows' });
  });

  it('tell labels that contradict them', async () => {
    const contradicting = rows.map((row, at) =>
      at === 1 || at === 7 ? { ...row, topic: 'finance', kind: 'club' } : row,
    );
    const { notes } = await prepare(tinyRun(temporaryFolder(), { tasks, relations: { hierarchy } }, contradicting));
    expect(notes.filter(({ code }) => code === 'E2480')).toEqual([
      expect.objectContaining({
        path: 'relations.hierarchy.kind',
        message: expect.stringMatching(/^2 of 60 examples .* "club" below the topic "finance"\.$/),
      }),
    ]);
    expect((await prepare(run({ hierarchy }))).notes.filter(({ code }) => code === 'E2480')).toEqual([]);
  });

  it('tell names that no label has, and how labels that say NULL become missing ones', async () => {
    const named = { kind: { parent: 'topic', under: { Sports: ['ball', 'clubb', 'chess'] } } };
    const { notes } = await prepare(run({ hierarchy: named }));
    expect(notes.filter(({ code }) => code === 'E2483')).toEqual([
      expect.objectContaining({
        path: 'relations.hierarchy.kind.under',
        message: 'No example has the label "Sports" of "topic".',
        fix: 'Did you mean "sports"?',
      }),
      expect.objectContaining({
        message: 'No example has the label "clubb" or "chess" of "kind".',
        fix: 'Did you mean "club"?',
      }),
    ]);
    expect((await prepare(run({ hierarchy }))).notes.filter(({ code }) => code === 'E2483')).toEqual([]);
    const nulls = rows.map((row, at) => (at % 3 ? row : { ...row, kind: 'NULL' }));
    const told = (await prepare(tinyRun(temporaryFolder(), { tasks, relations: { hierarchy } }, nulls))).notes;
    expect(told.find(({ code }) => code === 'E2480')!.fix).toMatch(
      /name them beside the source: missing: \["NULL"\]\.$/,
    );
    expect(told.find(({ code }) => code === 'E2333')).toMatchObject({
      path: 'tasks.kind',
      message: expect.stringMatching(/^Training labels say "NULL" \(\d+\), which is a class like any other\.$/),
    });
  });

  it('are refused when they name what is not there, go round in circles, or are none of classes', async () => {
    const refused = (relations: unknown, changes: Partial<RunFile> = {}) =>
      failure(() =>
        defineRun(tinyFile('rows.jsonl', { tasks, relations: relations as RunFile['relations'], ...changes })),
      );
    expect(await refused({ reads: { kind: ['topics'] } })).toMatchObject({
      problems: [{ code: 'E1209', path: 'relations.reads.kind.0' }],
    });
    expect(await refused({ hierarchy, reads: { topic: ['kind'] } })).toMatchObject({
      problems: [{ code: 'E1205', path: 'relations', message: expect.stringContaining('kind → topic → kind') }],
    });
    expect(
      await refused({ reads: { kind: ['topic'] } }, { sharing: { type: 'hard', outputs: { type: 'attention' } } }),
    ).toMatchObject({
      problems: [{ code: 'E1209', path: 'relations.reads' }],
    });
    const numbers = { ...tasks, kind: { type: 'regress', column: 'kind' } } as const;
    expect(await refused({ hierarchy }, { tasks: numbers })).toMatchObject({
      problems: [{ code: 'E1209', path: 'relations.hierarchy.kind' }],
    });
  });
});

describe('two steps of which the second follows the first', () => {
  const clicks = tinyRows().map(
    (row, at): Record<string, unknown> => ({
      ...row,
      click: at % 2 === 0 ? 'yes' : 'no',
      purchase: at % 6 === 0 ? 'bought' : 'left',
    }),
  );
  const both = {
    click: { type: 'classify', column: 'click' },
    purchase: { type: 'classify', column: 'purchase' },
  } as const;
  const esmm = { first: 'click', both: 'purchase', yes: { first: 'yes', both: 'bought' } };
  const steps = (relations: RunFile['relations']) =>
    tinyRun(temporaryFolder(), { tasks: both, relations, train: { epochs: 2, batch: 8 } }, clicks);

  it('are never both likelier than the first, whatever the input', async () => {
    const { folder } = await trainRun(steps({ esmm }), { out: temporaryFolder() });
    await using model = await openRun(folder);
    const texts = clicks.map(({ text }) => String(text));
    for (const { tasks: found } of await model.predict([...texts, 'nothing that was ever seen'])) {
      const [click, purchase] = [found.click, found.purchase] as Classification[];
      expect(purchase!.probabilities.bought!).toBeLessThanOrEqual(click!.probabilities.yes! + 1e-6);
      expect(purchase!.probabilities.bought! + purchase!.probabilities.left!).toBeCloseTo(1, 6);
    }
  });

  it('are two different tasks of two classes, named as their labels are', async () => {
    expect(await failure(() => steps({ esmm: { ...esmm, both: 'click' } }))).toMatchObject({
      problems: [{ code: 'E1209', path: 'relations.esmm.both' }],
    });
    expect(await failure(() => steps({ esmm: { ...esmm, first: 'clik' } }))).toMatchObject({
      problems: [{ code: 'E1209', path: 'relations.esmm.first' }],
    });
    expect(
      await failure(() => prepare(steps({ esmm: { ...esmm, yes: { first: 'yes', both: 'sold' } } }))),
    ).toMatchObject({
      problems: [
        {
          code: 'E2482',
          path: 'relations.esmm.yes.both',
          message: 'Expected two classes of the task "purchase", one of them "sold". Found bought, left.',
        },
      ],
    });
  });
});
