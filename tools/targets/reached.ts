export type Target = {
  readonly name: string;
  readonly reached: number;
  readonly least?: number;
  readonly most?: number;
};

/** Prints what was reached beside what must be, and makes the process fail where that was missed. */
export function reachedOrNot(title: string, targets: readonly Target[]): void {
  console.log(title);
  for (const { name, reached, least, most } of targets) {
    const isMet = reached >= (least ?? Number.NEGATIVE_INFINITY) && reached <= (most ?? Number.POSITIVE_INFINITY);
    const bound = least === undefined ? `at most ${most}` : `at least ${least}`;
    const shown = Math.abs(reached) < 10 ? reached.toFixed(3) : reached.toFixed(0);
    console.log(`  ${isMet ? 'reached' : 'MISSED '}  ${name}: ${shown}, must be ${bound}`);
    if (!isMet) process.exitCode = 1;
  }
}
