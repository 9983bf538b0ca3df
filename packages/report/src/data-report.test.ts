import { cleanTable, dataFacts, fillMissing, outliers, table } from '@polytask/data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContactRow } from './contact-sheet.ts';
import { dataReport } from './data-report.ts';
import { expectInert } from './testing/inert.fixture.ts';
import { tagsOf } from './testing/tags.fixture.ts';

const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
const count = 40;
const parts = { train: rows(0, 28), validation: rows(28, 34), test: rows(34, 40) };
const small = table({
  text: rows(0, count).map((at) => (at === 39 ? 'the same old story of row 0' : `the same old story of row ${at}`)),
  patient: rows(0, count).map((at) => `P${10 + Math.floor(at / 4)}`),
  age: rows(0, count).map((at) => (at % 10 === 3 ? null : 20 + at)),
  topic: rows(0, count).map((at) => (at === 5 ? null : at > 37 ? 'rare' : ['sports', 'finance'][at % 2]!)),
  code: rows(0, count).map((at) => (at > 37 ? 'R' : ['S', 'F'][at % 2]!)),
});
const tasks = { topic: 'topic' };
const cleaned = cleanTable(
  small,
  [fillMissing({ by: 'median', columns: ['age'] }), outliers({ by: { type: 'iqr' }, action: 'clip' })],
  {
    trainingRows: parts.train,
  },
);
const facts = dataFacts({
  name: 'small',
  table: small,
  parts,
  tasks,
  cleaned,
  nameOf: (row) => `small.csv row ${row + 1}`,
});
const text = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ');

describe('dataReport', () => {
  const page = dataReport(facts);

  it('is one page of balanced tags without scripts or addresses', () => {
    expectInert(page);
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    expect(page.replace(/<style>.*?<\/style>/s, '')).not.toMatch(/https?:|url\(|@import/);
    expect(dataReport(facts)).toBe(page);
  });

  it('has a section for everything and names what to look at first', () => {
    const seen = text(page);
    for (const title of [
      'Overview',
      'Labels',
      'Missing values',
      'Duplicates and leaks',
      'Drift between parts',
      'Distributions before and after cleaning',
      'Lengths of texts',
      'Cleaning',
      'Quarantine and notes',
    ])
      expect(page).toContain(`>${title}</h2>`);
    expect(seen).toContain('40 rows, 5 columns, 1 task.');
    expect(seen).toContain('1 row of the test part is equal to rows of the train part (texts of text).');
    expect(seen).toContain('The column code gives the label of topic away.');
    expect(seen).toContain('1 class of topic is not in the train part.');
    expect(seen).toContain('The train part has no rare.');
    expect(seen).toContain('train: small.csv row 1');
  });

  it('shows the counts of the facts', () => {
    // sports in rows 0, 2, …, 26: 14 of 27 labels of the training part
    expect(text(page)).toContain('sports14 52 %3 50 %2 33 %');
    expect(page).toMatch(
      /<caption>Missing cells by column<\/caption>.*?<bdi>age<\/bdi><\/th><td class="number">4<\/td><td class="number">10 %/s,
    );
    expect(text(page)).toContain('1. fill missing');
    expect(text(page)).toMatch(/row 4: missing → 34/);
  });

  it('gives every chart a description and its numbers as a table', () => {
    const charts = tagsOf(page).filter(({ name }) => name === 'svg');
    for (const { attributes } of charts)
      expect(
        attributes['aria-hidden'] === 'true' || (attributes.role === 'img' && attributes['aria-label'] !== ''),
      ).toBe(true);
    const drawn = charts.filter(({ attributes }) => attributes.role === 'img').length;
    expect(drawn).toBeGreaterThan(1);
    expect(page.match(/<summary>Numbers<\/summary>/g)).toHaveLength(drawn);
    expect(tagsOf(page).filter(({ name }) => name === 'table').length).toBe(page.match(/<caption>/g)!.length);
  });

  it('says that it is about the first rows only, where a limit was met', () => {
    expect(text(dataReport({ ...facts, limit: 1000 }))).toContain('Only the first 1,000 rows of the data were read');
    expect(text(page)).not.toContain('Only the first');
  });

  it('shows the range of labels that are numbers or texts, and shares of all tags', () => {
    const labels = table({ tags: ['O O O B-x', 'O O O O', null], price: [1.5, null, 20], heard: ['ab', 'abcd', null] });
    const seen = text(
      dataReport(
        dataFacts({
          name: 'labels',
          table: labels,
          tasks: { tags: 'tags', price: 'price', heard: 'heard' },
          labels: { tags: (label) => label.split(' '), price: 'numbers', heard: 'texts' },
        }),
      ),
    );
    expect(seen).toContain('B-x1 13 %'); // of eight
    expect(seen).toContain('Numbers of price partlabelsno labellowestmedianmeanhighest all211.510.7510.7520');
    expect(seen).toContain(
      'Lengths of the texts of heard in characters partlabelsno labellowestmedianmeanhighest all212334',
    );
    expect(seen).toContain('Nothing stands out.');
  });

  it('says what there is not, of a table without tasks, parts or rows', () => {
    const bare = dataReport(dataFacts({ name: 'bare', table: table({ a: [] }) }));
    expectInert(bare);
    expect(text(bare)).toContain('No column is said to hold labels.');
    expect(text(bare)).toContain('There is one part only');
    expect(text(dataReport(dataFacts({ name: 'whole', table: small, tasks })))).toContain(
      'patient looks like the id of 10 groups of rows: split by group.',
    );
  });

  it('keeps whatever stands in names and cells inert', () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onload='x",
        '</style><script>',
        '</title>',
        '<!--',
        '&lt;',
        '`',
        '\u202e',
        '\0',
        '\ud800',
        'javascript:x',
        '__proto__',
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(hostile, { minLength: 4, maxLength: 4 }), hostile, (names, value) => {
        const [label, words, number, group] = names as [string, string, string, string];
        const lists: [string, (string | number | null)[]][] = [
          [label, rows(0, 12).map((at) => (at % 2 ? value : `${value}2`))],
          [words, rows(0, 12).map((at) => `${value} ${at} and some more words`)],
          [number, rows(0, 12).map((at) => (at === 2 ? null : at))],
          [group, rows(0, 12).map((at) => `${value}${Math.floor(at / 3)}`)],
        ];
        const found = table(Object.fromEntries(lists));
        const all = dataFacts({
          name: value,
          table: found,
          parts: { train: rows(0, 8), test: rows(8, 12) },
          tasks: Object.fromEntries([[value, label]]),
          texts: [words],
          cleaned: cleanTable(found, [fillMissing({ by: 'mode' })], { trainingRows: rows(0, 8) }),
          quarantine: [{ row: value, problem: { code: 'E2115', message: value }, step: value }],
          notes: [{ code: 'E2207', message: value, path: value, fix: value, file: value }],
        });
        const sheet: ContactRow[] = [
          {
            id: value,
            original: { kind: 'text', text: value },
            augmented: [{ name: value, shown: null, reason: value }],
          },
        ];
        expectInert(dataReport(all, { contactSheet: sheet }));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the contact sheet', () => {
  const png = 'data:image/png;base64,iVBORw0KGgo=';
  const row: ContactRow = {
    id: 'r1',
    original: { kind: 'image', picture: png, height: 8, width: 4 },
    augmented: [
      { name: 'flip', copy: 0, shown: { kind: 'image', picture: png } },
      {
        name: 'flip',
        copy: 1,
        shown: { kind: 'sound', waveform: png, logMel: png, seconds: 1.5, sampleRate: 16000, channels: 2 },
      },
      { name: 'crop', shown: null, reason: 'It is not safe for side.' },
      { name: 'mask', shown: { kind: 'ids', ids: [5, 0, 7], isCut: true } },
      { name: 'warp', shown: { kind: 'features', picture: null, frames: 10, bands: 80 } },
      { name: 'typo', shown: { kind: 'text', text: 'helo', isCut: true } },
    ],
  };

  it('shows originals beside what augmentations make of them', () => {
    const page = dataReport(facts, { contactSheet: [row] });
    expectInert(page);
    expect(tagsOf(page).filter(({ name }) => name === 'img')).toHaveLength(4);
    const seen = text(page);
    for (const part of [
      'original',
      '4 × 8',
      'flip 2',
      '1.5 s at 16,000 Hz, 2 channels',
      'It is not safe for side.',
      '5 0 7 …',
      '10 × 80',
      'helo…',
    ])
      expect(seen).toContain(part);
  });

  it('leaves out pictures that are not part of the page', () => {
    for (const picture of [
      'https://example.org/a.png',
      'data:image/svg+xml;base64,PHN2Zz4=',
      'data:image/png;base64,a" onerror="x',
      'javascript:x',
    ]) {
      const page = dataReport(facts, {
        contactSheet: [{ id: 'x', original: { kind: 'image', picture }, augmented: [] }],
      });
      expect(tagsOf(page).some(({ name }) => name === 'img')).toBe(false);
    }
  });
});
