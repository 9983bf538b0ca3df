import { didYouMean, PolytaskError, type Problem, quote } from '@polytask/base';
import { type RowParser, row, rowSource } from './rows.ts';
import type { Source, SourceInput, SourceOptions } from './types.ts';

type Attribute =
  | { readonly name: string; readonly type: 'numeric' | 'string' }
  | { readonly name: string; readonly type: 'nominal'; readonly labels: readonly string[] };

/**
 * The rows of an ARFF file: numbers for numeric attributes, strings for nominal, string and date attributes, null for `?`.
 *
 * Dense and sparse rows (`{2 0.5, 7 yes}`: what is left out is 0, or the first label of a nominal attribute), quoted names and values,
 * comments. Bad rows are yielded as problems: E2120 wrong number of values · E2121 not a number · E2122 not a label of its attribute ·
 * E2123 not a sparse row · E2124 open quote; and those of `readJsonl` for bytes.
 * Format: https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable
 *
 * @throws PolytaskError while reading, when the file as a whole is unusable: E2104 an attribute twice · E2125 a header that cannot be read ·
 * E2126 no `@data`; E1401, E1402, E2101–E2103.
 */
export function readArff(input: SourceInput, options: SourceOptions = {}): Source {
  const name = typeof input === 'string' ? input : (options.name ?? 'stdin');
  return {
    name,
    async *[Symbol.asyncIterator]() {
      const reader = arffReader(name);
      yield* rowSource(input, options, () => reader.parse);
      if (!reader.isInData()) throw headerProblem(name, 'E2126', 'The file has no line @data.');
    },
  };
}

const headerProblem = (file: string, code: string, message: string, fix?: string) =>
  new PolytaskError('data', { code, file, message, ...(fix && { fix }) });

function arffReader(file: string): { readonly parse: RowParser; isInData(): boolean } {
  const attributes: Attribute[] = [];
  let inData = false;

  const header = (text: string): undefined => {
    const [, keyword = '', rest = ''] = /^@(\S+)\s*(.*)$/s.exec(text) ?? [];
    const command = keyword.toLowerCase();
    if (command === 'relation') return undefined;
    if (command === 'data') {
      if (attributes.length === 0) throw headerProblem(file, 'E2125', 'There is no @attribute before @data.');
      inData = true;
      return undefined;
    }
    if (command !== 'attribute') {
      const fix = keyword ? didYouMean(command, ['relation', 'attribute', 'data']) : 'Data rows stand below @data.';
      throw headerProblem(file, 'E2125', `Expected @relation, @attribute or @data. Found ${quote(text)}.`, fix);
    }
    const attribute = readAttribute(rest, file);
    if (attributes.some(({ name }) => name === attribute.name))
      throw headerProblem(
        file,
        'E2104',
        `The attribute ${quote(attribute.name)} appears twice.`,
        'Rename one of them.',
      );
    attributes.push(attribute);
    return undefined;
  };

  return {
    isInData: () => inData,
    parse(line) {
      const text = line.trim();
      if (text === '' || text.startsWith('%')) return undefined;
      if (!inData) return header(text);
      return text.startsWith('{') ? sparseRow(text, attributes) : denseRow(text, attributes);
    },
  };
}

function readAttribute(text: string, file: string): Attribute {
  const broken = (message: string) => headerProblem(file, 'E2125', `@attribute ${quote(text)}: ${message}`);
  const [first, rest] = takeToken(text, /[\s{]/);
  if (first === undefined) throw broken('expected a name.');
  const kind = rest.trim();
  if (kind.startsWith('{')) {
    if (!kind.endsWith('}')) throw broken('the list of labels is not closed.');
    const labels = splitValues(kind.slice(1, -1));
    if (!labels || labels.length === 0) throw broken('expected labels in { }.');
    return { name: first, type: 'nominal', labels: labels.map(({ text }) => text) };
  }
  const word = kind.split(/\s/, 1)[0]!.toLowerCase();
  if (['numeric', 'real', 'integer'].includes(word)) return { name: first, type: 'numeric' };
  if (['string', 'date'].includes(word)) return { name: first, type: 'string' };
  throw broken(
    word === 'relational' ? 'relational attributes are not read.' : 'expected numeric, string, date or { labels }.',
  );
}

/** A word or a quoted text at the start, and what follows it. */
function takeToken(text: string, end: RegExp): [token: string | undefined, rest: string] {
  if (text[0] === "'" || text[0] === '"') {
    const closing = closingQuote(text, 0);
    return closing < 0 ? [undefined, ''] : [unescaped(text.slice(1, closing)), text.slice(closing + 1)];
  }
  const at = text.search(end);
  const token = at < 0 ? text : text.slice(0, at);
  return token === '' ? [undefined, ''] : [token, at < 0 ? '' : text.slice(at)];
}

function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === text[open]) return at;
  }
  return -1;
}

const unescaped = (text: string) =>
  text.includes('\\')
    ? text.replace(/\\(.)/gs, (_, character: string) => ({ n: '\n', t: '\t', r: '\r' })[character] ?? character)
    : text;

type Written = { readonly text: string; readonly quoted: boolean };

/** Values between commas, or undefined where a quote stays open or text follows one. */
function splitValues(text: string): Written[] | undefined {
  const found: Written[] = [];
  if (!/['"]/.test(text)) return text.split(',').map((part) => ({ text: part.trim(), quoted: false }));
  let at = 0;
  while (true) {
    while (text[at] === ' ' || text[at] === '\t') at++;
    if (text[at] === "'" || text[at] === '"') {
      const closing = closingQuote(text, at);
      if (closing < 0) return undefined;
      found.push({ text: unescaped(text.slice(at + 1, closing)), quoted: true });
      at = closing + 1;
      while (text[at] === ' ' || text[at] === '\t') at++;
      if (at < text.length && text[at] !== ',') return undefined;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      found.push({ text: text.slice(at, end).trim(), quoted: false });
      at = end;
    }
    if (at >= text.length) return found;
    at++;
  }
}

const openQuote = { code: 'E2124', message: 'A quote is not closed, or text follows it.' } satisfies Problem;

function denseRow(text: string, attributes: readonly Attribute[]): ReturnType<RowParser> {
  const written = splitValues(text);
  if (!written) return { bad: openQuote };
  if (written.length !== attributes.length) {
    const message = `Expected ${attributes.length} values, one per attribute. Found ${written.length}.`;
    return { bad: { code: 'E2120', message } };
  }
  const values = row();
  for (const [at, attribute] of attributes.entries()) {
    const cell = readValue(written[at]!, attribute);
    if (typeof cell === 'object' && cell !== null) return { bad: cell };
    values[attribute.name] = cell;
  }
  return { values };
}

function sparseRow(text: string, attributes: readonly Attribute[]): ReturnType<RowParser> {
  const bad = (message: string) => ({ bad: { code: 'E2123', message } });
  if (!text.endsWith('}')) return bad('A sparse row that is not closed by }.');
  const values = row();
  for (const attribute of attributes)
    values[attribute.name] =
      attribute.type === 'numeric' ? 0 : attribute.type === 'nominal' ? attribute.labels[0]! : '';
  const inside = text.slice(1, -1).trim();
  if (inside === '') return { values };
  for (const entry of inside.split(/,(?=\s*\d+\s)/)) {
    const [, index = '', value = ''] = /^\s*(\d+)\s+(.*)$/s.exec(entry) ?? [];
    const attribute = attributes[Number(index)];
    if (index === '' || !attribute)
      return bad(`Expected "index value" with an index below ${attributes.length}. Found ${quote(entry)}.`);
    const written = splitValues(value);
    if (written?.length !== 1) return { bad: openQuote };
    const cell = readValue(written[0]!, attribute);
    if (typeof cell === 'object' && cell !== null) return { bad: cell };
    values[attribute.name] = cell;
  }
  return { values };
}

function readValue({ text, quoted }: Written, attribute: Attribute): string | number | null | Problem {
  if (text === '?' && !quoted) return null;
  const path = attribute.name;
  if (attribute.type === 'numeric') {
    const number = text === '' ? Number.NaN : Number(text);
    if (Number.isFinite(number)) return number;
    return { code: 'E2121', path, message: `Expected a finite number. Found ${quote(text)}.` };
  }
  if (attribute.type !== 'nominal' || attribute.labels.includes(text)) return text;
  const fix = didYouMean(text, attribute.labels);
  const message = `Expected a label of the attribute. Found ${quote(text)}.`;
  return { code: 'E2122', path, message, ...(fix && { fix }) };
}
