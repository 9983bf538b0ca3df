import { describe, expect, test } from 'vitest';
import { failure } from '../testing/tiny-run.fixture.ts';
import { defineRun } from './define-run.ts';
import type { RunFile } from './schema.ts';

const family = (values: string[]) =>
  ({ type: 'regress', column: 'score', each: { column: 'school', values } }) as const;
const alone = { type: 'regress', column: 'other' } as const;
const file = (changes: Partial<RunFile> = {}): RunFile => ({
  version: 1,
  name: 'pupils',
  data: { source: 'pupils.csv' },
  inputs: { row: { type: 'table', columns: ['x'] } },
  tasks: { score: family(['a', 'b']), other: alone },
  ...changes,
});
const told = async (changes: Partial<RunFile>) =>
  (await failure(() => defineRun(file(changes)))).problems.map(({ code, path, message }) => [code, path, message]);

describe('tasks that each makes', () => {
  test('are never lost under one name', async () => {
    const message = (name: string) => `Several tasks come to have the name "${name}".`;
    expect(await told({ tasks: { score: family(['a', 'b']), 'score-a': alone } })).toEqual([
      ['E1218', 'tasks.score-a', message('score-a')],
    ]);
    expect(await told({ tasks: { s: family(['a-b', 'c']), 's-a': family(['b']) } })).toEqual([
      ['E1218', 'tasks.s-a-b', message('s-a-b')],
    ]);
  });

  test('all stand where a list names their family', () => {
    const { config } = defineRun(
      file({
        data: {
          sources: [
            { source: 'pupils.csv', tasks: ['score'] },
            { source: 'more.csv', tasks: ['other'] },
          ],
        },
        inputs: { row: { type: 'table', columns: ['x'], augment: [{ type: 'columnNoise', unsafeFor: ['score'] }] } },
        sharing: { type: 'grouped', groups: [['score'], ['other']] },
        split: { by: 'stratified', tasks: ['other', 'score'] },
      }),
    );
    expect(Object.keys(config.tasks)).toEqual(['score-a', 'score-b', 'other']);
    expect(config.data.sources!.map(({ tasks }) => tasks)).toEqual([['score-a', 'score-b'], ['other']]);
    expect(config.inputs.row!.augment![0]!.unsafeFor).toEqual(['score-a', 'score-b']);
    expect(config.sharing).toMatchObject({ groups: [['score-a', 'score-b'], ['other']] });
    expect(config.split).toMatchObject({ tasks: ['other', 'score-a', 'score-b'] });
  });

  test('stand in groups of their own where affinity says so, each in one', async () => {
    const sharing = (groups: string[][]) => ({ sharing: { type: 'grouped' as const, groups } });
    const apart = [['score-a'], ['score-b', 'other']];
    expect(defineRun(file(sharing(apart))).config.sharing).toMatchObject({ groups: apart });
    expect(await told(sharing([['score-a'], ['score-c', 'other']]))).toEqual([
      ['E1209', 'sharing.groups.1.0', 'There is no task "score-c".'],
      ['E1209', 'sharing.groups', 'Expected each task in one group. Found none for score-b.'],
    ]);
    expect(await told(sharing([['score-a'], ['score', 'other']]))).toEqual([
      ['E1209', 'sharing.groups.1.0', 'The task "score-a" is in a group already.'],
    ]);
    expect(await told(sharing([['other']]))).toEqual([
      ['E1209', 'sharing.groups', 'Expected each task in one group. Found none for score.'],
    ]);
  });

  test('have no one name elsewhere', async () => {
    const paths = async (changes: Partial<RunFile>) =>
      (await told(changes)).map(([code, path]) => `${code} ${path as string}`);
    expect(await paths({ balance: { type: 'fixed', weights: { score: 2 } } })).toEqual(['E1218 balance']);
    expect(await paths({ balance: { type: 'metabalance', target: 'score' } })).toEqual(['E1218 balance']);
    expect(await paths({ balance: { type: 'consistency', pairs: [['other', 'score']] } })).toEqual(['E1218 balance']);
    expect(await paths({ select: { mode: 'primary', task: 'score' } })).toEqual(['E1218 select']);
    expect(await paths({ relations: { reads: { other: ['score'] } } })).toEqual(['E1218 relations']);
    expect(await paths({ relations: { correlated: [{ tasks: ['score', 'other'] }] } })).toEqual(['E1218 relations']);
    expect(await paths({ sampling: { type: 'taskBalanced', batch: { score: 2 } } })).toEqual(['E1218 sampling']);
    const selector = { type: 'priority', importance: { score: 2 } } as const;
    expect(await paths({ sampling: { type: 'selected', selector } })).toEqual(['E1218 sampling']);
  });

  test('may have the name of the run, of a column or of an option', () => {
    const tasks = (name: string) => ({ [name]: family(['a', 'b']) });
    for (const [name, changes] of [
      ['pupils', {}],
      ['school', { split: { by: 'group', column: 'school' } }],
      ['equal', { balance: { type: 'equal' } }],
      ['weighted', { sampling: { type: 'weighted', column: 'weighted' } }],
    ] as const)
      expect(Object.keys(defineRun(file({ ...changes, tasks: tasks(name) } as RunFile)).config.tasks)).toEqual([
        `${name}-a`,
        `${name}-b`,
      ]);
  });

  test('have trimmed values, as rows have', () => {
    const { config } = defineRun(file({ tasks: { score: family([' a ', '7']) } }));
    expect(Object.entries(config.tasks).map(([task, { each }]) => [task, (each as { value: string }).value])).toEqual([
      ['score-a', 'a'],
      ['score-7', '7'],
    ]);
  });

  test('a value without the family that it is of is no each', async () => {
    const each = { column: 'school', value: 'a' };
    expect(await told({ tasks: { score: { type: 'regress', column: 'score', each } } })).toEqual([
      ['E1205', 'tasks.score.each', expect.stringContaining('a column, or { column, pull, values }')],
    ]);
  });
});
