/** A target as masses on the cells of a grid. */
import { ensure, pointwiseOf, type Distribution, type GridMeasure, type PointwisePotential } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { cellCentres, cellWidths } from './cells.js';

// A target with more than this beyond the box is not the law on the box.
const MOST_BEYOND = 0.01;

const total = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0);

function normalised(masses: Float64Array, share: number, { id }: Distribution, mu: GridMeasure): Float64Array {
  ensure(
    share >= 1 - MOST_BEYOND,
    'E_ARGUMENT',
    `${Number((100 * (1 - share)).toPrecision(2))} % of \`${id}\` lies outside of the box from [${mu.lower.join(', ')}] to [${mu.upper.join(', ')}]; set \`lower\` and \`upper\` of space \`grid\` so that it holds the target`,
  );
  const sum = total(masses);
  return masses.map((m) => m / sum);
}

/** Each draw shared among the centres next to it, so that means are kept. */
function deposited(mu: GridMeasure, { shape: [n = 0, d = 1], data }: NdArray): Float64Array {
  const out = new Float64Array(mu.mass.data.length);
  const widths = cellWidths(mu);
  for (let i = 0; i < n; i++) {
    let corners: [cell: number, share: number][] = [[0, 1 / n]];
    for (let k = 0; k < d; k++) {
      const cells = mu.mass.shape[k]!;
      const place = (data[i * d + k]! - mu.lower[k]!) / widths[k]!;
      if (!(place >= 0 && place <= cells)) corners = [];
      const at = Math.min(Math.max(place - 1 / 2, 0), cells - 1);
      const first = Math.min(Math.floor(at), Math.max(cells - 2, 0));
      const upper = at - first;
      corners = corners.flatMap(([cell, share]) => [
        [cell * cells + first, share * (1 - upper)],
        [cell * cells + Math.min(first + 1, cells - 1), share * upper],
      ]);
    }
    for (const [cell, share] of corners) out[cell]! += share;
  }
  return out;
}

const pointwiseTarget = ({ potential }: Distribution): PointwisePotential | undefined =>
  potential && pointwiseOf(potential);

/** Whether `targetMasses` can tell them. */
export const knowsMasses = (target: Distribution): boolean =>
  target.dimension <= 2 && (target.sample !== undefined || pointwiseTarget(target) !== undefined);

/**
 * The masses of a target on the cells of this grid: its density at the centres (error O(h^2), and far less where it
 * is smooth), else its draws shared among the centres next to them.
 *
 * @throws WasserflowError E_ARGUMENT when more than 1 % of it is known to lie outside of the box
 */
export function targetMasses(target: Distribution, mu: GridMeasure, draws: () => NdArray): Float64Array {
  const pointwise = pointwiseTarget(target);
  if (!pointwise) {
    const masses = deposited(mu, draws());
    return normalised(masses, total(masses), target, mu);
  }
  const heights = Float64Array.from(cellCentres(mu), (x) => -pointwise.value(x));
  const { logNormalizer } = target;
  const base = logNormalizer ?? heights.reduce((top, h) => Math.max(top, h), -Infinity);
  const masses = heights.map((h) => Math.exp(h - base));
  const volume = cellWidths(mu).reduce((product, h) => product * h, 1);
  return normalised(masses, logNormalizer === undefined ? 1 : total(masses) * volume, target, mu);
}
