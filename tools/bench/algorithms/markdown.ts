import { availableParallelism } from 'node:os';

/** What a section of the benchmark is asked for. */
export type Settings = {
  readonly seeds: number | undefined;
  /** Fewer seeds and steps: whether it runs, not what it measures. */
  readonly quick: boolean;
};

/** A section: its name on the command line and in the markers, and the lines that it measures. */
export type Section = { readonly name: string; readonly measure: (settings: Settings) => Promise<readonly string[]> };

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)];
}

export const signed = (value: number, digits = 1): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
export const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** The standard deviation of a population. */
export function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}
export const spread = (values: readonly number[], digits = 3): string =>
  `${meanOf(values).toFixed(digits)} ± ${deviationOf(values).toFixed(digits)}`;

/** On what it was measured. */
export const machine = (): string => `${availableParallelism()} threads`;

export const note = (text: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
};
