/** How often each task is drawn. */
export type TaskChoice = {
  /** Kind and settings, for saved positions. */
  readonly name: string;
  /** p per task, with sum 1, from the number of examples of each; `inTurn` asks for none. */
  shares(sizes: readonly number[], epoch: number): readonly number[];
  /** One task after the other instead of drawing. */
  readonly inTurn?: true;
};

/** Every task as often as any other. */
export const equalTasks = (): TaskChoice => ({ name: 'equal', shares: (sizes) => sizes.map(() => 1 / sizes.length) });

/** One task after the other, in their order. */
export const roundRobinTasks = (): TaskChoice => ({ ...equalTasks(), name: 'roundRobin', inTurn: true });

/**
 * pₖ ∝ min(nₖ, cap)^(1/T): T = 1 draws in proportion to size, a higher T more evenly, T = ∞ equally.
 *
 * Arivazhagan et al., "Massively Multilingual Neural Machine Translation in the Wild", 2019; the cap: Raffel et al., "T5", JMLR 2020.
 *
 * @throws RangeError when the temperature or the cap is not above 0.
 */
export function temperatureTasks({ temperature, cap }: { temperature: number; cap?: number }): TaskChoice {
  requireTemperature('temperature', temperature);
  requireCap(cap);
  return { name: `temperature ${temperature} ${cap ?? ''}`, shares: (sizes) => shares(sizes, 1 / temperature, cap) };
}

/**
 * pₖ ∝ min(nₖ, cap)^αₑ with αₑ from 1/`from` in the first epoch straight to 1/`to` in the last of `epochs`, and that from then on.
 *
 * From 1 to 5 this is the annealed sampling of Stickland & Murray, "BERT and PALs", ICML 2019: α = 1 − 0.8·(e − 1)/(E − 1).
 *
 * @throws RangeError when a temperature or the cap is not above 0, or `epochs` is not a positive integer.
 */
export function annealedTasks({
  from = 1,
  to,
  epochs,
  cap,
}: {
  from?: number;
  to: number;
  epochs: number;
  cap?: number;
}): TaskChoice {
  requireTemperature('from', from);
  requireTemperature('to', to);
  requireCap(cap);
  if (!(Number.isInteger(epochs) && epochs > 0))
    throw new RangeError(`epochs: expected a positive integer. Found ${epochs}.`);
  return {
    name: `annealed ${from} ${to} ${epochs} ${cap ?? ''}`,
    shares(sizes, epoch) {
      const progress = epochs === 1 ? 1 : Math.min(1, epoch / (epochs - 1));
      return shares(sizes, 1 / from + (1 / to - 1 / from) * progress, cap);
    },
  };
}

function shares(sizes: readonly number[], exponent: number, cap = Number.POSITIVE_INFINITY): number[] {
  // relative to the largest, so that a small temperature does not overflow
  const kept = sizes.map((size) => Math.min(size, cap));
  const most = Math.max(...kept);
  const raw = kept.map((size) => (size / most) ** exponent);
  const sum = raw.reduce((total, one) => total + one, 0);
  return raw.map((one) => one / sum);
}

function requireTemperature(name: string, value: number): void {
  if (!(value > 0)) throw new RangeError(`${name}: expected a temperature > 0. Found ${value}.`);
}

function requireCap(cap: number | undefined): void {
  if (cap !== undefined && !(cap > 0)) throw new RangeError(`cap: expected a number > 0. Found ${cap}.`);
}
