import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { key, normal, uniform } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from '../table/table.ts';
import golden from './drift.golden.json' with { type: 'json' };
import { kolmogorovSmirnov, populationStabilityIndex } from './drift.ts';
import {
  beforeAfter,
  classCounts,
  driftBetween,
  duplicateFacts,
  groupLeaks,
  labelOverlap,
  lengthFacts,
  missingMap,
} from './facts.ts';
import { equalEdges, histogram, quantileEdges } from './histogram.ts';

const flags = fileURLToPath(new URL('../../../../../shared/data/multilabel/flags-train.arff', import.meta.url));
const energy = fileURLToPath(new URL('../../../../../shared/data/energy/enb.arff', import.meta.url));

describe('kolmogorovSmirnov', () => {
  it.each(golden.kolmogorovSmirnov)('agrees with scipy, D = $statistic', ({ first, second, statistic, pValue }) => {
    const found = kolmogorovSmirnov([...first, Number.NaN], second)!;
    expect(found.statistic).toBeCloseTo(statistic, 12);
    expect(found.pValue).toBeCloseTo(pValue, 10);
  });
  it('is 0 between equal samples, 1 between separate ones, and nothing without values', () => {
    expect(kolmogorovSmirnov([1, 2], [2, 1])).toEqual({ statistic: 0, pValue: 1 });
    expect(kolmogorovSmirnov([1, 2], [3, 4])!.statistic).toBe(1);
    expect(kolmogorovSmirnov([Number.NaN], [3])).toBeUndefined();
  });
});

describe('populationStabilityIndex', () => {
  it('is worked by hand', () => {
    expect(populationStabilityIndex([50, 50], [25, 75])).toBeCloseTo(-0.25 * Math.log(0.5) + 0.25 * Math.log(1.5), 12);
    expect(populationStabilityIndex([1, 1], [2, 2])).toBe(0);
    expect(populationStabilityIndex([1, 0], [0, 1])).toBeCloseTo(2 * 0.9999 * Math.log(1e4), 9);
    expect(populationStabilityIndex([0], [1])).toBeNaN();
    expect(() => populationStabilityIndex([1], [1, 2])).toThrow(RangeError);
  });
});

describe('histogram', () => {
  it('counts every number once', () => {
    expect(histogram([0, 1, 2, 3, 4, 9, -1, Number.NaN], [0, 2, 4])).toEqual({
      edges: [0, 2, 4],
      counts: [2, 3],
      below: 1,
      above: 1,
      missing: 1,
    });
    expect(histogram([3, 3], equalEdges([3, 3]))).toMatchObject({ edges: [3, 3], counts: [2] });
    const numbers = fc.array(fc.oneof(fc.double(), fc.integer({ min: 0, max: 5 })));
    fc.assert(
      fc.property(numbers, numbers, fc.boolean(), (values, base, equal) => {
        const edges = equal ? equalEdges(base, 7) : quantileEdges(base, 7);
        const { counts, below, above, missing } = histogram(values, edges);
        expect(counts.reduce((sum, count) => sum + count, 0) + below + above + missing).toBe(values.length);
      }),
    );
  });
});

describe('facts', () => {
  const parts = { train: [0, 1, 2], test: [3, 4] };
  it('map missing values', () => {
    const given = table({ x: [1, null, null, 4], y: ['a', null, 'c', 'd'] });
    expect(missingMap(given, { blocks: 2 })).toEqual({
      rows: 4,
      rowsPerBlock: 2,
      columns: [
        { column: 'x', missing: 2, fraction: 0.5, blocks: [0.5, 0.5] },
        { column: 'y', missing: 1, fraction: 0.25, blocks: [0.5, 0] },
      ],
      patterns: [
        { columns: ['x'], rows: 1 },
        { columns: ['x', 'y'], rows: 1 },
      ],
    });
    expect(missingMap(table({}))).toMatchObject({ rows: 0, columns: [], patterns: [] });
  });
  it('count labels of tasks and classes of parts', () => {
    const labels = { mood: ['+', '-', null, '+', 'new'], topic: ['a', null, null, 'a', 'b'] };
    expect(labelOverlap(labels)).toEqual({
      tasks: ['mood', 'topic'],
      counts: [
        [4, 3],
        [3, 3],
      ],
      unlabelled: 1,
    });
    expect(classCounts(labels, parts)[0]).toEqual({
      task: 'mood',
      classes: ['+', '-', 'new'],
      parts: [
        { part: 'train', counts: [1, 1, 0], missing: 1 },
        { part: 'test', counts: [1, 0, 1], missing: 0 },
      ],
      unseen: ['new'],
    });
  });
  it('find drift where it is', () => {
    const count = 2000;
    const rows = Array.from({ length: count }, (_, at) => at);
    const noise = normal(key(1), count);
    const u = uniform(key(2), count);
    const given = table({
      same: [...noise],
      moved: rows.map((row) => noise[row]! + (row < count / 2 ? 0 : 1)),
      flag: rows.map((row) => Number(u[row]! < (row < count / 2 ? 0.5 : 0.9))),
      constant: rows.map((row) => (row < count / 2 ? 1 : 2)),
      city: rows.map((row) => (u[row]! < (row < count / 2 ? 0.5 : 0.05) ? 'Oslo' : 'Rome')),
      id: rows.map((row) => `id ${row}`),
    });
    const drift = driftBetween(given, { train: rows.slice(0, count / 2), test: rows.slice(count / 2) });
    const psi = Object.fromEntries(drift.map((one) => [one.column, one.psi]));
    expect(Object.keys(psi).sort()).toEqual(['city', 'constant', 'flag', 'moved', 'same']);
    expect(psi.same).toBeLessThan(0.05);
    for (const column of ['moved', 'flag', 'constant', 'city']) expect(psi[column]).toBeGreaterThan(0.25);
    expect(drift.at(-1)!.column).toBe('same');
    expect(drift.find(({ column }) => column === 'moved')!.kolmogorovSmirnov!.pValue).toBeLessThan(1e-9);
    expect(drift.find(({ column }) => column === 'same')!.kolmogorovSmirnov!.pValue).toBeGreaterThan(0.01);
  });
  it('find groups and near-duplicates on both sides of a split', () => {
    expect(groupLeaks(['p', 'q', null, 'p', null], parts)).toEqual([
      { parts: ['train', 'test'], groups: 1, rows: [1, 1], examples: [[0, 3]] },
    ]);
    const texts = ['the weather is fine today', 'nothing', null, 'The weather is fine  today!', 'else'];
    expect(duplicateFacts(texts, parts, { key: key(1) })).toMatchObject({
      groups: 1,
      rows: 2,
      leaks: [{ examples: [[0, 3]] }],
    });
  });
  it('compare distributions and measure lengths', () => {
    const before = table({ x: [0, 1, 100], t: ['a', 'bbb', null] });
    const after = table({ x: [0, 1, null], t: ['a', 'bbb', null] });
    expect(beforeAfter(before, after, { bins: 2 })).toMatchObject([
      { column: 'x', before: { counts: [2, 1] }, after: { counts: [2, 0], missing: 1 } },
    ]);
    expect(lengthFacts(before, 't', { bins: 2 })).toMatchObject({
      shortest: 1,
      longest: 3,
      histogram: { counts: [1, 1] },
    });
    expect(lengthFacts(table({ t: ['', 'x'] }), 't')!.shortest).toBe(0);
    expect(() => lengthFacts(before, 'x')).toThrow(TypeError);
  });
  it.skipIf(!existsSync(energy))('see that the energy table is sorted', () => {
    const lines = readFileSync(energy, 'utf8')
      .split(/@data\s*/)[1]!
      .trim()
      .split(/\r?\n/);
    const cells = lines.map((line) => line.split(',').map(Number));
    const given = table({ area: cells.map((row) => row[1]!), orientation: cells.map((row) => row[5]!) });
    const half = cells.length / 2;
    const rows = Array.from(cells.keys());
    const drift = driftBetween(given, { train: rows.slice(0, half), test: rows.slice(half) });
    expect(given.rowCount).toBe(768);
    expect(drift.map(({ column }) => column)).toEqual(expect.arrayContaining(['area', 'orientation']));
    expect(drift.find(({ column }) => column === 'orientation')!.psi).toBeLessThan(0.01);
  });
  it.skipIf(!existsSync(flags))('count the colours of flags, several on each', () => {
    const cells = readFileSync(flags, 'utf8')
      .split(/@data\s*/)[1]!
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','));
    const colours = ['red', 'green', 'blue', 'yellow', 'white', 'black', 'orange'];
    const present = colours.map((_, at) => cells.map((row) => (row[19 + at] === '1' ? 'yes' : null)));
    const { counts } = labelOverlap(Object.fromEntries(colours.map((colour, at) => [colour, present[at]!])));
    const both = cells.filter((row) => row[19] === '1' && row[23] === '1').length;
    expect(both).toBeGreaterThan(20);
    expect([counts[0]![4], counts[4]![0]]).toEqual([both, both]);
  });
});
