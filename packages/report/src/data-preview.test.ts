import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DataPreview, dataPreview } from './data-preview.ts';
import { expectInert } from './testing/inert.fixture.ts';

const text = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ');

const preview: DataPreview = {
  name: 'mail',
  encoder: 'transformer',
  rows: [
    {
      id: 'm1',
      part: 'train',
      text: { raw: '<b>late</b>', cleaned: 'late' },
      encoded: { ids: [2, 7, 3], tokens: ['[CLS]', 'late', '[SEP]'], length: 3, paddedTo: 8 },
      labels: [
        { task: 'kind', raw: 'ham', cleaned: 'ham', class: 0 },
        { task: 'pace', raw: null, cleaned: 'later', class: 1 },
      ],
    },
    {
      id: 'm2',
      part: 'test',
      text: { raw: 'again', cleaned: null },
      setAside: 'The row repeats another.',
      labels: [
        { task: 'kind', raw: 'spam', cleaned: null, class: null },
        { task: 'pace', raw: 'never', cleaned: 'never', class: null },
      ],
    },
  ],
  augmented: [
    {
      id: 'm1',
      original: { kind: 'text', text: 'late' },
      augmented: [{ name: 'typoNoise', shown: { kind: 'text', text: 'laet' } }],
    },
  ],
};

it('shows rows raw, cleaned, as tokens and as classes, and augmentations beside them', () => {
  const page = dataPreview(preview);
  expectInert(page);
  const seen = text(page);
  for (const part of [
    'm1train&lt;b&gt;late&lt;/b&gt;lateham class 0missing → later class 1',
    'm2testagainset aside: The row repeats another.spam → missingnever not in training',
    '3 items, padded to 8 in a batch',
    '[CLS] late [SEP]',
    'Ids2 7 3',
    'typoNoiselaet',
  ])
    expect(seen).toContain(part);
});

it('keeps hostile texts inert, and long ones short', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<script>', '"><svg onload=x>', '</style>')),
      (value) => {
        const labels = [{ task: value, raw: value, cleaned: `${value}!`, class: null }];
        const encoded = { ids: [1], tokens: [value], length: 1, paddedTo: 8 };
        const rows = [
          { id: value, part: value, text: { raw: value, cleaned: `${value}?` }, setAside: value, encoded, labels },
        ];
        expectInert(dataPreview({ name: value, encoder: value, rows, augmented: [] }));
      },
    ),
    { numRuns: 100 },
  );
  const long = {
    ...preview.rows[0]!,
    text: { raw: 'x'.repeat(1e6), cleaned: null },
    encoded: { ids: Array(1e5).fill(5), length: 1e5, paddedTo: 1e5 },
  };
  expect(dataPreview({ ...preview, rows: [long] }).length).toBeLessThan(20_000);
});
