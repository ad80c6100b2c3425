/** A law by its potential: normalised, integrated and inverted numerically. */
import { ensure, type PointwisePotential } from '@wasserflow/core';
import { gaussLegendre } from '../quadrature.js';
import type { Smooth } from './invert.js';

/** e^-CUT is below the rounding of any sum. */
const CUT = 40;
const PIECES = 4000;
const RULE = gaussLegendre(3);

type Scalar = (x: number) => number;

interface Range {
  readonly lower: number;
  readonly upper: number;
  readonly least: number;
}

const grid = (lower: number, upper: number, count: number): number[] =>
  Array.from({ length: count + 1 }, (_, i) => lower + ((upper - lower) * i) / count);

/** Doubles an interval about zero until V has risen by CUT at both ends above its least value inside. */
function rangeOf(V: Scalar, id: string): Range {
  for (let reach = 1e-3; reach < 1e15; reach *= 2) {
    const values = grid(-reach, reach, 200).map(V);
    const least = Math.min(...values.filter((v) => !Number.isNaN(v)));
    const ends = Math.min(values[0]!, values.at(-1)!);
    if (least < Infinity && ends > least + CUT) return { lower: -reach, upper: reach, least };
  }
  ensure(false, 'E_ARGUMENT', `the density of \`${id}\` does not fall off, so it is no law; check its potential`);
}

/** The part of the range where V is within `height` of its least value, with a margin. */
function within(V: Scalar, { lower, upper }: Range, height: number): Range {
  const places = grid(lower, upper, PIECES);
  const values = places.map(V);
  const least = Math.min(...values);
  const inside = [...values.keys()].filter((i) => values[i]! <= least + height);
  const at = (i: number): number => places[Math.min(Math.max(i, 0), PIECES)]!;
  return { lower: at(inside[0]! - 1), upper: at(inside.at(-1)! + 1), least };
}

/** Narrows in until the bulk is resolved, so that neither a far tail nor a wrong first scale coarsens it. */
function bulkOf(V: Scalar, range: Range): Range {
  let bulk = range;
  for (let k = 0; k < 6; k++) bulk = within(V, bulk, 4);
  return bulk;
}

/** Ascending ends of pieces, fine across the bulk and wider outwards in proportion to the distance. */
function pieces({ lower, upper }: Range, bulk: Range): Float64Array {
  const center = (bulk.lower + bulk.upper) / 2;
  const scale = (bulk.upper - bulk.lower) / 2;
  const [from, to] = [Math.asinh((lower - center) / scale), Math.asinh((upper - center) / scale)];
  return Float64Array.from(grid(from, to, PIECES), (t) => center + scale * Math.sinh(t));
}

/**
 * The law with density proportional to e^-V, to about 1e-10 for smooth V; features narrower than a thousandth of
 * the bulk may be missed, which shows where the law knows its own normalising constant.
 *
 * @throws WasserflowError E_ARGUMENT when the density does not fall off, E_NUMERICS when the integral of e^-V is
 *   not the one that the law declares.
 */
export function densityLaw({ value }: PointwisePotential, id: string, logNormalizer?: number): Smooth {
  const V: Scalar = (x) => value([x]);
  const wide = rangeOf(V, id);
  const bulk = bulkOf(V, wide);
  const range = within(V, wide, CUT);
  const ends = pieces(range, bulk);
  const weight: Scalar = (x) => Math.exp(bulk.least - V(x));
  const massUpTo = (from: number, to: number): number =>
    RULE.points.reduce((sum, t, k) => sum + RULE.weights[k]! * weight(from + t * (to - from)), 0) * (to - from);
  const mass = new Float64Array(PIECES + 1);
  for (let i = 0; i < PIECES; i++) mass[i + 1] = mass[i]! + massUpTo(ends[i]!, ends[i + 1]!);
  const total = mass[PIECES]!;
  checkTotal(id, Math.log(total) - bulk.least, logNormalizer);
  return {
    lower: ends[0]!,
    upper: ends[PIECES]!,
    at(x) {
      const i = pieceOf(ends, x);
      return { below: (mass[i]! + massUpTo(ends[i]!, x)) / total, density: weight(x) / total };
    },
  };
}

/** The piece that x lies in, by bisection. */
function pieceOf(ends: Float64Array, x: number): number {
  let [from, to] = [0, ends.length - 1];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (ends[middle]! <= x) from = middle;
    else to = middle;
  }
  return from;
}

function checkTotal(id: string, found: number, declared: number | undefined): void {
  ensure(
    declared === undefined || Math.abs(found - declared) < 1e-3,
    'E_NUMERICS',
    () => `log of the integral of e^-V of \`${id}\` came out as ${found}, but the law says ${declared}`,
  );
}
