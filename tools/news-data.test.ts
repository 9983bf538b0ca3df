import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LoadedExamples, loadExamples, normalizeText, openSource } from '@polytask/data';
import { beforeAll, describe, expect, it } from 'vitest';
import { repository } from './lib/workspace.ts';

const file = (name: string): string => fileURLToPath(new URL(`examples/news/${name}`, repository));
const records = (name: string) =>
  readFileSync(file(name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

type Row = { id: string; text: string; topic: string | null; sentiment: string | null };
type Annotation = { id: string; topic: [string, string]; sentiment: [string, string] };
const tasks = ['topic', 'sentiment'] as const;
const rows = records('headlines.jsonl') as Row[];
const annotations = records('annotations.jsonl') as Annotation[];

/** The largest |A ∩ B| / |A ∪ B| of the character trigrams of two texts, and the texts. */
function mostAlike(texts: readonly string[]): { similarity: number; pair: readonly string[] } {
  const holders = new Map<string, number[]>();
  const sizes: number[] = [];
  let most = { similarity: 0, pair: [] as readonly string[] };
  texts.forEach((text, index) => {
    const characters = [...normalizeText(text)];
    const trigrams = new Set(characters.slice(2).map((_, start) => characters.slice(start, start + 3).join('')));
    const shared = new Map<number, number>();
    for (const trigram of trigrams) {
      const earlier = holders.get(trigram) ?? [];
      for (const other of earlier) shared.set(other, (shared.get(other) ?? 0) + 1);
      earlier.push(index);
      holders.set(trigram, earlier);
    }
    sizes.push(trigrams.size);
    for (const [other, count] of shared) {
      const similarity = count / (sizes[other]! + trigrams.size - count);
      if (similarity > most.similarity) most = { similarity, pair: [texts[other]!, text] };
    }
  });
  return most;
}

describe('examples/news/headlines.jsonl', () => {
  let loaded: LoadedExamples;

  beforeAll(async () => {
    loaded = await loadExamples(openSource(file('headlines.jsonl')), {
      id: 'id',
      inputs: { text: { column: 'text', type: 'text' } },
      tasks: { topic: { column: 'topic', type: 'label' }, sentiment: { column: 'sentiment', type: 'label' } },
    });
  });

  it('has no bad row and none without any label', () => {
    expect(loaded.problems).toEqual([]);
    expect(loaded.quarantine).toEqual([]);
    expect(loaded.examples).toHaveLength(rows.length);
  });

  it('has four columns, ids by language and number, and texts of one trimmed line', () => {
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['id', 'text', 'topic', 'sentiment']);
      expect(row.id).toMatch(/^(en|zh)-\d{4}$/);
      expect(row.text).toMatch(/^\S.{10,}\S$/u);
      expect(/\p{Script=Han}/u.test(row.text), row.text).toBe(row.id.startsWith('zh'));
    }
  });

  it('repeats neither an id nor a text', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(new Set(rows.map(({ text }) => normalizeText(text))).size).toBe(rows.length);
  });

  it('has no two texts that are nearly the same', () => {
    const { similarity, pair } = mostAlike(rows.map(({ text }) => text));
    expect(similarity, pair.join('\n')).toBeLessThan(0.5);
  });

  it('has at least 1,000 English and 200 Chinese texts', () => {
    expect(rows.filter(({ id }) => id.startsWith('en')).length).toBeGreaterThanOrEqual(1000);
    expect(rows.filter(({ id }) => id.startsWith('zh')).length).toBeGreaterThanOrEqual(200);
  });

  it.each([
    ['topic', ['entertainment', 'finance', 'politics', 'sports', 'technology']],
    ['sentiment', ['negative', 'neutral', 'positive']],
  ] as const)('has the labels of %s in about equal numbers', (task, labels) => {
    const present = rows.flatMap(({ [task]: label }) => label ?? []);
    expect([...new Set(present)].sort()).toEqual(labels);
    for (const label of labels) {
      const share = present.filter((other) => other === label).length / present.length;
      expect(share * labels.length).toBeGreaterThan(0.9);
      expect(share * labels.length).toBeLessThan(1.1);
    }
  });

  it('lacks one label in a quarter of the rows', () => {
    const lacking = rows.filter(({ topic, sentiment }) => (topic === null) !== (sentiment === null));
    expect(lacking.length / rows.length).toBeGreaterThan(0.24);
    expect(lacking.length / rows.length).toBeLessThan(0.26);
  });
});

describe('examples/news/annotations.jsonl', () => {
  it('has both annotations of every row, in the order of the rows', () => {
    expect(annotations.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  });

  it.each(tasks)('gives each %s that the rows have, and none where the two differ', (task) => {
    annotations.forEach(({ id, [task]: [first, second] }, index) => {
      const label = rows[index]![task];
      if (first !== second) expect(label, id).toBeNull();
      else if (label !== null) expect(label, id).toBe(first);
    });
  });
});

describe('mostAlike', () => {
  it('finds the two texts that share most trigrams', () => {
    expect(mostAlike(['abcd', 'xyz', 'abce'])).toEqual({ similarity: 1 / 3, pair: ['abcd', 'abce'] });
    expect(mostAlike(['abc', 'xyz']).similarity).toBe(0);
  });
});
