import type { GridEnergy } from './energy.js';

/**
 * log p of the Kullback-Leibler proximal point at one cell, argmin over p of KL(p|q) + sigma E(p): with the
 * densities r = log p it solves
 *
 * (1 + sigma a) r + sigma sum w m e^((m - 1) r) / (m - 1) = log q - sigma V,
 *
 * in closed form without internal energies, else by Newton's method; a bound on the density cuts it off.
 *
 * @param logQ - log density, sigma V already taken off
 * @see peyre2015entropic
 */
export type LogProx = (logQ: number) => number;

export function logProx({ entropy, internal, maximum }: Omit<GridEnergy, 'potential'>, sigma: number): LogProx {
  const linear = 1 + sigma * entropy;
  const top = Math.log(maximum);
  const solve = internal.length === 0 ? (q: number) => q / linear : newton(linear, internal, sigma);
  return (q) => Math.min(top, solve(q));
}

/** The left side is increasing, so that a bracket around the root holds Newton's method. */
function newton(linear: number, internal: GridEnergy['internal'], sigma: number): LogProx {
  const weights = internal.map(({ weight, power }) => (sigma * weight * power) / (power - 1));
  const powers = internal.map(({ power }) => power - 1);
  return (q) => {
    if (!Number.isFinite(q)) return q;
    let r = Math.min(q / linear, 0);
    let [low, high] = [-Infinity, Infinity];
    for (let k = 0; k < 200; k++) {
      let [excess, rate] = [linear * r - q, linear];
      for (let i = 0; i < weights.length; i++) {
        const term = weights[i]! * Math.exp(powers[i]! * r);
        excess += term;
        rate += powers[i]! * term;
      }
      if (excess > 0) high = r;
      else low = r;
      const step = excess / rate;
      if (Math.abs(step) <= 1e-15 * Math.max(1, Math.abs(r))) break;
      const next = r - step;
      r = next > low && next < high ? next : Number.isFinite(low + high) ? (low + high) / 2 : next;
    }
    return r;
  };
}
