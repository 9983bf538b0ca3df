import { readJsonl } from '@polytask/data';
import { expect, it } from 'vitest';
import { profileFile } from './column-profile.ts';
import { guessRoles } from './guess-roles.ts';

async function rolesOf(rows: readonly object[]) {
  async function* lines() {
    for (const row of rows) yield `${JSON.stringify(row)}\n`;
  }
  const { text, id, tasks, unused } = guessRoles(await profileFile(readJsonl(lines())));
  return {
    text: text?.name,
    id: id?.name,
    tasks: tasks.map(({ name }) => name),
    unused: unused.map(({ column, reason }) => `${column.name}: ${reason}`),
  };
}

const rows = (make: (row: number) => object, count = 60) => Array.from({ length: count }, (_, row) => make(row));

it('finds the text, the id and the labels', async () => {
  const found = await rolesOf(
    rows((row) => ({
      id: row,
      headline: `headline number ${row}`,
      topic: row % 3 ? 'sports' : 'business',
      is_urgent: row % 2 === 0,
      stars: row % 5,
    })),
  );
  expect(found).toEqual({ text: 'headline', id: 'id', tasks: ['topic', 'is_urgent', 'stars'], unused: [] });
});

it('counts labels that are missing as no class', async () => {
  const found = await rolesOf(
    rows((row) => ({
      text: `a text ${row}`,
      topic: row % 2 ? null : '',
      mood: row % 3 ? 'good' : row % 2 ? 'bad' : null,
    })),
  );
  expect(found).toMatchObject({ tasks: ['mood'], unused: ['topic: empty'] });
});

it('leaves out what cannot be classes, and says why', async () => {
  const found = await rolesOf(
    rows((row) => ({
      text: `a text ${row}`,
      same: 'x',
      price: row / 7,
      year: 1900 + row,
      tags: ['a'],
      author: `person ${row}`,
      kind: `${row % 2}`,
    })),
  );
  expect(found.tasks).toEqual(['kind']);
  expect(found.unused).toEqual([
    'same: one value only',
    'price: numbers; only classes can be learned so far',
    'year: numbers; only classes can be learned so far',
    'tags: lists or objects',
    'author: 60 distinct values: no classes',
  ]);
});

it('prefers a column with a telling name to a longer one', async () => {
  const found = await rolesOf(
    rows((row) => ({
      url: `https://example.org/a/very/long/path/of/words/${row}`,
      title: `short ${row}`,
      topic: row % 2 ? 'a' : 'b',
    })),
  );
  expect(found.text).toBe('title');
});

it('finds no text among numbers', async () => {
  expect(await rolesOf(rows((row) => ({ a: row, b: row % 2 })))).toMatchObject({ text: undefined, tasks: ['b'] });
});
