/** The density by its pressure: the conjugate side of what is local in an energy. */
import { inverseOf, slopeOf } from './cell-slope.js';
import type { Grid } from '../cells/grid.js';
import type { LocalEnergy } from '../prox/linear-step.js';

/** rho >= 0 and its derivative at a pressure p, where the slope of the local energy at rho is p. */
export interface DensityLaw {
  readonly density: (p: number, cell: number) => number;
  /** d rho / d p, given both. */
  readonly response: (p: number, rho: number, cell: number) => number;
}

/** a log rho = p. */
const entropic = (a: number): DensityLaw => ({
  density: (p) => Math.exp(p / a),
  response: (_, rho) => rho / a,
});

/** x -> x^e, for common e without the general power, which takes most of the time of a step. */
function powerOf(e: number): (x: number) => number {
  if (e === 1) return (x) => x;
  if (e === 2) return (x) => x * x;
  if (e === 0.5) return Math.sqrt;
  if (e === 1.5) return (x) => x * Math.sqrt(x);
  return (x) => x ** e;
}

/** w m rho^(m - 1) / (m - 1) = p; for m < 1 everything at p >= 0. */
function powerLaw(w: number, m: number) {
  const scale = (m - 1) / (w * m);
  const power = powerOf(1 / (m - 1));
  return {
    density: (p: number) => (scale * p > 0 ? power(scale * p) : m > 1 ? 0 : Infinity),
    response: (_: number, rho: number) => (rho > 0 ? rho ** (2 - m) / (w * m) : 0),
  };
}

/** The mean of a law over pressures p - width to p + width, by its integral R. */
const averaged = (
  law: { readonly density: (p: number) => number },
  R: (p: number) => number,
  width: number,
): DensityLaw => ({
  density: (p) => (p <= -width ? 0 : (R(p + width) - R(p - width)) / (2 * width)),
  response: (p) => (p <= -width ? 0 : (law.density(p + width) - law.density(p - width)) / (2 * width)),
});

/**
 * The power law for m > 1, averaged over the pressures within a cell: where the density begins, its derivative
 * jumps (m = 2) or is infinite (m > 2).
 */
function averagedPowerLaw(w: number, m: number, width: number): DensityLaw {
  const law = powerLaw(w, m);
  const power = powerOf(m / (m - 1));
  const integral = (p: number): number => (p > 0 ? w * power((p * (m - 1)) / (w * m)) : 0);
  return averaged(law, integral, width);
}

/** Nothing below pressure 0, the maximum above, averaged over the pressures within a cell. */
const congested = (maximum: number, width: number): DensityLaw =>
  averaged({ density: (p) => (p > 0 ? maximum : 0) }, (p) => (p > 0 ? maximum * p : 0), width);

/** Everything local at once; the density of a cell may be its own. */
function mixed({ entropy, internal, cells = [] }: LocalEnergy): DensityLaw {
  const local = slopeOf({ linear: entropy, internal, cells });
  const logDensity = inverseOf(local);
  return {
    density: (p, cell) => Math.exp(logDensity(p, cell)),
    response: (_, rho, cell) => (rho > 0 && rho < Infinity ? rho / local.rate(cell, Math.log(rho)) : 0),
  };
}

/** rho <= maximum: the pressure beyond it is that of the constraint. */
const bounded = (law: DensityLaw, maximum: number): DensityLaw => ({
  density: (p, cell) => Math.min(law.density(p, cell), maximum),
  response: (p, rho, cell) => (rho >= maximum ? 0 : law.response(p, rho, cell)),
});

/**
 * The law of an energy whose local part is strictly convex, or nothing but a bound on the density.
 *
 * @param width - half the range of pressures within a cell
 */
export function densityLaw(local: LocalEnergy, width: number): DensityLaw {
  const { entropy, internal, maximum, cells = [] } = local;
  const [only, ...others] = internal;
  const bound = (law: DensityLaw): DensityLaw => (Number.isFinite(maximum) ? bounded(law, maximum) : law);
  if (cells.length > 0) return bound(mixed(local));
  if (only === undefined) return entropy > 0 ? bound(entropic(entropy)) : congested(maximum, width);
  if (entropy > 0 || others.length > 0) return bound(mixed(local));
  const { weight, power } = only;
  return bound(power > 1 ? averagedPowerLaw(weight, power, width) : powerLaw(weight, power));
}

/** Half the range of pressures within a cell next to which a step moves mass by a quarter of a cell. */
export const pressureWidth = ({ spacing }: Grid, tau: number): number => Math.max(...spacing) ** 2 / (8 * tau);
