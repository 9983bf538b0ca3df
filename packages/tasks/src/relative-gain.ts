/** (m − L) / max(|m|, |L|): how far a loss L is below its moving average m. Finite, from −2 to 2; 0 where both are 0. */
export function relativeGain(average: number, loss: number): number {
  const size = Math.max(Math.abs(average), Math.abs(loss));
  return size === 0 ? 0 : average / size - loss / size;
}
