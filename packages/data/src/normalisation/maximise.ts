const golden = (3 - Math.sqrt(5)) / 2;

/**
 * Where a function of one number is largest on [low, high]: the best of `steps` points, then Brent's method (1973) around it.
 *
 * Values that are not finite count as −∞.
 */
export function maximise(value: (at: number) => number, low: number, high: number, steps = 64): number {
  const cost = (at: number) => {
    const found = value(at);
    return Number.isFinite(found) ? -found : Number.POSITIVE_INFINITY;
  };
  const width = (high - low) / steps;
  let best = low;
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= steps; step++) {
    const found = cost(low + step * width);
    if (found < least) {
      least = found;
      best = low + step * width;
    }
  }
  return brent(cost, Math.max(low, best - width), Math.min(high, best + width), best);
}

function brent(cost: (at: number) => number, from: number, to: number, start: number): number {
  let [low, high] = [from, to];
  let [x, w, v] = [start, start, start];
  let [fx, fw, fv] = [cost(x), cost(x), cost(x)];
  let step = 0;
  let before = 0;
  for (let turn = 0; turn < 200; turn++) {
    const middle = (low + high) / 2;
    const tolerance = 1e-9 * Math.abs(x) + 1e-12;
    if (Math.abs(x - middle) <= 2 * tolerance - (high - low) / 2) break;
    let parabola = false;
    if (Math.abs(before) > tolerance) {
      const r = (x - w) * (fx - fv);
      const q0 = (x - v) * (fx - fw);
      const q = 2 * (q0 - r);
      const p = q > 0 ? -((x - v) * q0 - (x - w) * r) : (x - v) * q0 - (x - w) * r;
      const size = Math.abs(q);
      if (Math.abs(p) < Math.abs(0.5 * size * before) && p > size * (low - x) && p < size * (high - x)) {
        before = step;
        step = p / size;
        parabola = true;
      }
    }
    if (!parabola) {
      before = x < middle ? high - x : low - x;
      step = golden * before;
    }
    const u = x + (Math.abs(step) >= tolerance ? step : Math.sign(step || 1) * tolerance);
    const fu = cost(u);
    if (fu <= fx) {
      if (u < x) high = x;
      else low = x;
      [v, w, x] = [w, x, u];
      [fv, fw, fx] = [fw, fx, fu];
    } else {
      if (u < x) low = u;
      else high = u;
      if (fu <= fw || w === x) {
        [v, w] = [w, u];
        [fv, fw] = [fw, fu];
      } else if (fu <= fv || v === x || v === w) [v, fv] = [u, fu];
    }
  }
  return x;
}
