import { type CellBounds, cellText } from '../sources/cut-cells.ts';
import type { ColumnCells } from './column-cells.ts';

/** Appends the cells of one column: of each row, the one that stands `offset` after the row's first cell. */
export type CellReader = (block: CellBounds, firsts: readonly number[], offset: number, column: ColumnCells) => void;

const ZERO = 48;
const longestWhole = 15; // more digits may exceed 2⁵³

/**
 * Reads a column from where its cells stand. With `parses`, whole numbers that `String` writes as they stand become numbers, and no string
 * is made of them; of words that come again one string serves all, as long as a column holds few different ones.
 */
export function cellReader(parses: boolean): CellReader {
  const words = wordTable();
  return (block, firsts, offset, column) => {
    const { text, bounds } = block;
    for (let row = 0; row < firsts.length; row++) {
      const cell = firsts[row]! + offset;
      const start = bounds[2 * cell]!;
      const whole = start < 0;
      const source = whole ? cellText(block, cell) : text;
      const from = whole ? 0 : start;
      const end = whole ? source.length : bounds[2 * cell + 1]!;
      const number = parses ? wholeNumber(source, from, end) : -1;
      column.push(number >= 0 ? number : words(source, from, end));
    }
  };
}

/** The whole number of up to 15 digits between two places, written as `String` writes it; else -1. */
function wholeNumber(text: string, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > longestWhole) return -1;
  const first = text.charCodeAt(start) - ZERO;
  if (first === 0 && length > 1) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const mostWords = 256;
const slots = 1024;

/** Gives the same string for the same characters, until there are too many different ones. */
function wordTable(): (text: string, start: number, end: number) => string {
  const words: string[] = [];
  const codes: Uint16Array[] = []; // characters of the words: many of these are views of a long text, which is slow to look at
  const table = new Int16Array(slots); // 1 + the place in `words`, by a hash of length and some characters
  return (text, start, end) => {
    if (words.length === mostWords) return text.slice(start, end);
    const length = end - start;
    let hash = length;
    if (length > 0) {
      hash = Math.imul(hash, 31) + text.charCodeAt(start);
      hash = Math.imul(hash, 31) + text.charCodeAt(end - 1);
      hash = Math.imul(hash, 31) + text.charCodeAt(start + (length >> 1));
      hash = Math.imul(hash, 31) + text.charCodeAt(start + (length >> 2));
    }
    for (let slot = (hash ^ (hash >> 10)) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const known = table[slot]!;
      if (known === 0) {
        const word = text.slice(start, end);
        words.push(word);
        codes.push(Uint16Array.from({ length }, (_, at) => word.charCodeAt(at)));
        table[slot] = words.length;
        return word;
      }
      if (standsAt(codes[known - 1]!, text, start, length)) return words[known - 1]!;
    }
  };
}

function standsAt(codes: Uint16Array, text: string, start: number, length: number): boolean {
  if (codes.length !== length) return false;
  for (let at = 0; at < length; at++) if (codes[at] !== text.charCodeAt(start + at)) return false;
  return true;
}
