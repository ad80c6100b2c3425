import { ensure, type Anchor, type GridMeasure } from '@wasserflow/core';
import { isotonic } from '@wasserflow/geometry';
import { ensureSameGrid, gridOf, massesOf } from '../cells/grid.js';
import { lineMap } from './line-distance.js';
import { pushForward } from '../fields/push.js';

/** sum_i w_i of the displacements from mu to the others, at its faces, lengths. */
function meanDisplacement(mu: GridMeasure, anchors: readonly Anchor<GridMeasure>[], weight: number): Float64Array {
  const sum = new Float64Array(massesOf(mu).length + 1);
  for (const { weight: w, measure } of anchors) {
    if (measure === mu) continue;
    const shifts = lineMap(mu, measure);
    for (let i = 0; i < sum.length; i++) sum[i]! += (w / weight) * shifts[i]!;
  }
  return sum;
}

/** The mass that counts at a face: half of both sides; a little where there is none, so that all faces have an order. */
const faceMasses = (mass: Float64Array): Float64Array =>
  Float64Array.from({ length: mass.length + 1 }, (_, i) => ((mass[i - 1] ?? 0) + (mass[i] ?? 0)) / 2 + 1e-30);

/** A law on a line, and how far its quantile function is from the mean that was asked for, a length. */
export interface QuantileMean {
  readonly measure: GridMeasure;
  readonly apart: number;
}

/**
 * The law on a line whose quantile function is nearest to sum_i w_i Q_i / sum_i w_i in L2(0, 1); that mean itself where
 * it increases, as it does for positive weights. It is the image of the anchor of the largest weight under the mean
 * of the maps to all, where it falls under its isotonic regression: second order in the size of a cell.
 *
 * @throws WasserflowError E_ARGUMENT without anchors, unless their weights add up to a positive number, and when they
 *   are on different cells
 */
export function quantileMean(anchors: readonly Anchor<GridMeasure>[]): QuantileMean {
  const weight = anchors.reduce((sum, anchor) => sum + anchor.weight, 0);
  ensure(anchors.length > 0, 'E_ARGUMENT', 'a proximal step needs at least one anchor');
  ensure(weight > 0, 'E_ARGUMENT', `the weights of the anchors add up to ${weight}; their sum must be positive`);
  const { measure: mu } = anchors.reduce((most, anchor) => (anchor.weight > most.weight ? anchor : most));
  for (const { measure } of anchors) ensureSameGrid(mu, measure);
  const [h] = gridOf(mu).spacing;
  const masses = faceMasses(massesOf(mu));
  const wanted = meanDisplacement(mu, anchors, weight).map((v, i) => v + i * h!);
  const rising = isotonic(wanted, masses);
  const apart2 = rising.reduce((sum, y, i) => sum + masses[i]! * (y - wanted[i]!) ** 2, 0);
  const data = rising.map((y, i) => y - i * h!);
  return { measure: pushForward(mu, { faces: [{ shape: [data.length], data }] }, 1), apart: Math.sqrt(apart2) };
}

/**
 * The metric extrapolation of mu0 -> mu1 on a line to t > 1: the law whose quantile function is nearest to
 * Q0 + t (Q1 - Q0).
 *
 * @throws WasserflowError E_ARGUMENT unless t > 1
 * @see gallouet2024geodesic
 */
export function extrapolate(mu0: GridMeasure, mu1: GridMeasure, t: number): GridMeasure {
  ensure(t > 1 && Number.isFinite(t), 'E_ARGUMENT', `an extrapolation goes to a finite t above 1, but got ${t}`);
  return quantileMean([
    { weight: 1 - t, measure: mu0 },
    { weight: t, measure: mu1 },
  ]).measure;
}
