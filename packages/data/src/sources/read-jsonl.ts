import { type Problem, quote } from '@polytask/base';
import { type RowParser, row, rowSource } from './rows.ts';
import type { JsonValue, Source, SourceInput, SourceOptions } from './types.ts';

const maxDepth = 64;

/**
 * The rows of a JSON Lines file: one object per line, UTF-8; empty lines are skipped.
 *
 * Bad rows are yielded as problems: E2110 not UTF-8 · E2111 NUL · E2112 too long · E2113 not JSON · E2114 not an object · E2118 nested
 * deeper than 64. Format: https://jsonlines.org
 *
 * @throws PolytaskError while reading, when the file as a whole is unusable: E1401, E1402, E2101–E2103.
 */
export function readJsonl(input: SourceInput, options: SourceOptions = {}): Source {
  return rowSource(input, options, () => parseLine);
}

const parseLine: RowParser = (text) => {
  if (text.trim() === '') return undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return { bad: notAnObject(text, 'E2113', 'The line is not JSON') };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { bad: notAnObject(text, 'E2114', 'The line is not an object') };
  }
  const values = row();
  for (const [name, cell] of Object.entries(value as { [name: string]: JsonValue })) {
    if (!isShallow(cell, maxDepth)) {
      return { bad: { code: 'E2118', path: name, message: `The value is nested deeper than ${maxDepth}.` } };
    }
    values[name] = cell;
  }
  return { values };
};

function notAnObject(text: string, code: string, message: string): Problem {
  return { code, message: `${message}: ${quote(text)}.`, fix: remedy(text.trim()) };
}

/** What Python writes into such files unless told otherwise, and what it should be. */
function remedy(line: string): string {
  if (line.startsWith('[')) return 'Write one object per line, without brackets around them.';
  if (/[:[,]\s*(NaN|-?Infinity)\s*[,\]}]/.test(line))
    return 'JSON has no NaN and no Infinity: write null where a number is missing.';
  if (/^\{\s*'/.test(line)) return 'Write names and texts in double quotes, as json.dumps does.';
  return 'Write one complete JSON object per line.';
}

function isShallow(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child: JsonValue) => isShallow(child, depth - 1));
}
