export type Target = {
  readonly name: string;
  readonly reached: number | null | undefined;
  readonly least?: number;
  readonly most?: number;
};

/** What was reached beside what must be; what is not a number is missed. */
export function judged(targets: readonly Target[]): { readonly lines: string[]; readonly isMet: boolean } {
  const all = targets.map(({ name, reached, least, most }) => {
    const value = reached ?? Number.NaN;
    const isMet = value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
    const bound = least === undefined ? `at most ${most}` : `at least ${least}`;
    const shown = Math.abs(value) < 10 ? value.toFixed(3) : value.toFixed(0);
    return { isMet, line: `  ${isMet ? 'reached' : 'MISSED '}  ${name}: ${shown}, must be ${bound}` };
  });
  return { lines: all.map(({ line }) => line), isMet: all.every(({ isMet }) => isMet) };
}

/** Prints it, and makes the process fail where something was missed. */
export function reachedOrNot(title: string, targets: readonly Target[]): void {
  const { lines, isMet } = judged(targets);
  console.log([title, ...lines].join('\n'));
  if (!isMet) process.exitCode = 1;
}
