import { fold, key, uniform } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from '../table/table.ts';
import { cleanTable } from './clean-table.ts';
import { cleanText, stripControl } from './clean-text.ts';
import { columnLeaks } from './column-leaks.ts';
import { labelLeaks } from './label-leaks.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { removeLabelLeaks } from './remove-label-leaks.ts';
import { jaccard, shinglesOf } from './shingles.ts';
import { stripHtml } from './strip-html.ts';

describe('stripHtml', () => {
  it.each([
    ['<p>Hello <b>wo</b>rld</p>', ' Hello world '],
    ['a<br/>b', 'a b'],
    ['1 < 2 and 3 > 2', '1 < 2 and 3 > 2'],
    ['x<y and z>w', 'x<y and z>w'],
    ['<unknown>', '<unknown>'],
    ['<script>if (a<b) {}</script>after', ' after'],
    ['<!-- no -->yes', ' yes'],
    ['<!-- never closed', '<!-- never closed'],
    ['<a title="1 > 0" href=x>link</a>', 'link'],
    ['R&amp;D &#8364; &#x20ac; &bogus; &amp;lt;', 'R&D € € &bogus; &lt;'],
  ])('makes of %s what is to be read', (html, text) => expect(stripHtml(html)).toBe(text));
  it('takes linear time on hostile texts', () => {
    for (const part of ['<', '<a ', '<a x="', '<!--', '<script>', '&#', '<a x=\'">', '<p><!-- ']) {
      const text = part.repeat(100_000);
      const start = performance.now();
      stripHtml(text);
      expect(performance.now() - start).toBeLessThan(3000);
    }
  });
  it('never fails and gives text without known tags the way it was', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof stripHtml(text) === 'string'));
    fc.assert(fc.property(fc.stringMatching(/^[a-z ,.]*$/), (text) => stripHtml(text) === text));
  });
});

describe('stripControl', () => {
  it('keeps what is read and takes out what is not', () => {
    expect(stripControl('a\u0000b\tc\nd\ufeff\u200be\ufffd\ud800f')).toBe('ab\tc\ndef');
    expect(stripControl('👨‍👩‍👧 é 漢')).toBe('👨‍👩‍👧 é 漢');
  });
  it('is part of a step that makes empty texts missing', () => {
    const given = table({ t: ['<p> </p>', 'ok', 'a  b'] });
    const { table: after, report } = cleanTable(given, [cleanText({ whitespace: true })], { trainingRows: [0] });
    expect(after.columns.t!.values).toEqual([null, 'ok', 'a b']);
    expect(report.steps[0]!.columns.t).toMatchObject({
      changed: 2,
      examples: [{ before: '<p> </p>', after: null }, { after: 'a b' }],
    });
  });
});

describe('nearDuplicates', () => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz     ';
  const random = (label: number, length: number) =>
    Array.from(uniform(fold(key(3), label), length), (u) => alphabet[Math.floor(u * alphabet.length)]).join('');
  it('groups texts by their Jaccard similarity, worked by hand', () => {
    const words = { unit: 'words', size: 1 } as const;
    const found = nearDuplicates(['a b c d', 'a b c e', 'x y', 'A  B c d', '', ''], {
      threshold: 0.6,
      key: key(1),
      shingles: words,
    });
    expect([...found.groups]).toEqual([0, 0, 1, 0, 2, 3]); // 3 of 5 words shared
    expect(found.pairs).toContainEqual({ first: 0, second: 3, similarity: 1 });
    expect(found.pairs).toContainEqual({ first: 0, second: 1, similarity: 0.6 });
  });
  it('finds edited copies among hundreds of texts, and nothing else', () => {
    const originals = Array.from({ length: 300 }, (_, at) => random(at, 200));
    const copies = originals.slice(0, 100).map((text) => `${text.slice(0, 90)}?${text.slice(92)}`);
    const { groups, pairs } = nearDuplicates([...originals, ...copies], { key: key(2) });
    let found = 0;
    for (let at = 0; at < 100; at++) if (groups[at] === groups[300 + at]) found++;
    expect(found).toBe(100);
    expect(new Set(groups).size).toBe(300);
    for (const { first, second, similarity } of pairs) {
      expect(second).toBe(first + 300);
      expect(similarity).toBeGreaterThan(0.9);
    }
  });
  it('agrees with comparing all pairs', () => {
    const text = fc.array(fc.constantFrom('red', 'green', 'blue', 'sky', 'sea'), { minLength: 1, maxLength: 6 });
    const shingles = { unit: 'words', size: 1 } as const;
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (lists) => {
        const texts = lists.map((list) => list.join(' '));
        const { groups } = nearDuplicates(texts, { threshold: 0.75, key: key(4), shingles, permutations: 512 });
        const sets = texts.map((one) => shinglesOf(one, shingles));
        for (let a = 0; a < texts.length; a++) {
          for (let b = 0; b < a; b++) if (jaccard(sets[a]!, sets[b]!) >= 0.75) expect(groups[a]).toBe(groups[b]);
        }
      }),
      { numRuns: 50 },
    );
  });
  it('ends on thousands of texts of one template, and says what it did not compare', () => {
    const texts = Array.from(
      { length: 3000 },
      (_, at) => `Dear customer, your order has been sent today. ${random(at, 30)}`,
    );
    const { uncompared } = nearDuplicates(texts, { key: key(1), threshold: 0.9, maxCompared: 5, permutations: 32 });
    expect(uncompared).toBeGreaterThan(0);
  });
  it('refuses options out of range', () => {
    expect(() => nearDuplicates([], { key: key(1), threshold: 0 })).toThrow(RangeError);
    expect(() => nearDuplicates([], { key: key(1), permutations: 0.5 })).toThrow(RangeError);
    expect(nearDuplicates([], { key: key(1) }).groups).toHaveLength(0);
  });
});

describe('labelLeaks', () => {
  const moods = ['anger', 'joy', 'fear'];
  const tweets = Array.from({ length: 90 }, (_, at) => {
    const mood = moods[at % 3]!;
    const pasted = at % 2 === 0 ? ` #${mood}` : '';
    return { mood, text: `message number ${at % 7} of the day${pasted}${mood === 'fear' ? ' zzq' : ''}` };
  });
  const texts = tweets.map(({ text }) => text);
  const labels = tweets.map(({ mood }) => mood);
  it('finds names of labels and words that stand for a label', () => {
    const leaks = labelLeaks(texts, labels);
    expect(leaks).toContainEqual({
      label: 'anger',
      token: 'anger',
      isLabelName: true,
      rows: 15,
      precision: 1,
      recall: 0.5,
    });
    expect(leaks).toContainEqual({
      label: 'fear',
      token: 'zzq',
      isLabelName: false,
      rows: 30,
      precision: 1,
      recall: 1,
    });
    expect(leaks.some(({ token }) => token === 'message')).toBe(false);
  });
  it('finds names that are also said in passing', () => {
    const others = Array.from({ length: 3 }, () => 'no anger here');
    const leaks = labelLeaks([...texts, ...others], [...labels, 'joy', 'joy', 'joy']);
    expect(leaks.find(({ token }) => token === 'anger')).toMatchObject({ label: 'anger', rows: 18, isLabelName: true });
    expect(
      labelLeaks([...texts, ...others], [...labels, 'joy', 'joy', 'joy'], { minNamePrecision: 0.9 }).some(
        ({ token }) => token === 'anger',
      ),
    ).toBe(false);
  });
  it('looks at the rows given and at nothing when there is one label', () => {
    expect(labelLeaks(texts, labels, { rows: [1, 3, 5, 7, 9, 11] }).filter(({ isLabelName }) => isLabelName)).toEqual(
      [],
    );
    expect(
      labelLeaks(
        texts,
        texts.map(() => 'anger'),
      ),
    ).toEqual([]);
    expect(() => labelLeaks(texts, [])).toThrow(RangeError);
  });
  it('takes the names out of all texts when asked to, from what the training rows show', () => {
    const given = table({ text: [...texts, 'What ANGER!'], mood: [...labels, 'joy'] });
    const { table: after, report } = cleanTable(given, [removeLabelLeaks({ text: 'text', label: 'mood' })], {
      trainingRows: labels.map((_, at) => at),
    });
    expect(after.columns.text!.values[0]).toBe('message number 0 of the day');
    expect(after.columns.text!.values[90]).toBe('What !');
    expect(after.columns.text!.values[2]).toContain('zzq');
    expect(report.steps[0]!.problems.map(({ code }) => code)).toContain('E2234');
  });
});

describe('columnLeaks', () => {
  const count = 60;
  const rows = Array.from({ length: count }, (_, at) => at);
  const noise = uniform(key(9), count);
  const given = table({
    label: rows.map((at) => (at % 2 ? 'cat' : 'dog')),
    id: rows.map((at) => `id-${at}`),
    code: rows.map((at) => (at % 2 ? 'A' : at % 4 ? 'B' : 'C')),
    noise: rows.map((at) => Math.floor(noise[at]! * 3)),
    score: rows.map((at) => (at % 2) * 10 + noise[at]!),
    path: rows.map((at) => (at % 2 ? `images/${at}.png` : `images/${at}.jpg`)),
  });
  it('finds what tells the label, also a file type, but no ids and no noise', () => {
    const found = columnLeaks(given, 'label').map(({ column, facet, score }) => `${column} ${facet} ${score}`);
    expect(found.sort()).toEqual(['code value 1', 'path extension 1', 'score value 1']);
    expect(columnLeaks(given, 'label', { except: ['code', 'path', 'score'] })).toEqual([]);
    expect(() => columnLeaks(given, 'nothing')).toThrow(RangeError);
  });
  it('finds a copy of a regression target', () => {
    const target = table({
      y: [...noise],
      copy: [...noise].map((value) => 3 - 2 * value),
      other: [...uniform(key(10), count)],
    });
    expect(columnLeaks(target, 'y')).toMatchObject([{ column: 'copy', facet: 'value' }]);
  });
});
