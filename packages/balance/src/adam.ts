/** The moments of one number under Adam. */
export type AdamMoments = {
  readonly firstMoment: number;
  readonly secondMoment: number;
  /** Steps taken. */
  readonly updates: number;
};

export const noMoments: AdamMoments = { firstMoment: 0, secondMoment: 0, updates: 0 };

const [decay1, decay2, epsilon] = [0.9, 0.999, 1e-8] as const;

/** The change of one number by a step of Adam, with its moments after it. Kingma & Ba, ICLR 2015. */
export function adamStep(
  before: AdamMoments,
  gradient: number,
  learningRate: number,
): { change: number; moments: AdamMoments } {
  const updates = before.updates + 1;
  const firstMoment = decay1 * before.firstMoment + (1 - decay1) * gradient;
  const secondMoment = decay2 * before.secondMoment + (1 - decay2) * gradient * gradient;
  const direction = firstMoment / (1 - decay1 ** updates);
  const size = Math.sqrt(secondMoment / (1 - decay2 ** updates)) + epsilon;
  return { change: (-learningRate * direction) / size, moments: { firstMoment, secondMoment, updates } };
}
