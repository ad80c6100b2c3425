/** Steps of functions of sums over cells, whose slopes have a factor that depends on the law. */
import type { CellVariation, Functional, GridMeasure, ProxResult, Weighted } from '@wasserflow/core';
import { accelerated, type Pair } from './anderson.js';
import type { CellSlope } from '../energy/cell-slope.js';
import { cellVariations } from '../energy/smooth-part.js';

const ROUNDS = 50;

/** Logarithms of the factors, which keep their signs. */
const logsOf = (variations: readonly Weighted<CellVariation>[]): Float64Array =>
  Float64Array.from(variations, ({ of }) => Math.log(Math.abs(of.factor)));

function slopesWith(variations: readonly Weighted<CellVariation>[], logs: Float64Array): CellSlope[] {
  return variations.map(({ weight, of: { slope, rate, factor } }, i) => {
    const scale = weight * Math.sign(factor) * Math.exp(logs[i]!);
    return { slope: (c, r) => scale * slope(c, r), rate: (c, r) => scale * rate(c, r) };
  });
}

/**
 * Solves with the factors at mu, then with those at the result, until they stay; by Anderson's acceleration of their
 * logarithms. Sums over cells have the factor 1, and take one round.
 */
export function settleFactors(
  G: Functional,
  mu: GridMeasure,
  tolerance: number,
  solve: (cells: readonly CellSlope[]) => ProxResult<GridMeasure>,
): ProxResult<GridMeasure> {
  const variations = cellVariations(G, mu);
  const even = new Float64Array(variations.length).fill(1);
  let pairs: Pair[] = [];
  let x = logsOf(variations);
  if (!x.every(Number.isFinite))
    return { measure: mu, status: 'non-finite', message: 'G is not finite where the step starts' };
  for (let round = 1; ; round++) {
    const result = solve(slopesWith(variations, x));
    const d = logsOf(cellVariations(G, result.measure)).map((v, i) => v - x[i]!);
    const change = d.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    if (result.status !== 'ok' || change <= tolerance) return result;
    if (round === ROUNDS) return { ...result, status: 'not-converged', message: restless(change) };
    pairs = [{ x, d }, ...pairs.slice(0, variations.length)];
    x = accelerated(pairs, even);
  }
}

const restless = (change: number): string =>
  `after ${ROUNDS} rounds the factor of a first variation still changes by ${change.toExponential(1)} of itself; take smaller steps`;
