import type { Grid } from '../cells/grid.js';
import type { DensityLaw } from '../energy/pressure.js';

/**
 * Fills `density` with rho(phi - V - c), where the constant c is such that the mass is one, and returns c: the
 * root of a decreasing function, by Newton's method kept in a bracket.
 */
export function densityOfMassOne(
  grid: Grid,
  law: DensityLaw,
  phi: Float64Array,
  V: Float64Array,
  density: Float64Array,
  guess: number,
  tolerance = 1e-14,
): number {
  let [low, high, c] = [-Infinity, Infinity, guess];
  let reach = 1;
  for (let k = 0; k < 200; k++) {
    const { mass, rate } = fill(grid, law, phi, V, density, c);
    if (Math.abs(mass - 1) < tolerance) break;
    if (mass > 1) low = c;
    else high = c;
    if (high - low <= 1e-16 * Math.max(1, Math.abs(c))) break;
    const newton = c + (mass - 1) / rate;
    if (newton > low && newton < high && Number.isFinite(newton)) c = newton;
    else if (low === -Infinity || high === Infinity) c += Math.sign(mass - 1) * (reach *= 2);
    else c = (low + high) / 2;
  }
  return c;
}

function fill(grid: Grid, law: DensityLaw, phi: Float64Array, V: Float64Array, density: Float64Array, c: number) {
  let mass = 0;
  let rate = 0;
  for (let i = 0; i < phi.length; i++) {
    const p = phi[i]! - V[i]! - c;
    const rho = law.density(p, i);
    density[i] = rho;
    mass += rho;
    rate += law.response(p, rho, i);
  }
  return { mass: mass * grid.volume, rate: rate * grid.volume };
}
