import { nearest, PolytaskError, type Problem, quote } from '@polytask/base';
import type { Example, LoadedExamples, QuarantinedRow, Rows, Schema } from './example.ts';
import { problemCounts } from './problem-counts.ts';
import { isProblem, readExample } from './read-example.ts';

const maxColumnsListed = 50;

/**
 * All examples of a source, its bad rows set aside and counted.
 *
 * Values become texts and labels as the schema says; labels are trimmed, and missing when null, empty or absent. Rows without any label are
 * kept and reported (E2207). Columns that stand in no row at all are one usage error.
 *
 * @throws PolytaskError usage E1404 when columns are missing · data E2208 when more than `maxFraction` of the rows are bad, or any with policy
 * `fail` · data E2209 when no row is left · and what reading the source throws.
 * @throws RangeError when `maxFraction` is not within 0 to 1.
 */
export async function loadExamples(source: Rows, schema: Schema): Promise<LoadedExamples> {
  const { policy = 'quarantine', maxFraction = 0.01 } = schema.bad ?? {};
  if (!(maxFraction >= 0 && maxFraction <= 1))
    throw new RangeError(`maxFraction: expected 0 to 1. Found ${maxFraction}.`);
  const file = source.name === undefined ? {} : { file: source.name };
  const needsLabels = schema.requireLabels ?? true;
  const columns = new Set<string>();
  const wanted = new Set(wantedColumns(schema, true).map(([column]) => column));
  const rowOfId = new Map<string, number>();
  const examples: Example[] = [];
  const quarantine: QuarantinedRow[] = [];
  const counts = problemCounts();
  let rows = 0;
  let unlabelled = 0;
  // Without labels a file may lack ids too, which shows in the first row that parses.
  let readId = schema.id !== undefined;
  for await (const found of source) {
    rows++;
    const { row, line } = found;
    const setAside = (problem: Problem) => {
      const placed = { ...file, line, row, ...problem };
      counts.add(placed);
      quarantine.push({ row, line, problem: placed, values: 'values' in found ? found.values : null });
    };
    if ('bad' in found) {
      setAside(found.bad);
      continue;
    }
    const names = Object.keys(found.values);
    if (schema.id !== undefined && !needsLabels && columns.size === 0) readId = names.includes(schema.id);
    for (const name of names) if (columns.size < maxColumnsListed || wanted.has(name)) columns.add(name);
    const plain = readExample(found.values, row, schema, readId);
    const example = isProblem(plain) || !schema.refine ? plain : schema.refine(plain);
    if (isProblem(example)) {
      setAside(example);
      continue;
    }
    const earlier = rowOfId.get(example.id);
    if (earlier !== undefined) {
      const message = `The id ${quote(example.id)} is the id of row ${earlier} already.`;
      setAside({ code: 'E2206', path: schema.id ?? 'id', message });
      continue;
    }
    if (readId) rowOfId.set(example.id, row);
    if (needsLabels && Object.values(example.labels).every((label) => label === null)) {
      unlabelled++;
      counts.add({ code: 'E2207', ...file, line, row, message: 'The row has no label of any task.' });
    }
    examples.push(example);
  }
  if (columns.size > 0) checkColumns(schema, columns, needsLabels, file);
  const problems = counts.list();
  const bad = quarantine.length;
  if (bad > 0 && (policy === 'fail' || bad > maxFraction * rows)) {
    const allowed = policy === 'fail' ? 'the policy is to fail' : `${maxFraction * 100} % are allowed`;
    const message = `${bad} of ${rows} rows are bad; ${allowed}.`;
    const fix = policy === 'fail' ? 'Repair the rows.' : 'Repair the rows, or raise data.bad.maxFraction.';
    throw new PolytaskError('data', [
      { code: 'E2208', ...file, message, fix },
      ...problems.filter(({ code }) => code !== 'E2207'),
    ]);
  }
  if (examples.length === 0) {
    throw new PolytaskError('data', { code: 'E2209', ...file, message: 'The file has no data rows.' });
  }
  return { examples, quarantine, problems, unlabelled };
}

function wantedColumns(schema: Schema, withLabels: boolean): [column: string, path: string][] {
  const inputs = Object.entries(schema.inputs).flatMap(([name, input]): [string, string][] =>
    input.type === 'cells'
      ? input.columns.map((column, at) => [column, `inputs.${name}.columns.${at}`])
      : [[input.column, `inputs.${name}.column`]],
  );
  if (!withLabels) return inputs;
  const tasks = Object.entries(schema.tasks).flatMap(([name, task]): [string, string][] =>
    task.type === 'cells'
      ? task.columns.map((column, at) => [column, `tasks.${name}.columns.${at}`])
      : [[task.column, `tasks.${name}.column`]],
  );
  for (const [name, { where }] of Object.entries(schema.tasks))
    if (where) tasks.push([where.column, `tasks.${name}.each.column`]);
  const further = Object.entries(schema.columns ?? {}).map(([path, column]): [string, string] => [column, path]);
  const id: [string, string][] = schema.id === undefined ? [] : [[schema.id, 'data.id']];
  return [...id, ...inputs, ...tasks, ...further];
}

function checkColumns(
  schema: Schema,
  columns: ReadonlySet<string>,
  needsLabels: boolean,
  file: { file?: string },
): void {
  const known = [...columns];
  const problems = wantedColumns(schema, needsLabels)
    .filter(([column]) => !columns.has(column))
    .map(([column, path]): Problem => {
      const guess = nearest(column, known);
      const fix = `${guess ? `Did you mean ${quote(guess)}? ` : ''}Columns found: ${known.join(', ')}.`;
      return { code: 'E1404', path, ...file, message: `No row has a column ${quote(column)}.`, fix };
    });
  if (problems.length > 0) throw new PolytaskError('usage', problems);
}
