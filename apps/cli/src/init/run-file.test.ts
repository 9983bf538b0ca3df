import { readJsonl } from '@polytask/data';
import { runSchema } from '@polytask/run';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { profileFile } from './column-profile.ts';
import { exampleData } from './example-data.ts';
import { guessRoles } from './guess-roles.ts';
import { runFile, word } from './run-file.ts';

async function written(columns: { text: string; label: string }) {
  async function* lines() {
    for (let row = 0; row < 40; row++)
      yield `${JSON.stringify({ [columns.text]: `some longer text ${row}`, [columns.label]: row % 2 ? 'yes' : 'no', year: 1900 + row })}\n`;
  }
  const profile = await profileFile(readJsonl(lines()));
  const roles = guessRoles(profile);
  return parse(
    runFile({ name: 'news', source: '../my data/news.jsonl', profile, roles: { ...roles, input: roles.input! } }),
  ) as Record<string, never>;
}

it('writes a file that the schema accepts', async () => {
  const config = await written({ text: 'text', label: 'topic' });
  expect(runSchema.parse(config)).toMatchObject({
    name: 'news',
    tasks: { topic: { type: 'classify', column: 'topic' } },
    data: { source: '../my data/news.jsonl' },
  });
});

it.each(['my label!', '主题', 'on', '7', '"', "it's: #x", '_'])(
  'keeps the column %j as it is, and finds a name for its task',
  async (label) => {
    const config = runSchema.parse(await written({ text: 'the text, quoted: "x"', label }));
    expect(Object.values(config.tasks).map(({ column }) => column)).toEqual([label]);
    expect((config.inputs.text as { column: string }).column).toBe('the text, quoted: "x"');
  },
);

it('quotes words that YAML would take for something else', () => {
  expect(['topic', 'no', 'null', '12', 'a b', '主题', 'runs/x.csv'].map(word)).toEqual([
    'topic',
    '"no"',
    '"null"',
    '"12"',
    '"a b"',
    '主题',
    'runs/x.csv',
  ]);
});

it('makes example data with two tasks, classes in equal shares and labels missing', () => {
  const rows = exampleData()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; topic: string | null; mood: string | null });
  const share = (test: (row: (typeof rows)[number]) => boolean) => rows.filter(test).length / rows.length;
  expect(new Set(rows.map(({ id }) => id)).size).toBe(600);
  expect(share(({ topic }) => topic === null)).toBeCloseTo(0.1, 1);
  expect(share(({ mood }) => mood === null)).toBeCloseTo(0.3, 1);
  expect(share(({ mood }) => mood === 'positive')).toBeCloseTo(0.35, 1);
});
