/** Images of laws under x -> x + step v(x), where v need not keep the order. */
import type { QuantileMeasure } from '@wasserflow/core';
import { isMonotone, measureOf, nodesOf, type Nodes } from './measure.js';

export const movedBy = (x: Nodes, v: ArrayLike<number>, step: number): Nodes => x.map((a, i) => a + step * v[i]!);

const order = (y: Nodes): Int32Array => Int32Array.from(y.keys()).sort((i, j) => y[i]! - y[j]!);

/** A point of the line in the image of a piecewise linear function, by the cell that it lies in. */
interface Preimage {
  readonly cell: number;
  readonly share: number;
  /** Mass per length that the cell brings here; infinite for a flat cell. */
  readonly density: number;
}

/** Where y, linear on n equal cells, takes the value at; a flat cell counts with all of its mass. */
function preimages(y: Nodes, at: number): readonly Preimage[] {
  const n = y.length - 1;
  const found: Preimage[] = [];
  for (let cell = 0; cell < n; cell++) {
    const [a, b] = [y[cell]!, y[cell + 1]!];
    if (Math.min(a, b) > at || Math.max(a, b) < at) continue;
    found.push({ cell, share: a === b ? 0.5 : (at - a) / (b - a), density: 1 / (n * Math.abs(b - a)) });
  }
  return found;
}

/** P(y <= at) for y linear on n equal cells. */
function below(y: Nodes, at: number): number {
  const n = y.length - 1;
  let mass = 0;
  for (let cell = 0; cell < n; cell++) {
    const low = Math.min(y[cell]!, y[cell + 1]!);
    const high = Math.max(y[cell]!, y[cell + 1]!);
    mass += at >= high ? 1 : at <= low ? 0 : (at - low) / (high - low);
  }
  return mass / n;
}

/** The first place in ascending `ends` whose distribution function reaches u, and the point between there. */
function quantileAt(y: Nodes, ends: Nodes, u: number): number {
  let [from, to] = [0, ends.length - 1];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (below(y, ends[middle]!) < u) from = middle;
    else to = middle;
  }
  const [a, b] = [ends[from]!, ends[to]!];
  // Between two ends the distribution function is linear, but for a jump at the upper one.
  const [low, high] = [below(y, a), below(y, a + (b - a) / 2)];
  return high > low ? Math.min(a + ((u - low) / (high - low)) * ((b - a) / 2), b) : b;
}

/** The monotone rearrangement of y, linear on n equal cells, at the nodes i / n. */
function rearranged(y: Nodes): Nodes {
  const ends = y.toSorted();
  const n = y.length - 1;
  return Float64Array.from(y, (_, i) => (i === 0 ? ends[0]! : i === n ? ends[n]! : quantileAt(y, ends, i / n)));
}

/**
 * (id + step v)_# mu. A map that keeps the order moves the nodes. Others fold the line: atoms are sorted; for
 * `linear` the folded law is taken at the nodes, exact where the map is monotone either way and a re-quantisation
 * of the folded law otherwise.
 */
export function push(mu: QuantileMeasure, v: ArrayLike<number>, step: number): QuantileMeasure {
  const y = movedBy(nodesOf(mu), v, step);
  if (isMonotone(y) || !y.every(Number.isFinite)) return measureOf(mu.kind, y);
  if (mu.kind === 'atoms') return measureOf(mu.kind, y.toSorted());
  return measureOf(mu.kind, isMonotone(y.toReversed()) ? y.toReversed() : rearranged(y));
}

/** E[u | y = at]: u averaged over the preimages of at, each with the mass that it brings. */
function averaged(y: Nodes, u: Nodes, at: number): number {
  const all = preimages(y, at);
  const flat = all.filter(({ density }) => density === Infinity);
  const counted = flat.length > 0 ? flat.map((p) => ({ ...p, density: 1 })) : all;
  const mass = counted.reduce((sum, p) => sum + p.density, 0);
  return counted.reduce((sum, { cell, share, density }) => {
    const value = u[cell]! + share * (u[cell + 1]! - u[cell]!);
    return sum + (density / mass) * value;
  }, 0);
}

/**
 * u at mu, seen at (id + step v)_# mu. Fields live on the mass, so that nothing changes where the map keeps the
 * order; where it folds the line, atoms take their numbers along and for `linear` those that meet are averaged.
 */
export function carry(mu: QuantileMeasure, v: ArrayLike<number>, step: number, u: Nodes): Nodes {
  const y = movedBy(nodesOf(mu), v, step);
  if (isMonotone(y) || !y.every(Number.isFinite)) return u;
  if (mu.kind === 'atoms') return Float64Array.from(order(y), (i) => u[i]!);
  if (isMonotone(y.toReversed())) return u.toReversed();
  return rearranged(y).map((at) => averaged(y, u, at));
}

/** u at (id + step v)_# mu, seen at mu: u o (id + step v). */
export function pullBack(mu: QuantileMeasure, v: ArrayLike<number>, step: number, u: Nodes): Nodes {
  const y = movedBy(nodesOf(mu), v, step);
  if (isMonotone(y) || !y.every(Number.isFinite)) return u;
  if (mu.kind === 'atoms') {
    const out = new Float64Array(u.length);
    order(y).forEach((i, rank) => (out[i] = u[rank]!));
    return out;
  }
  if (isMonotone(y.toReversed())) return u.toReversed();
  const landed = rearranged(y);
  return y.map((at) => averaged(landed, u, at));
}
