import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { aggregators, balancers } from '../packages/run/src/config/names.ts';
import { replaceMarked } from './bench/algorithms/marked.ts';

const document = new URL('../docs/algorithms.md', import.meta.url);
const text = readFileSync(document, 'utf8');
/** The rows of the table of methods, by method. */
const rows = new Map(
  [...text.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)].map(([, name, cells]) => [
    name!,
    cells!.split('|').map((cell) => cell.trim()),
  ]),
);
const names = [...Object.keys(balancers), ...Object.keys(aggregators)];

describe('docs/algorithms.md', () => {
  it('has a row for every method that a run file may name, and no other', () => {
    expect([...rows.keys()].sort()).toEqual([...names].sort());
  });

  it('says of each what it needs, costs, where it comes from, and when to take it and when not', () => {
    for (const [name, cells] of rows) {
      expect(cells, name).toHaveLength(6);
      for (const cell of cells) expect(cell, name).not.toBe('');
    }
  });

  it('names files that exist and export the method', () => {
    for (const [name, cells] of rows) {
      const path = /\]\((\S+)\)/.exec(cells[3]!)![1]!;
      const file = new URL(path, document);
      expect(existsSync(file), `${name}: ${fileURLToPath(file)}`).toBe(true);
      expect(readFileSync(file, 'utf8')).toContain(`export function ${name}(`);
    }
  });

  it('has markers for every measured table', () => {
    for (const name of ['toy', 'mmoe', 'two-digits', 'labels', 'resources'])
      expect(replaceMarked(text, name, ['measured anew'])).toContain('\n\nmeasured anew\n\n<!-- /measured -->');
  });
});

describe('replaceMarked', () => {
  const marked = 'a\n<!-- measured: x -->\n\nold\n\n<!-- /measured -->\nb\n<!-- measured: y -->\n<!-- /measured -->\n';

  it('replaces the lines of one section alone', () => {
    expect(replaceMarked(marked, 'x', ['new'])).toBe(marked.replace('old', 'new'));
    expect(replaceMarked(replaceMarked(marked, 'y', ['1', '2']), 'y', ['3'])).toBe(
      marked.replace('y -->\n', 'y -->\n\n3\n\n'),
    );
  });

  it('names what is missing', () => {
    expect(() => replaceMarked(marked, 'z', [])).toThrow('expected the lines <!-- measured: z -->');
  });
});
