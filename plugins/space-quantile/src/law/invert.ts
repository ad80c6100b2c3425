import type { Nodes } from '../measure.js';
import type { Quantiles } from './requantise.js';

/** A law by its distribution function, its density, and an interval outside of which there is no mass to count. */
export interface Smooth {
  readonly at: (x: number) => { readonly below: number; readonly density: number };
  readonly lower: number;
  readonly upper: number;
}

/** Points on both sides of the u-quantile: from `from` upwards, each step twice as long. */
function bracket({ at, upper }: Smooth, u: number, from: number, reach: number): readonly [number, number] {
  let low = from;
  for (let step = reach; low + step < upper; step *= 2) {
    if (at(low + step).below >= u) return [low, low + step];
    low += step;
  }
  return [low, upper];
}

/** Q(u) by Newton's method inside a bracket, which bisection shrinks where Newton leaves it. */
function quantile(law: Smooth, u: number, from: number, reach: number): number {
  let [low, high] = bracket(law, u, from, reach);
  const width = high - low;
  let x = low + width / 2;
  for (let k = 0; k < 100 && high - low > 1e-15 * Math.max(Math.abs(low), Math.abs(high)); k++) {
    const { below, density } = law.at(x);
    if (below < u) low = x;
    else high = x;
    const newton = x - (below - u) / density;
    const inside = newton > low && newton < high;
    // A Newton step this short leaves an error of the order of its square.
    if (inside && Math.abs(newton - x) < 1e-8 * width) return newton;
    x = inside ? newton : low + (high - low) / 2;
  }
  return x;
}

/** Q at ascending u; each search begins where the one before ended, with its reach. */
export const quantilesOf =
  (law: Smooth): Quantiles =>
  (u: Nodes): Nodes => {
    let from = law.lower;
    let reach = (law.upper - law.lower) / 8;
    return u.map((p) => {
      const x = quantile(law, p, from, reach);
      reach = Math.max(x - from, 1e-12 * (law.upper - law.lower));
      from = x;
      return x;
    });
  };
