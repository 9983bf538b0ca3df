import { type Column, cellOf } from '../table/table.ts';
import type { ColumnEncoding, EncodedColumn } from './encoding.ts';

type Of<Type extends ColumnEncoding['type']> = ColumnEncoding & { readonly type: Type };

export type OneHotSpec = {
  readonly type: 'oneHot';
  readonly categories: readonly string[];
  readonly other: boolean;
  readonly missing: boolean;
};
export type OrdinalSpec = { readonly type: 'ordinal'; readonly order: readonly string[] };
export type HashingSpec = { readonly type: 'hashing'; readonly buckets: number };

/** The category of a cell: numbers as JavaScript writes them; null when missing. */
export function categoryOf(column: Column, row: number): string | null {
  const cell = cellOf(column, row);
  return cell === null ? null : String(cell);
}

export function categoryCounts(column: Column): Map<string, number> {
  const counts = new Map<string, number>();
  for (let row = 0; row < column.values.length; row++) {
    const category = categoryOf(column, row);
    if (category !== null) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return counts;
}

/** By value when all are numbers, else by code unit. */
export function sortedCategories(categories: Iterable<string>): string[] {
  const list = [...categories];
  const numeric = list.every((category) => category.trim() !== '' && Number.isFinite(Number(category)));
  return list.sort((a, b) => (numeric ? Number(a) - Number(b) : 0) || (a < b ? -1 : 1));
}

export function fitOneHot(training: Column, { maxCategories = 50, other }: Of<'oneHot'>): OneHotSpec {
  const counts = categoryCounts(training);
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, maxCategories);
  let missing = false;
  for (let row = 0; row < training.values.length; row++) missing ||= cellOf(training, row) === null;
  return {
    type: 'oneHot',
    categories: sortedCategories(byCount.map(([category]) => category)),
    other: other ?? counts.size > maxCategories,
    missing,
  };
}

export function encodeOneHot(name: string, column: Column, { categories, other, missing }: OneHotSpec): EncodedColumn {
  const places = new Map(categories.map((category, at) => [category, at]));
  const otherAt = other ? categories.length : -1;
  const missingAt = missing ? categories.length + Number(other) : -1;
  return {
    names: [
      ...categories.map((category) => `${name}=${category}`),
      ...(other ? [`${name}=other`] : []),
      ...(missing ? [`${name} is missing`] : []),
    ],
    write(row, target, offset) {
      const category = categoryOf(column, row);
      const at = category === null ? missingAt : (places.get(category) ?? otherAt);
      if (at >= 0) target[offset + at] = 1;
    },
  };
}

export const fitOrdinal = (training: Column, { order }: Of<'ordinal'>): OrdinalSpec => ({
  type: 'ordinal',
  order: order ?? sortedCategories(categoryCounts(training).keys()),
});

export function encodeOrdinal(name: string, column: Column, { order }: OrdinalSpec): EncodedColumn {
  const ranks = new Map(order.map((category, rank) => [category, rank]));
  return {
    names: [name],
    write(row, target, offset) {
      const category = categoryOf(column, row);
      target[offset] = category === null ? -1 : (ranks.get(category) ?? -1);
    },
  };
}

export function encodeHashing(name: string, column: Column, { buckets }: HashingSpec): EncodedColumn {
  return {
    names: Array.from({ length: buckets }, (_, at) => `${name}#${at}`),
    write(row, target, offset) {
      const category = categoryOf(column, row);
      if (category === null) return;
      const hash = hashOf(`${name}=${category}`);
      target[offset + ((hash >>> 1) % buckets)] = hash & 1 ? 1 : -1;
    },
  };
}

/** FNV-1a over UTF-16 code units with a final mix, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
