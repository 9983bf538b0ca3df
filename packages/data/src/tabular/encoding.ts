export type NumberScale = 'zScore' | 'minMax' | 'robust' | 'maxAbs' | 'quantile' | 'yeoJohnson' | 'none';

/** How one column becomes features. */
export type ColumnEncoding =
  /** A number on a scale; a missing one is the training median, and `<name> is missing` is added where training rows miss some. */
  | {
      readonly type: 'number';
      readonly scale?: NumberScale;
    }
  /**
   * A number as above, and how much of each of at most `bins` (default 64) pieces of the axis lies below it: then one layer can make any piecewise
   * linear function of it. Pieces end at values of the training rows, dense where these are (Gorishniy et al. 2022).
   */
  | { readonly type: 'piecewise'; readonly bins?: number; readonly scale?: NumberScale }
  /** One feature per category, the most frequent `maxCategories` (default 50); others share `<name>=other`, as unseen ones do where it exists. */
  | { readonly type: 'oneHot'; readonly maxCategories?: number; readonly other?: boolean }
  /** The rank of a category in `order`, or among the sorted training categories; −1 when missing or unseen. */
  | { readonly type: 'ordinal'; readonly order?: readonly string[] }
  /** +1 or −1 in one of `buckets` features (default 32): no vocabulary, any category (Weinberger et al. 2009). */
  | { readonly type: 'hashing'; readonly buckets?: number }
  /** The smoothed mean of a target column per category; training rows get that of the other folds. */
  | { readonly type: 'target'; readonly target: string; readonly smoothing?: number; readonly folds?: number }
  /** Parts of a date: milliseconds since 1970 UTC, or ISO 8601 texts. `elapsed` is in days, as standard scores. Default: elapsed, month, weekday. */
  | { readonly type: 'date'; readonly parts?: readonly DatePart[] }
  /** sin and cos of 2π·x / period. */
  | { readonly type: 'cyclical'; readonly period: number };

export type DatePart = 'elapsed' | 'year' | 'month' | 'day' | 'weekday' | 'hour';

/** The encoding of each column that becomes features; columns that are not named do not. */
export type TabularSchema = Readonly<Record<string, ColumnEncoding>>;

/** The features of one column: their names and, of a row, their values. */
export type EncodedColumn = {
  readonly names: readonly string[];
  /** Writes the features of a row at `offset`. */
  readonly write: (row: number, target: Float32Array, offset: number) => void;
};
