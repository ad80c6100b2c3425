import type { PointwisePotential } from '@wasserflow/core';

export interface ProximalPoint {
  readonly x: number;
  /** |V'(x) + (x - y) / gamma|; zero at a kink, where the derivative changes sign. */
  readonly residual: number;
  readonly iterations: number;
}

/** Walks from y downhill, each time twice as far, until p changes its sign: the minimiser lies between. */
function bracket(p: (x: number) => number, y: number, reach: number): readonly [number, number] | undefined {
  const direction = p(y) > 0 ? -1 : 1;
  let near = y;
  for (let k = 0, step = reach; k < 200; k++, step *= 2) {
    const far = y + direction * step;
    if (!(p(far) * direction < 0)) return direction > 0 ? [near, far] : [far, near];
    near = far;
  }
  return undefined;
}

/**
 * argmin over x of V(x) + (x - y)^2 / (2 gamma): the change of sign of x - y + gamma V'(x), by Newton's method
 * inside a bracket that bisection keeps shrinking. It finds kinks of V too, so that |x| gives the soft threshold.
 */
export function proximalPoint(V: PointwisePotential, y: number, gamma: number): ProximalPoint {
  const p = (x: number): number => x - y + gamma * V.gradient([x])[0]!;
  const start = p(y);
  if (start === 0) return { x: y, residual: 0, iterations: 0 };
  const ends = Number.isFinite(start) ? bracket(p, y, Math.abs(start)) : undefined;
  if (!ends) return { x: NaN, residual: NaN, iterations: 0 };
  return root(p, (x) => 1 + gamma * V.hessian([x])[0]![0]!, ends, gamma);
}

/** The change of sign of a p that rises between the ends. */
function root(
  p: (x: number) => number,
  slope: (x: number) => number,
  [from, to]: readonly [number, number],
  gamma: number,
): ProximalPoint {
  let [low, high] = [from, to];
  let x = low + (high - low) / 2;
  const rounding = 4e-16 * Math.max(Math.abs(from), Math.abs(to));
  for (let iterations = 1; iterations <= 200; iterations++) {
    const value = p(x);
    if (value < 0) low = x;
    else high = x;
    const newton = x - value / slope(x);
    const inside = newton > low && newton < high && Math.abs(newton - x) < (to - from) / 2 ** (iterations / 2);
    const next = inside ? newton : low + (high - low) / 2;
    // A bracket that closed on a change of sign holds the minimiser, whatever the derivative beside it.
    if (value === 0 || high - low <= rounding) return { x, residual: 0, iterations };
    if (Math.abs(next - x) <= 4e-16 * Math.abs(x)) return { x: next, residual: Math.abs(p(next)) / gamma, iterations };
    x = next;
  }
  return { x, residual: Math.abs(p(x)) / gamma, iterations: 200 };
}
