import type { GridFacet, GridMeasure, PointwisePotential } from '@wasserflow/core';
import { cellCentres, cellWidths, perGrid } from '../laws/cells.js';
import { ensureFinite } from './infinite.js';
import { outerSlope, outerValue, type PointwiseTarget, type RatioDivergence } from './ratio.js';

/** log of the masses that pi has in the cells of this grid, as a law on its box: density at the centres. */
function logMasses(potential: PointwisePotential, mu: GridMeasure): Float64Array {
  const heights = Float64Array.from(cellCentres(mu), (x) => -potential.value(x));
  const top = heights.reduce((a, b) => Math.max(a, b), -Infinity);
  const logTotal = top + Math.log(heights.reduce((sum, h) => sum + Math.exp(h - top), 0));
  return heights.map((h) => h - logTotal);
}

/** pi f(0) of a cell that rho leaves empty; none where pi is empty too, or so small that float64 has no number for it. */
function emptyCell(atZero: number, logMass: number): number {
  const mass = Math.exp(logMass);
  return atZero === 0 || mass === 0 ? 0 : atZero * mass;
}

/** log(m / pi), +infinity wherever pi is empty: no mass is to go there. */
const logRatio = (m: number, logMass: number): number => (logMass === -Infinity ? Infinity : Math.log(m) - logMass);

/**
 * A divergence between laws on a box: sum over cells of pi f(m / pi), with first variation f'(m / pi).
 * @throws WasserflowError E_NUMERICS from the first variation where the divergence is +infinity
 */
export function divergenceOnGrid(divergence: RatioDivergence, { potential }: PointwiseTarget): GridFacet {
  const targetOn = perGrid((mu) => logMasses(potential, mu));
  const ofCell = (m: number, logMass: number): number =>
    m > 0 ? m * divergence.integrand(logRatio(m, logMass)) : emptyCell(divergence.atZero, logMass);
  const integral = (mu: GridMeasure): number => {
    const logPi = targetOn(mu);
    return Float64Array.from(mu.mass.data).reduce((sum, m, c) => sum + ofCell(m, logPi[c]!), 0);
  };
  return {
    value: (mu) => outerValue(divergence, integral(mu)),
    firstVariation(mu) {
      const logPi = targetOn(mu);
      const sum = integral(mu);
      ensureFinite(divergence.id, outerValue(divergence, sum));
      const factor = outerSlope(divergence, sum);
      return Float64Array.from(mu.mass.data, (m, c) => factor * divergence.variation(logRatio(m, logPi[c]!)));
    },
    local(mu) {
      const logPi = targetOn(mu);
      const logVolume = cellWidths(mu).reduce((sum, h) => sum + Math.log(h), 0);
      const ratio = (c: number, logDensity: number): number =>
        logPi[c] === -Infinity ? Infinity : logDensity + logVolume - logPi[c]!;
      return {
        slope: (c, logDensity) => divergence.variation(ratio(c, logDensity)),
        rate: (c, logDensity) => divergence.slope(ratio(c, logDensity)),
        factor: outerSlope(divergence, integral(mu)),
      };
    },
  };
}
