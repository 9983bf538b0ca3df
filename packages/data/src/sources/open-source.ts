import { didYouMean, PolytaskError, quote } from '@polytask/base';
import { readParquet } from './parquet.ts';
import { readArff } from './read-arff.ts';
import { type CsvOptions, readCsv } from './read-csv.ts';
import { readJsonl } from './read-jsonl.ts';
import type { Source } from './types.ts';

/** Whether a file is called as IDX files are: `train-images-idx3-ubyte`, `labels.idx.gz`. */
export const isIdxName = (path: string): boolean => /(^|[-._/\\])idx\d*([-._][a-z]+\d*)?(\.gz)?$/i.test(path);

const extensions = ['arff', 'csv', 'jsonl', 'ndjson', 'parquet', 'tsv'];

/**
 * The rows of a file, read as its extension says: `.jsonl` and `.ndjson`, `.csv` (whose delimiter its
 * header tells), `.tsv`, `.arff`, `.parquet`.
 *
 * @throws PolytaskError E1403 for another extension; and what `readJsonl`, `readCsv`, `readArff` and `readParquet` throw while reading.
 */
export function openSource(path: string, options: CsvOptions = {}): Source {
  const extension = /\.([^./\\]*)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  if (extension === 'jsonl' || extension === 'ndjson') return readJsonl(path, options);
  if (extension === 'csv') return readCsv(path, { delimiter: 'auto', ...options });
  if (extension === 'tsv') return readCsv(path, { delimiter: '\t', ...options });
  if (extension === 'arff') return readArff(path, options);
  if (extension === 'parquet') return readParquet(path);
  if (isIdxName(path)) {
    const fix = 'Name it by its column: source: { image: train-images-idx3-ubyte, digit: train-labels-idx1-ubyte }.';
    throw new PolytaskError('usage', {
      code: 'E1403',
      file: path,
      message: 'An IDX file has no names of columns.',
      fix,
    });
  }
  const message = extension ? `Unknown file type ${quote(`.${extension}`)}.` : 'The file name has no extension.';
  throw new PolytaskError('usage', { code: 'E1403', file: path, message, fix: didYouMean(extension, extensions) });
}
