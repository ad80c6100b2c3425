/** Optimal transport on the line: the monotone coupling, exact for weighted atoms. */
import { ensure, type ParticleMeasure } from '@wasserflow/core';
import { weightsOf } from './clouds.js';

/** Mass that goes from atom i to atom j. */
export interface Shipment {
  readonly from: number;
  readonly to: number;
  readonly mass: number;
}

const orderOf = ({ points: { data } }: ParticleMeasure): number[] =>
  Array.from(data.keys()).sort((i, j) => data[i]! - data[j]!);

/** Running sums of weights in this order, the last one exactly 1. */
function levels(order: readonly number[], weights: Float64Array): number[] {
  let total = 0;
  const sums = order.map((i) => (total += weights[i]!));
  return sums.map((sum) => sum / total);
}

function checkLine({ points }: ParticleMeasure): void {
  ensure(
    points.shape[1] === 1,
    'E_ARGUMENT',
    `monotone coupling needs points on the line, not on R^${points.shape[1]}`,
  );
}

/**
 * The monotone coupling of two weighted clouds on the line: optimal for every convex cost of x - y.
 *
 * At most n + m shipments, from left to right.
 *
 * @throws WasserflowError E_ARGUMENT for points beyond one dimension
 * @see peyre2019computational
 */
export function monotoneCoupling(mu: ParticleMeasure, nu: ParticleMeasure): Shipment[] {
  checkLine(mu);
  checkLine(nu);
  const [from, to] = [orderOf(mu), orderOf(nu)];
  const [emptied, filled] = [levels(from, weightsOf(mu)), levels(to, weightsOf(nu))];
  const shipments: Shipment[] = [];
  let [i, j, level] = [0, 0, 0];
  while (i < from.length && j < to.length) {
    const next = Math.min(emptied[i]!, filled[j]!);
    if (next > level) shipments.push({ from: from[i]!, to: to[j]!, mass: next - level });
    level = next;
    if (emptied[i]! <= level) i++;
    if (filled[j]! <= level) j++;
  }
  return shipments;
}

/** W2^2 on the line, length squared. */
export function distance2OnLine(mu: ParticleMeasure, nu: ParticleMeasure): number {
  const cost = ({ from, to, mass }: Shipment): number => mass * (mu.points.data[from]! - nu.points.data[to]!) ** 2;
  return monotoneCoupling(mu, nu).reduce((sum, shipment) => sum + cost(shipment), 0);
}

/** The barycentric projection of the monotone coupling minus the identity, `[n]`; the Brenier map where it exists. */
export function displacementOnLine(mu: ParticleMeasure, nu: ParticleMeasure): Float64Array {
  const moved = new Float64Array(mu.points.shape[0]!);
  const a = weightsOf(mu);
  for (const { from, to, mass } of monotoneCoupling(mu, nu))
    moved[from]! += (mass / a[from]!) * (nu.points.data[to]! - mu.points.data[from]!);
  return moved;
}

/**
 * The nondecreasing sequence nearest to `values` in the weighted least-squares sense: isotonic regression by
 * pooling adjacent violators.
 */
export function isotonic(values: Float64Array, weights: Float64Array): Float64Array {
  const pools: { sum: number; weight: number; count: number }[] = [];
  for (const [i, value] of values.entries()) {
    let pool = { sum: value * weights[i]!, weight: weights[i]!, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.weight > pool.sum / pool.weight; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, weight: last.weight + pool.weight, count: last.count + pool.count };
    }
    pools.push(pool);
  }
  return Float64Array.from(pools.flatMap(({ sum, weight, count }) => Array<number>(count).fill(sum / weight)));
}
