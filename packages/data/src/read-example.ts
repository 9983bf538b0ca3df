import { type Problem, quote } from '@polytask/base';
import type { Example, Schema } from './example.ts';
import type { Cell, Values } from './sources/types.ts';

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The example of one row, or the first thing that is wrong with it: E2201 no text · E2202 not a text · E2203 not a label ·
 * E2204 not a finite number · E2205 no id. Missing labels are null, undefined, the empty string and absent columns.
 */
export function readExample(values: Values, row: number, schema: Schema, readId: boolean): Example | Problem {
  const texts: [string, string][] = [];
  for (const [name, input] of Object.entries(schema.inputs)) {
    if (input.type === 'cells') {
      const cells: [string, unknown][] = [];
      for (const column of input.columns) {
        const value = values[column];
        if (!isMissing(value) && typeof value === 'object')
          return { code: 'E2202', path: column, message: `Expected a number or a text. Found ${kind(value)}.` };
        cells.push([column, isMissing(value) ? null : value]);
      }
      texts.push([name, JSON.stringify(Object.fromEntries(cells))]);
      continue;
    }
    const { column } = input;
    const value = values[column];
    if (isMissing(value)) {
      return { code: 'E2201', path: column, message: 'Expected a text. Found nothing.' };
    }
    if (typeof value === 'object')
      return {
        code: 'E2202',
        path: column,
        message: `Expected a text. Found ${kind(value)}.`,
        ...(Array.isArray(value) && { fix: 'Write its words as one text with spaces between them.' }),
      };
    texts.push([name, String(value)]);
  }
  const found: [string, string | number | null][] = [];
  for (const [name, task] of Object.entries(schema.tasks)) {
    const label = readTask(values, task);
    if (typeof label === 'object' && label !== null) return label;
    found.push([name, label]);
  }
  const kept: [string, string | null][] = [];
  for (const [name, column] of Object.entries(schema.columns ?? {})) {
    const value = readLabel(values[column], column);
    if (typeof value === 'object' && value !== null) return value;
    kept.push([name, value]);
  }
  // Names come from the user: fromEntries takes `__proto__` for a name like any other.
  const inputs = Object.fromEntries(texts);
  const labels = Object.fromEntries(found);
  const columns = schema.columns === undefined ? {} : { columns: Object.fromEntries(kept) };
  if (!readId || schema.id === undefined) return { id: `row-${row}`, row, inputs, labels, ...columns };
  const id = readLabel(values[schema.id], schema.id);
  if (id === null) return { code: 'E2205', path: schema.id, message: 'Expected an id. Found nothing.' };
  if (typeof id === 'object') return { ...id, code: 'E2205' };
  return { id, row, inputs, labels, ...columns };
}

export function isProblem(value: Example | Problem): value is Problem {
  return 'code' in value;
}

const isMissing = (value: Cell | undefined): value is null | undefined | '' =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

function readTask(values: Values, task: Schema['tasks'][string]): string | number | null | Problem {
  if (task.where) {
    const found = readLabel(values[task.where.column], task.where.column);
    if (found !== task.where.value) return typeof found === 'object' ? found : null;
  }
  if (task.type === 'cells') {
    const cells: [string, string | null][] = [];
    for (const column of task.columns) {
      const cell = readLabel(values[column], column);
      if (typeof cell === 'object' && cell !== null) return cell;
      cells.push([column, cell]);
    }
    return cells.every(([, cell]) => cell === null) ? null : JSON.stringify(Object.fromEntries(cells));
  }
  const { column, type } = task;
  const value = values[column];
  if (type === 'number') return readNumber(value, column);
  return type === 'json' && typeof value === 'object' && value !== null
    ? JSON.stringify(value)
    : readLabel(value, column);
}

function readLabel(value: Cell | undefined, column: string): string | null | Problem {
  if (isMissing(value)) return null;
  if (typeof value !== 'object') return String(value).trim();
  return {
    code: 'E2203',
    path: column,
    message: `Expected a string, a number or a boolean. Found ${kind(value)}.`,
    fix: 'Several labels at once are those of tasks of type multiLabel, tags of words those of type tag, boxes those of type detect.',
  };
}

function readNumber(value: Cell | undefined, column: string): number | null | Problem {
  if (isMissing(value)) return null;
  const number = typeof value === 'string' && decimal.test(value.trim()) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  const found = typeof value === 'object' ? kind(value) : quote(value);
  return { code: 'E2204', path: column, message: `Expected a finite number. Found ${found}.` };
}

const kind = (value: object) => (Array.isArray(value) ? 'a list' : 'an object');
