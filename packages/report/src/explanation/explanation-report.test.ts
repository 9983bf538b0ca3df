import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectInert } from '../testing/inert.fixture.ts';
import { tagsOf } from '../testing/tags.fixture.ts';
import type { ExplainedPrediction } from './explained.ts';
import { explanationReport } from './explanation-report.ts';
import { peaksOf } from './spike-plot.ts';

const png = 'data:image/png;base64,iVBORw0KGgo=';
const seen = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ');
const parts = (page: string, name: string) =>
  tagsOf(page.slice(page.indexOf('<main'), page.indexOf('</main>') + 7)).filter((tag) => tag.name === name);

const text: ExplainedPrediction = {
  id: 'row-1',
  input: {
    kind: 'text',
    pieces: [
      { text: 'Rates', part: 0 },
      { text: ' ', part: null },
      { text: 'rise', part: 1 },
    ],
  },
  tasks: {
    topic: {
      prediction: { label: 'finance', probability: 0.8, probabilities: { finance: 0.8 } },
      occlusion: { label: 'finance', score: 0.8, changes: [0.4, -0.1] },
    },
    names: { prediction: { tags: ['O', 'O'], spans: [] } },
    rates: {
      prediction: {
        tags: ['B-what', 'O'],
        spans: [
          { label: 'what', start: 0, end: 1, text: 'Rates' },
          { label: 'how', start: 0, end: 2 },
        ],
      },
    },
    below: { prediction: { label: '', probability: 0.9 } },
  },
};
const spikes = {
  frames: 4,
  characters: ['', 'a', ' '],
  posteriors: [
    [0.9, 0.2, 0.1, 0.8],
    [0.1, 0.7, 0.9, 0.1],
    [0, 0.1, 0, 0.1],
  ],
};
const sound: ExplainedPrediction = {
  id: 'row-2',
  input: { kind: 'sound', logMel: png, seconds: 2, windows: 2 },
  tasks: {
    said: { prediction: { text: 'a', logProbability: -1 }, spikes },
    mood: {
      prediction: { label: 'calm', probability: 0.5 },
      occlusion: { label: 'calm', score: 0.5, changes: [0.2, 0] },
    },
  },
};

it('colours the words of a text by what the prediction loses without them, and lists the numbers', () => {
  const page = explanationReport([text], { name: 'news' });
  expectInert(page);
  const words = parts(page, 'span').filter(({ attributes }) => attributes.class?.startsWith('part-'));
  expect(words.map(({ attributes }) => [attributes.class, attributes.style])).toEqual([
    ['part-1', '--share:1.000'],
    ['part-2', '--share:0.250'],
  ]);
  for (const part of [
    'topic: finance 80 %',
    'Rates0.4',
    'rise-0.1',
    'names: – Its answer has no one number to follow.',
    'rates: what: Rates, how: words 1–2 Its answer',
    'below: – Its',
  ])
    expect(seen(page)).toContain(part);
});

it('names the label whose probability is followed, of a set of them', () => {
  const prediction = { labels: ['red', 'round'], probabilities: { red: 0.9, round: 0.8 } };
  const occlusion = { label: 'red', score: 0.9, changes: [0.2, 0] };
  expect(
    seen(explanationReport([{ ...text, tasks: { kinds: { prediction, occlusion } } }], { name: 'news' })),
  ).toContain('kinds: red, round red 90 %');
});

it('draws the characters of a transcript over the bands of its sound', () => {
  expect(peaksOf(spikes)).toEqual([{ character: 'a', frame: 2, probability: 0.9 }]);
  const page = explanationReport([sound], { name: 'speech' });
  expectInert(page);
  expect(parts(page, 'img')).toHaveLength(2);
  const lines = parts(page, 'path');
  expect(lines.map(({ attributes }) => attributes.class)).toEqual(['blank', 'spike', 'spike']);
  // four frames over 640 units: their middles
  expect([...lines[1]!.attributes.d!.matchAll(/[ML](\S+) /g)].map(([, x]) => Number(x))).toEqual([80, 240, 400, 560]);
  expect(seen(page)).toContain('a1.2590 %');
  expect(seen(page)).toContain('0.00–1.00 s0.2');
  expect(parts(page, 'rect').map(({ attributes }) => [attributes.x, attributes['fill-opacity']])).toEqual([
    ['0', '0.75'],
    ['320', '0'],
  ]);
});

it('repeats a character behind a blank, and has none where the blank always wins', () => {
  const rows = [
    [0.1, 0.9, 0.1],
    [0.9, 0.1, 0.8],
  ];
  expect(peaksOf({ frames: 3, characters: ['', 'l'], posteriors: rows }).map(({ frame }) => frame)).toEqual([0, 2]);
  expect(peaksOf({ frames: 2, characters: [''], posteriors: [[1, 1]] })).toEqual([]);
  expect(peaksOf({ frames: 0, characters: [''], posteriors: [[]] })).toEqual([]);
});

it('shows images under a grid and rows of tables cell by cell', () => {
  const input = { kind: 'image', picture: png, height: 8, width: 16, rows: 2, columns: 2 } as const;
  const occlusion = { label: 'cat', score: 0.9, changes: [0, 0, 0.1, 0.2] };
  const cells = [
    { name: 'age', value: '7' },
    { name: 'height', value: null },
  ];
  const page = explanationReport(
    [
      { id: 'row-1', input, tasks: { kind: { prediction: { label: 'cat' }, occlusion } } },
      {
        id: 'row-2',
        input: { kind: 'table', cells },
        tasks: { price: { prediction: { value: 3.25 }, occlusion: { label: null, score: 3.1, changes: [2, 0] } } },
      },
    ],
    { name: 'pets' },
  );
  expectInert(page);
  const last = parts(page, 'rect')[3]!.attributes;
  expect([last.x, last.y, last.width, last.height]).toEqual(['8', '4', '8', '4']);
  for (const part of ['row 2, column 20.2', 'price: 3.25', 'age: 7', 'height: –', 'the number falls by'])
    expect(seen(page)).toContain(part);
});

it('holds whatever the data holds as text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (word, label) => {
      const pieces = [{ text: `${word}<img src=x onerror=alert(1)>`, part: 0 }];
      const occlusion = { label, score: 1, changes: [1] };
      const tasks = { [`${label}</h3>`]: { prediction: { label }, occlusion } };
      expectInert(explanationReport([{ id: word, input: { kind: 'text', pieces }, tasks }], { name: word }));
    }),
    { numRuns: 50 },
  );
  const stolen = { ...sound, input: { ...sound.input, logMel: 'https://example.org/a.png' } } as ExplainedPrediction;
  expectInert(explanationReport([stolen], { name: 'x' }));
});
