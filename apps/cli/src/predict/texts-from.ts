import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { didYouMean, PolytaskError } from '@polytask/base';
import { isIdxName, type Rows, readCsv, readIdx, readJsonl, type SourceRow } from '@polytask/data';

export type Format = 'text' | 'jsonl' | 'csv' | 'tsv';

export type TextsOptions = {
  readonly texts: readonly string[];
  readonly data: string | undefined;
  readonly format: Format | undefined;
  /** The column of the run's input. */
  readonly column: string;
  /** The rows of a file of a known type, as the run reads its own. */
  readonly open: (file: string) => Rows;
};

/** The rows to predict: of the command line, a file, or standard input. */
export function textsFrom({ texts, data, format, column, open }: TextsOptions): Rows {
  if (texts.length > 0 && data !== undefined) throw usage('E1021', 'Give either texts or --data.');
  if (texts.length > 0) return Object.assign(rowsOf(texts, column), { name: 'command line' });
  if (data === undefined || data === '-') {
    if (data === undefined && process.stdin.isTTY) {
      throw usage(
        'E1022',
        'There is no text to predict.',
        'Give texts, --data FILE, or pipe lines in. See `polytask predict --help`.',
      );
    }
    if (format === 'jsonl') return readJsonl(process.stdin);
    if (format === 'csv') return readCsv(process.stdin);
    if (format === 'tsv') return readCsv(process.stdin, { delimiter: '\t' });
    return Object.assign(lines(process.stdin, column), { name: 'stdin' });
  }
  const extension = extname(data).slice(1).toLowerCase();
  const type = format ?? (extension === 'txt' ? 'text' : undefined);
  if (type === 'text') return Object.assign(lines(createReadStream(data), column), { name: data });
  if (type === 'jsonl') return readJsonl(data);
  if (type === 'csv' || type === 'tsv') return readCsv(data, { delimiter: type === 'tsv' ? '\t' : 'auto' });
  return isIdxName(data) ? readIdx({ [column]: data }) : open(data);
}

/** What to write, from the name of a file. */
export function outputFormat(file: string): 'jsonl' | 'csv' {
  const extension = extname(file).slice(1).toLowerCase();
  if (extension === 'csv') return 'csv';
  if (extension === 'jsonl' || extension === 'ndjson') return 'jsonl';
  throw new PolytaskError('usage', {
    code: 'E1023',
    file,
    message: 'Unknown type of output file.',
    fix: didYouMean(extension, ['jsonl', 'csv']),
  });
}

async function* rowsOf(texts: Iterable<string> | AsyncIterable<string>, column: string): AsyncGenerator<SourceRow> {
  let row = 0;
  for await (const text of texts) {
    row++;
    yield { row, line: row, values: { [column]: text } };
  }
}

async function* lines(stream: NodeJS.ReadableStream, column: string): AsyncGenerator<SourceRow> {
  // readline does not hand on what the stream fails with
  let failure: unknown;
  stream.on('error', (error) => {
    failure = error;
    reader.close();
  });
  const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  yield* rowsOf(reader, column);
  if (failure) throw failure;
}

const usage = (code: string, message: string, fix?: string) =>
  new PolytaskError('usage', { code, message, ...(fix && { fix }) });
