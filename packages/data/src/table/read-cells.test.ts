import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellCutter, cellText } from '../sources/cut-cells.ts';
import { ColumnCells } from './column-cells.ts';
import { cellReader } from './read-cells.ts';

const cell = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', ' ', 'é', '漢'), maxLength: 30 }),
  fc.integer().map(String),
  fc.constantFrom('0', '007', '-1', '1.50', '999999999999999', '9999999999999999', ''),
);

/** A record of a table of many rows, as `readCsv` cuts it. */
function columnOf(cells: readonly string[], parses: boolean, blocks = 1): ArrayLike<unknown> {
  const read = cellReader(parses);
  const column = new ColumnCells();
  const quoted = cells.map((one) => `"${one.replaceAll('"', '""')}",x`);
  for (let block = 0; block < blocks; block++) {
    const records = quoted.filter((_, at) => at % blocks === block);
    const text = records.join('\n');
    const cutter = cellCutter(',');
    let start = 0;
    const firsts = records.map((record) => {
      const first = cutter.count();
      expect(cutter.cut(text, start, start + record.length)).toBe(2);
      start += record.length + 1;
      return first;
    });
    read(cutter.take(), firsts, 0, column);
  }
  return column.values();
}

describe('cellReader', () => {
  it('gives every text back as it was written, however many are the same', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 400 }), (cells) => {
        const list = [...cells, ...cells];
        expect(Array.from(columnOf(list, false))).toEqual(list);
      }),
    );
  });
  it('makes numbers of those texts alone that String writes for them', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 40 }), (cells) => {
        for (const [at, value] of Array.from(columnOf(cells, true)).entries()) expect(String(value)).toBe(cells[at]);
      }),
    );
    expect(Array.from(columnOf(['0', '007', '999999999999999', '9999999999999999', '-1'], true))).toEqual([
      0,
      '007',
      999999999999999,
      '9999999999999999',
      '-1',
    ]);
  });
  it('keeps numbers of a column without texts in a typed array, over blocks and beyond its first size', () => {
    const numbers = Array.from({ length: 5000 }, (_, at) => String(at * 7));
    const values = columnOf(numbers, true);
    expect(values).toBeInstanceOf(Float64Array);
    expect(Array.from(values, String)).toEqual(numbers);
    expect(Array.from(columnOf([...numbers, 'end'], true), String)).toEqual([...numbers, 'end']);
    expect(Array.from(columnOf(numbers, true, 2)).length).toBe(5000);
  });
});

describe('cellCutter', () => {
  it('cuts records of other texts than the first too, and forgets what is dropped', () => {
    const cutter = cellCutter(';');
    cutter.cut('a;"b""c"', 0, 8);
    cutter.drop(cutter.cut('only one', 0, 8));
    const first = cutter.count();
    cutter.cut('"d;";', 0, 5);
    const block = cutter.take();
    expect([0, 1, first, first + 1].map((at) => cellText(block, at))).toEqual(['a', 'b"c', 'd;', '']);
    expect(cutter.count()).toBe(0);
  });
});
