/** The potentials (x^2 - w)^2 / 4 on the line: one well for w = 0, two for w = 1. */
import type { Distribution } from '@wasserflow/core';
import { ops, type Stream } from '@wasserflow/tensor';
import { drawCoordinates, ensureDimension, separablePotential, type LinePotential } from './separable.js';

const wellPotential = (w: number): LinePotential => ({
  at: (x) => ({ value: (x * x - w) ** 2 / 4, first: x * (x * x - w), second: 3 * x * x - w }),
  value: (x) => ops.mul(ops.square(ops.sub(ops.square(x), w)), 1 / 4),
  slope: (x) => ops.mul(x, ops.sub(ops.square(x), w)),
});

/**
 * The trapezoid rule on [-8, 8], outside of which e^-v is less than 1e-400: exact to rounding, as its error falls
 * faster than any power of the step.
 */
function integral(f: (x: number) => number): number {
  const steps = 2048;
  const h = 16 / steps;
  return Array.from({ length: steps + 1 }, (_, i) => f(-8 + i * h)).reduce((sum, v) => sum + v, 0) * h;
}

/**
 * Draws by rejection: (x^2 - w)^2 / 4 >= c (x^2 - w) - c^2 bounds the density by a Gaussian of variance 1 / (2 c),
 * and a draw of that is kept with probability exp(-((x^2 - w) / 2 - c)^2).
 */
const drawWell =
  (w: number, c: number) =>
  (count: number, rng: Stream): Float64Array => {
    const kept = new Float64Array(count);
    let filled = 0;
    for (let block = 0; filled < count; block++) {
      const proposals = rng.fork(block).normal([count]).data;
      const chances = rng.fork(block, 'keep').uniform([count]).data;
      for (let i = 0; i < count && filled < count; i++) {
        const x = proposals[i]! / Math.sqrt(2 * c);
        if (chances[i]! < Math.exp(-(((x * x - w) / 2 - c) ** 2))) kept[filled++] = x;
      }
    }
    return kept;
  };

/** The law of d independent coordinates in these wells; convexity is -w, least at 0. */
export function wellLaw(
  id: string,
  dimension: number,
  { w, c }: { readonly w: number; readonly c: number },
): Distribution {
  ensureDimension(dimension);
  const v = wellPotential(w);
  const Z = integral((x) => Math.exp(-v.at(x).value));
  const mean = integral((x) => v.at(x).value * Math.exp(-v.at(x).value)) / Z;
  return {
    id,
    dimension,
    potential: separablePotential(v, dimension, { convexity: 0 - w }),
    logNormalizer: dimension * Math.log(Z),
    negativeEntropy: -dimension * (Math.log(Z) + mean),
    sample: (n, rng) => drawCoordinates(n, dimension, drawWell(w, c), rng),
  };
}
