import type { Problem } from '@polytask/base';
import { moments, quantileOf, sortedPresent } from '../table/statistics.ts';
import type { Column } from '../table/table.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed, flagColumn, freeName, withColumns } from './columns.ts';

/** How far out is out. `zScore`: threshold · σ, default 3 · `iqr`: factor · IQR beyond the quartiles, default 1.5 · `mad`: default 3.5 · `quantile`: outside of the two. */
export type OutlierRule =
  | { readonly type: 'zScore'; readonly threshold?: number }
  | { readonly type: 'iqr'; readonly factor?: number }
  | { readonly type: 'mad'; readonly threshold?: number }
  | { readonly type: 'quantile'; readonly low: number; readonly high: number };

export type OutlierOptions = {
  readonly by: OutlierRule;
  /** `flag` keeps the value and adds a column `<name> is outlier` of 0 and 1. */
  readonly action: 'clip' | 'missing' | 'drop' | 'flag';
  /** Default: all columns of numbers. */
  readonly columns?: readonly string[];
};

type Bounds = { readonly low: number; readonly high: number; readonly flag: string };

/**
 * The bounds beyond which a value counts as an outlier, from finite values; undefined where the spread is 0 and every other value would.
 *
 * zScore: mean ± t·σ · iqr: Q1 − f·IQR, Q3 + f·IQR (Tukey 1977) · mad: median ± t·MAD/0.6745 (Iglewicz & Hoaglin 1993) · quantile: two quantiles.
 */
export function outlierBounds(values: ArrayLike<number>, rule: OutlierRule): { low: number; high: number } | undefined {
  const around = (center: number, reach: number) =>
    reach > 0 && Number.isFinite(reach) ? { low: center - reach, high: center + reach } : undefined;
  if (rule.type === 'zScore') {
    const { mean, deviation } = moments(values);
    return around(mean, (rule.threshold ?? 3) * deviation);
  }
  const sorted = sortedPresent(values);
  if (rule.type === 'iqr') {
    const [lower, upper] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.75)];
    const reach = (rule.factor ?? 1.5) * (upper - lower);
    return reach > 0 ? { low: lower - reach, high: upper + reach } : undefined;
  }
  if (rule.type === 'mad') {
    const median = quantileOf(sorted, 0.5);
    const spread = quantileOf(sorted.map((value) => Math.abs(value - median)).sort(), 0.5);
    return around(median, ((rule.threshold ?? 3.5) * spread) / 0.6745);
  }
  const [low, high] = [quantileOf(sorted, rule.low), quantileOf(sorted, rule.high)];
  return high > low ? { low, high } : undefined;
}

/**
 * Clips, removes, drops or flags values beyond bounds that are fitted on the training rows; infinities always are beyond them.
 *
 * A column without spread in the training rows has no bounds (E2229). Dropped rows are E2230.
 *
 * @throws RangeError when a threshold is out of range or a column does not exist. @throws TypeError when a named column holds texts.
 */
export function outliers({ by, action, columns }: OutlierOptions): CleaningStep {
  checkRule(by);
  return cleaningStep<Record<string, Bounds | null>>({
    name: 'outliers',
    options: { by, action, columns: columns ?? null },
    fit: (training) =>
      Object.fromEntries(
        chosenColumns(training, columns, 'number').map(([name, column]) => {
          const bounds = outlierBounds(column.values as Float64Array, by);
          if (bounds === undefined) return [name, null];
          const flag = freeName(training.columns, `${name} is outlier`);
          return [name, { low: finite(bounds.low), high: finite(bounds.high), flag }];
        }),
      ),
    apply(table, spec) {
      const changes: [string, Column][] = [];
      const setAside: { row: number; problem: Problem }[] = [];
      const problems: Problem[] = [];
      for (const [name, bounds] of Object.entries(spec)) {
        const column = columnNamed(table.columns, name);
        if (bounds === null) {
          const message = 'The training rows have no spread; the column has no outliers.';
          problems.push({ code: 'E2229', path: name, message });
          continue;
        }
        if (column.type !== 'number') throw new TypeError(`${name}: expected a column of numbers. Found texts.`);
        const { values } = column;
        const { low, high, flag } = bounds;
        const isOut = (row: number) => values[row]! < low || values[row]! > high;
        if (action === 'flag') changes.push([flag, flagColumn(table.rowCount, isOut)]);
        else if (action === 'drop') {
          for (let row = 0; row < values.length; row++) {
            if (!isOut(row)) continue;
            const message = `Expected ${low} to ${high}. Found ${values[row]}.`;
            setAside.push({ row, problem: { code: 'E2230', path: name, message } });
          }
        } else {
          const changed = values.slice();
          for (let row = 0; row < values.length; row++) {
            if (isOut(row)) changed[row] = action === 'missing' ? Number.NaN : values[row]! < low ? low : high;
          }
          changes.push([name, { type: 'number', values: changed }]);
        }
      }
      return { columns: withColumns(table.columns, changes), setAside, problems };
    },
  });
}

// JSON has neither −0 nor ∞.
const finite = (bound: number) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, bound)) + 0;

function checkRule(rule: OutlierRule): void {
  if (rule.type === 'quantile') {
    if (!(rule.low >= 0 && rule.low < rule.high && rule.high <= 1)) {
      throw new RangeError(`quantile: expected 0 ≤ low < high ≤ 1. Found ${rule.low} and ${rule.high}.`);
    }
    return;
  }
  const factor = (rule.type === 'iqr' ? rule.factor : rule.threshold) ?? 1;
  if (!(factor > 0)) throw new RangeError(`${rule.type}: expected a factor above 0. Found ${factor}.`);
}
