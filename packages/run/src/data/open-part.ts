import type { Problem } from '@polytask/base';
import { type IntegratedSource, joinSources, openSource, type Source, unionSources } from '@polytask/data';
import { isMedia } from '../config/input-columns.ts';
import type { RunConfig } from '../config/schema.ts';
import { type SourceConfig, sourceName } from '../config/source-schema.ts';
import { openIdx, type Tensors } from './idx-part.ts';
import { inKeysOfTheFile, joinedBy } from './mapping-problems.ts';
import { openFile } from './open-file.ts';

/** How a file says what the run says in other words. */
export type Mapping = Pick<RunConfig['data'], 'columns' | 'labels' | 'missing' | 'encoding'>;

/** A source that reports, and the key of the run file that it stands for. */
type Noted = { readonly part: IntegratedSource; readonly key: string };

export type PartPlace = {
  /** Default: that of the run. */
  readonly mapping?: Mapping | undefined;
  /** The key of the run file whose mapping it is. */
  readonly key?: string | undefined;
};

/** A file of a run as the run sees it, to be read again and again. */
export type OpenedPart = {
  readonly open: () => Source;
  /** What did not go together in the last reading. */
  readonly report: () => readonly Problem[];
  /** Of IDX files, what stands for tensors in the rows that were read. */
  readonly tensors?: Tensors;
};

/**
 * A file, IDX files or a folder of images or sounds, under the run's names for columns and labels, and with the columns of the files that are joined to it.
 *
 * Rows keep their numbers in the file.
 */
export async function openPart(
  { data, inputs }: Pick<RunConfig, 'data' | 'inputs'>,
  given: SourceConfig,
  { mapping = data, key = 'data' }: PartPlace = {},
): Promise<OpenedPart> {
  const { encoding } = mapping;
  const file = sourceName(given);
  const tensors: Tensors = new Map();
  const openFirst =
    typeof given !== 'string'
      ? () => openIdx(given, tensors)
      : Object.values(inputs).some(isMedia)
        ? (await openFile(given, encoding ? { encoding } : {})).open
        : () => openTable(given, mapping);
  let read: readonly Noted[] = [];
  return {
    open() {
      const parts: Noted[] = [];
      const noted = (part: Source | IntegratedSource, at: string) => {
        if ('report' in part) parts.push({ part, key: at });
        return part;
      };
      let whole: Source = noted(mapped(openFirst(), mapping), key);
      for (const [at, { source, on, how, conflicts, ...own }] of (data.join ?? []).entries()) {
        const joinKey = `data.join.${at}`;
        const second = noted(mapped(openTable(source, own), own), joinKey);
        const joined = noted(joinSources(whole, second, { on, how, conflicts, name: file }), joinKey);
        whole = joinedBy(joined, on, joinKey);
      }
      read = parts;
      return whole;
    },
    ...(typeof given !== 'string' && { tensors }),
    report: () =>
      read.flatMap(({ part, key: at }) =>
        [...part.report().problems, ...partnerless(part)].map((problem) => inKeysOfTheFile(problem, at)),
      ),
  };
}

/** A file alone under the run's names for columns, to be predicted: what is joined to the data of the run is not joined to it. */
export const openNamed = (file: string, { data }: Pick<RunConfig, 'data'>): Source =>
  mapped(openTable(file, data), data);

const openTable = (file: string, { encoding }: Mapping): Source => openSource(file, encoding ? { encoding } : {});

const mapped = (source: Source, { columns, labels, missing }: Mapping): Source | IntegratedSource =>
  columns || labels || missing
    ? unionSources(
        [
          {
            source,
            ...(columns && { columns }),
            ...(labels && { labels }),
            ...(missing && { missing: missing.map(String) }),
          },
        ],
        { name: source.name },
      )
    : source;

/** How many rows of a join found nobody. */
function partnerless(part: IntegratedSource): Problem[] {
  const { unmatched = {} } = part.report();
  return Object.entries(unmatched).flatMap(([file, rows]) =>
    rows === 0
      ? []
      : [{ code: 'E2158', file, message: `${rows} ${rows === 1 ? 'row has' : 'rows have'} no partner in the join.` }],
  );
}
