/** Where a face's minimum lies: at a point of its affine hull, or at no finite one but along a direction. */
export type FaceMinimum = { readonly point: readonly number[] } | { readonly direction: readonly number[] };

export type SimplexProblem = {
  /** The minimum over the affine hull of the corners `face`, in their order; null where they are dependent to rounding. */
  readonly minimum: (face: readonly number[]) => FaceMinimum | null;
  /** How much each corner would lower the function to first order, in units of its rounding error: > 1 is worth a step. */
  readonly gains: (weights: readonly number[]) => readonly number[];
};

/**
 * The minimum of a convex function on the simplex, exact to rounding: faces are entered and left until no corner gains.
 *
 * Wolfe, "Finding the nearest point in a polytope", Mathematical Programming 1976.
 */
export function minimiseOnSimplex(
  { minimum, gains }: SimplexProblem,
  start: readonly number[],
): { weights: number[]; iterations: number; converged: boolean } {
  const weights = [...start];
  const face = new Set(weights.flatMap((weight, corner) => (weight > 0 ? [corner] : [])));
  const limit = 20 * start.length + 100;
  let iterations = 0;
  let entered = -1;
  while (iterations < limit) {
    // Down to the minimum of the face, leaving the corners whose weights would turn negative.
    while (iterations++ < limit) {
      const corners = [...face];
      const found = minimum(corners);
      if (!found) return { weights, iterations, converged: true };
      const moves = corners.map((corner, i) =>
        'point' in found ? found.point[i]! - weights[corner]! : found.direction[i]!,
      );
      const length = furthest(corners, moves, weights, 'point' in found ? 1 : Number.POSITIVE_INFINITY);
      if (!Number.isFinite(length)) return { weights, iterations, converged: false };
      const left = corners.filter((corner, i) => moves[i]! < 0 && -weights[corner]! / moves[i]! <= length);
      corners.forEach((corner, i) => {
        weights[corner] = Math.max(0, weights[corner]! + length * moves[i]!);
      });
      for (const corner of left) {
        weights[corner] = 0;
        face.delete(corner);
      }
      // A corner that leaves as it came gained nothing but rounding errors.
      if (left.includes(entered) && length === 0) return { weights, iterations, converged: true };
      if (left.length === 0 || face.size === 0) break;
    }
    const all = gains(weights);
    entered = all.reduce((best, gain, corner) => (face.has(corner) || gain <= (all[best] ?? 1) ? best : corner), -1);
    if (entered < 0) return { weights, iterations, converged: true };
    face.add(entered);
  }
  return { weights, iterations, converged: false };
}

/** How far along `moves` all weights stay at least 0, at most `limit`. */
function furthest(corners: readonly number[], moves: readonly number[], weights: readonly number[], limit: number) {
  return corners.reduce(
    (length, corner, i) => (moves[i]! < 0 ? Math.min(length, -weights[corner]! / moves[i]!) : length),
    limit,
  );
}
