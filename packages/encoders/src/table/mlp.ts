import { fold, hostTensor, quote } from '@polytask/base';
import { type DenseParams, dense, dropout as dropoutLayer, heNormal, named, within } from '@polytask/core';
import {
  applyTabular,
  type Column,
  countNumbers,
  fitTabular,
  numberOfCell,
  type Table,
  type TabularSpec,
  tabularSchema,
} from '@polytask/data';
import type * as tf from '@tensorflow/tfjs-core';
import type { Encoder } from '../encoder.ts';

/** The cells of one row by column: numbers, texts, null where missing. */
export type Cells = Readonly<Record<string, string | number | null>>;

export type MlpOptions = {
  /** Units of the dense layers with relu. Default: [64, 64]. */
  readonly hidden?: readonly number[];
  /** The rate at which the units of every layer are dropped while training, 0 ≤ rate < 1. Default: 0.1. */
  readonly dropout?: number;
  /** A column of texts with at most so many distinct ones gets one feature for each; of others, 32 features are hashed. Default: 100. */
  readonly categories?: number;
  /** Columns of numbers that are names, such as codes of occupations: categories like texts. Default: none. */
  readonly codes?: readonly string[];
  /**
   * Into how many pieces the axis of a number is cut, beside its standard score: a feature for each says how much of it lies below the number, so that
   * the first layer knows thresholds and curves. Below 2, none. Default: one for every 400 training rows, at most 64.
   */
  readonly bins?: number;
};

/** JSON: the columns, which of them are numbers, what their features are, and the sizes of the layer. */
export type MlpSpec = {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  readonly tabular: TabularSpec;
  readonly hidden: readonly number[];
  readonly dropout: number;
};

export type MlpParams = { readonly layers: readonly DenseParams[] };

/** `features` [batch, features] float32. */
export type TableInputs = { readonly features: tf.Tensor };

/**
 * Rows of a table through dense layers: numbers as standard scores and on pieces of their axis, with a flag where training rows miss some; categories
 * one-hot or hashed: cells → [last of hidden], or the features themselves without layers.
 *
 * A column is one of numbers when all its training cells are, but for those that are missing or say so (`?`, `NA`, `NaN`, `null`, `-`, …). `fit` learns from training rows alone; what a cell of later rows holds that fits
 * nothing learnt counts as missing. Pieces: Gorishniy, Rubachev & Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS 2022.
 *
 * @throws RangeError when an option is out of range; from `fit` without rows or columns, or for a code that is no column.
 */
export function mlpEncoder({
  hidden = [64, 64],
  dropout = 0.1,
  categories = 100,
  codes = [],
  bins,
}: MlpOptions = {}): Encoder<Cells, MlpSpec, Float32Array, MlpParams, TableInputs> {
  for (const units of hidden) dense({ units });
  const drop = dropoutLayer({ rate: dropout });
  if (!(Number.isInteger(categories) && categories > 0))
    throw new RangeError(`categories: expected a positive integer. Found ${quote(categories)}.`);
  if (bins !== undefined && !(Number.isInteger(bins) && bins >= 0))
    throw new RangeError(`bins: expected an integer of at least 0. Found ${quote(bins)}.`);
  return {
    fit(rows) {
      const names = Object.keys(rows[0] ?? {});
      if (names.length === 0) throw new RangeError('rows: expected at least one row with at least one column.');
      const unknown = codes.find((name) => !names.includes(name));
      if (unknown !== undefined) throw new RangeError(`codes: expected columns of the input. Found ${quote(unknown)}.`);
      const isNumber = (name: string) => !codes.includes(name) && countNumbers(rows.map((row) => row[name])).isNumber;
      const columns = names.map((name) => ({ name, isNumber: isNumber(name) }));
      const training = tableFrom(rows, columns);
      const all = Array.from(rows.keys());
      const pieces = bins ?? Math.min(64, Math.floor(rows.length / 400));
      const schema = Object.fromEntries(
        Object.entries(tabularSchema(training, all)).map(([name, encoding]) => [
          name,
          encoding.type === 'number' ? numberEncoding(pieces) : categoryEncoding(rows, name, categories),
        ]),
      );
      return { columns, tabular: fitTabular(training, schema, all), hidden, dropout };
    },
    encode: (row, { columns, tabular }) => applyTabular(tableFrom([row], columns), tabular).data as Float32Array,
    encodeAll(rows, { columns, tabular }) {
      const { data } = applyTabular(tableFrom(rows, columns), tabular);
      const width = tabular.features.length;
      return rows.map((_, at) => data.subarray(at * width, (at + 1) * width) as Float32Array);
    },
    lengthOf: () => 1,
    lengthBuckets: 1,
    axes: ['batch'],
    collate(rows, { size }, { tabular }) {
      const width = tabular.features.length;
      const features = new Float32Array(size * width);
      for (const [at, row] of rows.entries()) features.set(row, at * width);
      return { features: hostTensor('float32', [size, width], features) };
    },
    layer(spec) {
      const layers = spec.hidden.map((units) => dense({ units, activation: 'relu', init: heNormal }));
      return {
        inputShape: [spec.tabular.features.length],
        layer: {
          init(key, inputShape) {
            let shape = inputShape;
            const made = layers.map((layer, at) => {
              const { params, outputShape } = layer.init(fold(key, `layer ${at}`), shape);
              shape = outputShape;
              return params;
            });
            return { params: { layers: made }, outputShape: shape };
          },
          apply: (params, { features }, context) =>
            layers.reduce((x, layer, at) => {
              const part = within(context, `layer ${at}`);
              return named(`layers.${at}`, () => drop.apply({}, layer.apply(params.layers[at]!, x, part), part));
            }, features),
        },
      };
    },
  };
}

const numberEncoding = (bins: number) =>
  bins < 2 ? ({ type: 'number' } as const) : ({ type: 'piecewise', bins } as const);

function categoryEncoding(rows: readonly Cells[], name: string, most: number) {
  const distinct = new Set(rows.map((row) => row[name] ?? null));
  return distinct.size <= most ? ({ type: 'oneHot', maxCategories: most } as const) : ({ type: 'hashing' } as const);
}

function tableFrom(rows: readonly Cells[], columns: MlpSpec['columns']): Table {
  const made = Object.create(null) as Record<string, Column>;
  for (const { name, isNumber } of columns)
    made[name] = isNumber
      ? { type: 'number', values: Float64Array.from(rows, (row) => numberOfCell(row[name]) ?? Number.NaN) }
      : { type: 'text', values: rows.map((row) => (isMissing(row[name]) ? null : String(row[name]))) };
  return { rowCount: rows.length, columns: made };
}

const isMissing = (cell: string | number | null | undefined): boolean =>
  cell === null || cell === undefined || (typeof cell === 'string' && ['', '?'].includes(cell.trim()));
