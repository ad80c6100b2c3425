import type { GridMeasure, ProxResult } from '@wasserflow/core';
import type { Watch } from './back-and-forth.js';
import { energyValue, type GridEnergy } from './energy.js';
import { gridOf, massesOf, measureOn, normalise, total, type Grid } from './grid.js';
import { logProx } from './kl-prox.js';
import { applyLogKernel, lineKernel, type LineKernel } from '@wasserflow/geometry';

export interface EntropicOptions extends Watch {
  /** Weight of the entropy of the plan, length^2. */
  readonly epsilon: number;
  /** Stop where so much mass is misplaced. */
  readonly tolerance: number;
  readonly iterations: number;
}

const gaussianKernels = ({ shape, spacing }: Grid, epsilon: number): LineKernel[] =>
  shape.map((n, k) => lineKernel(n, (distance) => -((distance * spacing[k]!) ** 2) / epsilon));

/** <|x - y|^2, plan> for the plan a_x K_xy b_y: one axis at a time. */
function planCost(grid: Grid, epsilon: number, logA: Float64Array, logB: Float64Array): number {
  const plain = gaussianKernels(grid, epsilon);
  const out = new Float64Array(grid.size);
  return grid.shape.reduce((sum, n, k) => {
    const square = (distance: number): number => (distance * grid.spacing[k]!) ** 2;
    const weighted = lineKernel(n, (distance) => Math.log(square(distance)) - square(distance) / epsilon);
    applyLogKernel(
      grid,
      plain.map((kernel, axis) => (axis === k ? weighted : kernel)),
      logB,
      out,
    );
    return sum + total(out.map((v, i) => Math.exp(v + logA[i]!)));
  }, 0);
}

/** Scalings a, b of the plan diag(a) K diag(b), as logarithms. */
interface Scalings {
  readonly logA: Float64Array;
  readonly logB: Float64Array;
  /** log K b for this b. */
  readonly logKb: Float64Array;
}

/** The masses of the plan's first marginal, a K b. */
const marginal = ({ logA, logKb }: Scalings): Float64Array => logA.map((v, i) => Math.exp(v + logKb[i]!));

// Plain scalings before the rate is taken from them, and between two looks at whether it still falls.
const WARM_UP = 12;

/**
 * Relaxation of a linear iteration that shrinks by `rate` a step: the best one where it is symmetric, a little
 * under, since the rate is an estimate.
 * @see thibault2021overrelaxed
 */
const relaxation = (rate: number): number => 2 / (1 + Math.sqrt(1 - Math.min(0.995, Math.max(0, rate)))) - 0.02;

/** The relaxation to go on with, from the residuals so far. */
function nextRelaxation(present: number, residuals: readonly number[], known: number): number {
  const k = residuals.length;
  if (k % WARM_UP !== 0) return present;
  if (k === WARM_UP) return Math.max(1, relaxation(Math.max(known, residuals[k - 1]! / residuals[k - 2]!)));
  return residuals[k - 1]! < residuals[k - WARM_UP]! ? present : 1 + (present - 1) / 2;
}

function scale(
  grid: Grid,
  energy: GridEnergy,
  mass: Float64Array,
  gamma: number,
  { epsilon, tolerance, iterations, signal, progress }: EntropicOptions,
): Scalings & { residual: number; iterations: number } {
  const sigma = (2 * gamma) / epsilon;
  const prox = logProx(energy, sigma);
  const kernels = gaussianKernels(grid, epsilon);
  const logMass = mass.map(Math.log);
  const logVolume = Math.log(grid.volume);
  const n = grid.size;
  const [logA, logKb, logP, logKTa] = [0, 0, 0, 0].map(() => new Float64Array(n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const logB = Float64Array.from(logMass);
  const residuals: number[] = [];
  // The proximal map of the entropy shrinks logarithms by this much; other energies tell by their residuals.
  const known = 1 - 1 / (1 + sigma * energy.entropy);
  let relax = 1;
  for (;;) {
    signal?.throwIfAborted();
    applyLogKernel(grid, kernels, logB, logKb);
    let residual = 0;
    for (let i = 0; i < n; i++) {
      logP[i] = prox(logKb[i]! - logVolume - sigma * energy.potential[i]!) + logVolume;
      residual += Math.abs(Math.exp(logA[i]! + logKb[i]!) - Math.exp(logP[i]!)) / 2;
    }
    progress?.({ iteration: residuals.length, iterations, loss: residual });
    const found = { logA, logB, logKb, residual, iterations: residuals.length };
    // Only a plain scaling of b leaves the second marginal exact.
    if (relax === 1 && residuals.length > 0 && (residual <= tolerance || residuals.length >= iterations)) return found;
    residuals.push(residual);
    relax = residual <= tolerance || residuals.length >= iterations ? 1 : nextRelaxation(relax, residuals, known);
    if (Number.isNaN(residual)) return found;
    for (let i = 0; i < n; i++) logA[i]! += relax * (logP[i]! - logKb[i]! - logA[i]!);
    applyLogKernel(grid, kernels, logA, logKTa);
    for (let i = 0; i < n; i++) {
      const plain = logMass[i]! - logKTa[i]!;
      logB[i] = relax === 1 || plain === -Infinity ? plain : logB[i]! + relax * (plain - logB[i]!);
    }
  }
}

/**
 * The JKO step with entropic regularisation, by scaling in the log domain with a separable Gaussian kernel:
 *
 * min over plans of KL(plan | e^(-|x - y|^2 / epsilon)) + (2 gamma / epsilon) G(first marginal),
 *
 * second marginal mu; a = prox(K b) / (K b), b = mu / (K^T a). Biased: at fixed epsilon a step also blurs, by
 * about epsilon / 2 of variance along each axis, which is small where epsilon is small next to gamma; `info.blur`
 * says it. `residual` is the share of the mass that the plan has not where its proximal map wants it. `moved2` is the cost of the plan, above W2^2 by the same.
 *
 * @param gamma - step size, length^2 per nat
 * @see peyre2015entropic
 */
export function entropicProx(
  energy: GridEnergy,
  mu: GridMeasure,
  gamma: number,
  options: EntropicOptions,
): ProxResult<GridMeasure> {
  const grid = gridOf(mu);
  const found = scale(grid, energy, massesOf(mu), gamma, options);
  const { residual, iterations } = found;
  const mass = marginal(found);
  if (!Number.isFinite(total(mass)) || !(total(mass) > 0))
    return { measure: mu, status: 'non-finite', message: 'the scalings are not finite', iterations };
  const measure = measureOn(grid, normalise(mass));
  const moved2 = planCost(grid, options.epsilon, found.logA, found.logB);
  const objective = energyValue(energy, measure) + moved2 / (2 * gamma);
  const info = { misplaced: residual, blur: options.epsilon / 2 };
  const result = { measure, moved2, objective, iterations, residual, info };
  if (residual <= options.tolerance) return { ...result, status: 'ok' };
  return {
    ...result,
    status: 'not-converged',
    message: `after ${iterations} scalings a share ${residual.toExponential(1)} of the mass still moves; raise \`iterations\` or \`epsilon\``,
  };
}
