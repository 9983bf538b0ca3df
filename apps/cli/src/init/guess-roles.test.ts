import { readJsonl } from '@polytask/data';
import { expect, it } from 'vitest';
import { profileFile } from './column-profile.ts';
import { guessRoles } from './guess-roles.ts';

async function rolesOf(rows: readonly object[], wanted?: readonly string[]): Promise<Record<string, unknown>> {
  async function* lines() {
    for (const row of rows) yield `${JSON.stringify(row)}\n`;
  }
  const { input, id, tasks, unused } = guessRoles(await profileFile(readJsonl(lines())), wanted);
  return {
    ...(input?.type === 'text'
      ? { text: input.columns[0]?.name }
      : { [String(input?.type)]: input?.columns.map(({ name }) => name) }),
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

it('takes a column for one of numbers where its other cells say that they are missing', async () => {
  const found = await rolesOf(
    rows((row) => ({
      size: row % 9 ? row / 7 : 'NA',
      kind: ['a', 'b', 'none'][row % 3],
      sold: row % 2 ? 'yes' : 'no',
    })),
  );
  expect(found).toMatchObject({ table: ['size', 'kind'], tasks: ['sold'], unused: [] });
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
    'price: numbers; --task price predicts them',
    'year: numbers; --task year predicts them',
    'tags: lists or objects; tasks of type multiLabel, tag and detect read them',
    'author: 60 distinct values: no classes',
  ]);
});

it('says which tasks read tags and transcripts', async () => {
  const tagged = await rolesOf(
    rows((row) => ({
      text: `fly to rome ${row}`,
      slots: row % 3 ? 'O O B-city O' : 'B-x I-x O O',
      listed: "['O', 'B-day']",
      kind: row % 2 ? 'O' : 'B-x',
    })),
  );
  expect(tagged.tasks).toEqual(['kind']);
  expect(tagged.unused).toEqual([
    'slots: tags of words; a task of type tag reads them',
    'listed: tags of words; a task of type tag reads them',
  ]);
  const spoken = await rolesOf(
    rows((row) => ({ path: `${row}.wav`, mood: row % 2 ? 'a' : 'b', said: `word ${row} and more` })),
  );
  expect(spoken.unused).toEqual(['said: 60 distinct values: no classes; a task of type transcribe reads what is said']);
});

it('says of a column of numbers that some cells are none', async () => {
  const found = await rolesOf(
    rows((row) => ({ size: row % 100 ? row / 7 : 'varies', kind: `${row % 3}`, label: row % 2 ? 'a' : 'b' }), 300),
  );
  expect(found.unused).toEqual(['size: numbers but for 3 cells: clean them first']);
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

it('takes rows for the input where there is no text', async () => {
  expect(await rolesOf(rows((row) => ({ a: row, b: row % 2 })))).toMatchObject({ table: ['a'], tasks: ['b'] });
});

it('takes a column of paths for images or sounds', async () => {
  for (const [type, ending] of [
    ['image', 'png'],
    ['image', 'JPG'],
    ['speech', 'wav'],
  ] as const)
    expect(
      await rolesOf(
        rows((row) => ({
          path: `some folder/${row}.${ending}`,
          type: row % 2 ? 'a' : 'b',
          label: row % 3 ? 'x' : 'y',
        })),
      ),
    ).toEqual({ [type]: ['path'], id: undefined, tasks: ['label'], unused: ['type: of the file'] });
});

it('takes rows of numbers and categories for the input, and the last of them or what is asked for as the task', async () => {
  const census = rows((row) => ({
    nr: row,
    age: 20 + (row % 40),
    job: row % 3 ? 'a' : 'b',
    pay: row / 3,
    rich: row % 2,
  }));
  expect(await rolesOf(census)).toEqual({ table: ['age', 'job', 'pay'], id: 'nr', tasks: ['rich'], unused: [] });
  expect(await rolesOf(census, ['pay', 'job'])).toEqual({
    table: ['age', 'rich'],
    id: 'nr',
    tasks: ['pay', 'job'],
    unused: [],
  });
  await expect(rolesOf(census, ['wage'])).rejects.toThrow('E1017');
});
