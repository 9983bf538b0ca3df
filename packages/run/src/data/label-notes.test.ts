import { expect, it } from 'vitest';
import { labelNotes } from './label-notes.ts';

const config = (type: string) => ({ tasks: { mood: { type } } }) as never;
const notes = (labels: Readonly<Record<string, number>>, type = 'classify') =>
  labelNotes(config(type), { mood: new Map(Object.entries(labels)) });

it('tells classes that say of themselves that they are missing, and no words that may be classes', () => {
  expect(notes({ NULL: 7, 'n/a': 2, good: 9, none: 4, '-': 3, unknown: 1 })).toEqual([
    {
      code: 'E2333',
      path: 'tasks.mood',
      message: 'Training labels say "NULL" (7), "n/a" (2), which are classes like any other.',
      fix: 'Where they stand for missing labels, name them beside the source: missing: ["NULL", "n/a"].',
    },
  ]);
});

it('tells classes that differ in how they are written alone', () => {
  expect(notes({ Sport: 3, sport: 9, SPORT: 1, Money: 2, money: 2, other: 5 })).toMatchObject([
    {
      code: 'E2334',
      message:
        'The training labels "Sport" (3) and "sport" (9) and "SPORT" (1) differ in how they are written alone, and are classes of their own. So do 1 more.',
    },
  ]);
});

it('tells sets that were written with another separator', () => {
  const given = { horror: 9, action: 1, 'horror; comedy': 2, 'action; comedy': 3, 'sci-fi/fantasy': 4 };
  expect(notes(given, 'multiLabel')).toEqual([
    {
      code: 'E2336',
      path: 'tasks.mood',
      message: '2 training labels are one label each, such as "horror; comedy", whose parts are labels too.',
      fix: 'Where they are several: separator: ";".',
    },
  ]);
  expect(notes(given, 'classify')).toEqual([]);
  expect(notes({ 'Paris, France': 3, 'Rome, Italy': 2 }, 'multiLabel')).toEqual([]);
});

it('has nothing to say of labels that are no classes, or are well', () => {
  expect(notes({ good: 1, bad: 2 })).toEqual([]);
  expect(notes({ a: 1, A: 2, null: 3 }, 'multiLabel')).toEqual([]);
});
