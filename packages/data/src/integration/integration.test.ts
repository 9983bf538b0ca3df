import { key, PolytaskError } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../sources/from-rows.ts';
import { shuffleBuffer } from '../sources/shuffle-buffer.ts';
import type { Source } from '../sources/types.ts';
import { joinSources } from './join-sources.ts';
import { unionSources } from './union-sources.ts';

const named = (name: string, rows: Record<string, string | number | null>[]): Source => fromRows(rows, name);
async function values(source: Source): Promise<object[]> {
  const list = [];
  for await (const found of source) list.push('bad' in found ? { bad: found.bad.code } : { ...found.values });
  return list;
}
const codes = (problems: readonly { code: string }[]) => problems.map(({ code }) => code);

describe('unionSources', () => {
  const news = () =>
    named('news', [
      { id: 'a', headline: 'Up', topic: 'money' },
      { id: 'b', headline: 'Goal', topic: 'sport' },
    ]);
  const tweets = () =>
    named('tweets', [
      { id: 'a', text: 'Up', mood: 'pos' },
      { id: 'c', text: 'Hm', mood: 'odd' },
    ]);

  it('gives rows of all sources under common names, each with the labels of its own tasks', async () => {
    const both = unionSources(
      [
        { source: news(), columns: { headline: 'text' } },
        { source: tweets(), columns: { mood: 'sentiment' }, labels: { sentiment: { pos: 'positive', odd: null } } },
      ],
      { origin: 'from' },
    );
    expect(await values(both)).toEqual([
      { id: 'a', text: 'Up', topic: 'money', from: 'news' },
      { id: 'b', text: 'Goal', topic: 'sport', from: 'news' },
      { id: 'a', text: 'Up', sentiment: 'positive', from: 'tweets' },
      { id: 'c', text: 'Hm', sentiment: null, from: 'tweets' },
    ]);
    expect(both.report()).toEqual({ rows: { news: 2, tweets: 2 }, problems: [] });
  });

  it('takes cells that say so for missing ones, before labels are mapped', async () => {
    const one = unionSources([
      { source: tweets(), labels: { mood: { pos: 'positive' } }, missing: ['odd', 'c'] },
      { source: named('numbers', [{ id: -9, text: ' odd ', mood: 'pos' }]), missing: ['-9'] },
    ]);
    expect(await values(one)).toEqual([
      { id: 'a', text: 'Up', mood: 'positive' },
      { id: null, text: 'Hm', mood: null },
      { id: null, text: ' odd ', mood: 'pos' },
    ]);
    expect(one.report().problems).toEqual([]);
  });

  it('tells labels that no mapping names, and leaves out columns on request', async () => {
    const one = unionSources([{ source: tweets(), labels: { mood: { pos: 'positive' } }, keep: ['text', 'mood'] }]);
    expect(await values(one)).toEqual([
      { text: 'Up', mood: 'positive' },
      { text: 'Hm', mood: null },
    ]);
    expect(one.report().problems).toMatchObject([{ code: 'E2154', file: 'tweets', row: 2, path: 'mood' }]);
  });

  it('tells where two sources contradict each other, and keeps both rows', async () => {
    const left = named('left', [
      { id: 1, topic: 'money' },
      { id: 2, topic: 'sport' },
    ]);
    const right = named('right', [
      { id: '1', topic: 'sport' },
      { id: '2', topic: 'sport' },
      { id: '3', topic: null },
    ]);
    const both = unionSources([{ source: left }, { source: right }], { key: 'id' });
    expect(await values(both)).toHaveLength(5);
    expect(both.report().problems).toMatchObject([{ code: 'E2151', file: 'right', row: 1, path: 'topic' }]);
    expect(both.report().problems[0]!.message).toContain('left, line 1');
  });

  it('refuses no sources and mappings that join two columns', () => {
    expect(() => unionSources([])).toThrow(RangeError);
    expect(() => unionSources([{ source: news(), columns: { id: 'x', topic: 'x' } }])).toThrow('become "x"');
  });
});

describe('joinSources', () => {
  const sounds = () =>
    named('sounds', [
      { id: 1, path: 'a.wav' },
      { id: 2, path: 'b.wav' },
      { id: null, path: 'c.wav' },
      { id: 4, path: 'd.wav' },
    ]);
  const table = () =>
    named('table', [
      { key: '1', emotion: 'calm', path: 'A.wav' },
      { key: '1', emotion: 'sad' },
      { key: '2', emotion: 'sad' },
      { key: '9', emotion: 'joy' },
    ]);
  const right = { columns: { key: 'id' } };

  it('adds the cells of the row with the same key, and tells what does not fit', async () => {
    const joined = joinSources(sounds(), table(), { on: 'id', right });
    expect(await values(joined)).toEqual([
      { id: 1, path: 'a.wav', emotion: 'calm' },
      { id: 2, path: 'b.wav', emotion: 'sad' },
      { id: null, path: 'c.wav' },
      { id: 4, path: 'd.wav' },
    ]);
    const { problems, ...counts } = joined.report();
    expect(counts).toEqual({ rows: { sounds: 4, table: 4 }, matched: 2, unmatched: { sounds: 2, table: 1 } });
    expect(codes(problems)).toEqual(['E2152', 'E2151', 'E2153']);
  });

  it('refuses a column to join by that no row of a source has', async () => {
    const code = async (source: Source) => {
      try {
        await values(source);
      } catch (error) {
        return PolytaskError.is(error) ? [error.code, error.problems[0]!.file, error.problems[0]!.fix] : error;
      }
      return 'read';
    };

    expect(await code(joinSources(sounds(), table(), { on: 'id' }))).toEqual([
      'E1404',
      'table',
      'Columns found: key, emotion, path.',
    ]);
    expect(await code(joinSources(sounds(), table(), { on: 'key' }))).toEqual([
      'E1404',
      'sounds',
      'Columns found: id, path.',
    ]);
  });

  it('tells mappings of columns that no row has', async () => {
    const one = { columns: { kye: 'id', emotion: 'mood' }, labels: { mood: { sad: 'low' }, mod: { sad: 'low' } } };
    const union = unionSources([{ source: table(), ...one }]);
    await values(union);
    const told = union.report().problems.filter(({ code }) => code === 'E2159');

    expect(told.map(({ path, file }) => [path, file])).toEqual([
      ['columns.kye', 'table'],
      ['labels.mod', 'table'],
    ]);
    expect(told[0]!.fix).toBe('Did you mean "key"? Columns found: key, emotion, path.');
  });

  it('keeps what is asked for', async () => {
    expect(await values(joinSources(sounds(), table(), { on: 'id', right, how: 'inner' }))).toHaveLength(2);
    const outer = await values(joinSources(sounds(), table(), { on: 'id', right, how: 'outer', conflicts: 'right' }));
    expect(outer).toHaveLength(5);
    expect(outer[0]).toMatchObject({ path: 'A.wav' });
    expect(outer.at(-1)).toEqual({ id: '9', emotion: 'joy' });
    const [first] = await values(joinSources(sounds(), table(), { on: 'id', right, conflicts: 'missing' }));
    expect(first).toMatchObject({ path: null });
  });

  it('stops when the second source is too long to hold', async () => {
    await expect(values(joinSources(sounds(), table(), { on: 'id', right, maxRows: 1 }))).rejects.toThrow('E2155');
  });

  it('keeps a column called __proto__ as data', async () => {
    const odd = named('odd', [JSON.parse('{"id":1,"__proto__":"x"}') as Record<string, string>]);
    const columns: string[][] = [];
    for await (const found of joinSources(sounds(), odd, { on: 'id' })) {
      columns.push('values' in found ? Object.keys(found.values) : []);
    }
    expect(columns).toEqual([
      ['id', 'path', '__proto__'],
      ['id', 'path'],
      ['id', 'path'],
      ['id', 'path'],
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('shuffleBuffer', () => {
  async function* count(n: number) {
    for (let at = 0; at < n; at++) yield at;
  }
  const all = async (n: number, size: number, skip = 0) => {
    const list: number[] = [];
    for await (const item of shuffleBuffer(count(n), { key: key(3), size, skip })) list.push(item);
    return list;
  };

  it('gives everything once, nothing earlier than the buffer allows, and the same for the same key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3000), fc.integer({ min: 1, max: 400 }), async (n, size) => {
        const order = await all(n, size);
        expect([...order].sort((left, right) => left - right)).toEqual(Array.from({ length: n }, (_, at) => at));
        expect(order.every((item, at) => item <= at + size)).toBe(true);
        expect(await all(n, size)).toEqual(order);
      }),
      { numRuns: 25 },
    );
  });

  it('goes on where a reader stopped', async () => {
    const order = await all(500, 64);
    expect(order).not.toEqual(Array.from({ length: 500 }, (_, at) => at));
    expect(await all(500, 64, 123)).toEqual(order.slice(123));
    expect(await all(5, 1)).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses sizes that hold nothing', async () => {
    await expect(all(3, 0)).rejects.toThrow(RangeError);
    await expect(all(3, 1.5)).rejects.toThrow(RangeError);
  });
});
