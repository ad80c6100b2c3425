/** The scaling of plans in the log domain, for one potential after another. */
import type { GridMeasure } from '@wasserflow/core';
import { applyLogKernel, lineKernel, type LineKernel } from '@wasserflow/geometry';
import type { DualAscent } from './back-and-forth.js';
import { measureOn, total, type Grid } from './grid.js';
import { faceGradient, inner } from './field.js';
import { logProx } from './kl-prox.js';
import { nextRelaxation } from './relaxation.js';
import { excess, type LinearSolution, type LinearStep, type LocalEnergy } from './linear-step.js';

/** Scalings a, b of the plan diag(a) K diag(b), as logarithms. */
interface Scalings {
  readonly logA: Float64Array;
  readonly logB: Float64Array;
  /** log K b for this b. */
  readonly logKb: Float64Array;
}

/** The masses of the plan's first marginal, a K b. */
const marginal = ({ logA, logKb }: Scalings): Float64Array => logA.map((v, i) => Math.exp(v + logKb[i]!));

/** e^(-|x - y|^2 / epsilon), along each axis. */
const gaussianKernels = ({ shape, spacing }: Grid, epsilon: number): LineKernel[] =>
  shape.map((n, k) => lineKernel(n, (distance) => -((distance * spacing[k]!) ** 2) / epsilon));

/** What is the same for all potentials. */
interface Scaling {
  readonly grid: Grid;
  readonly logMass: Float64Array;
  readonly kernels: readonly LineKernel[];
  readonly sigma: number;
  /** The proximal masses at log K b for the potential V, as logarithms. */
  readonly proximal: (logKb: Float64Array, V: Float64Array, logP: Float64Array) => void;
  /** How much a scaling shrinks logarithms, by the entropy; other energies tell by their residuals. */
  readonly known: number;
  /** The entropy that was taken off. */
  readonly removed: number;
  /** The variance that the step adds along each axis, to first order in epsilon. */
  readonly blur: number;
}

/**
 * The entropy to solve with. That of the plan holds half of that of its marginal: the action of a step is
 * W2^2 / (2 gamma) + int rho log rho / (2 sigma) + O(epsilon^2), sigma = 2 gamma / epsilon. Where so much is taken off
 * the local energy, no blur of first order is left. Scalings whose factor changes sign from cell to cell settle too
 * slowly, though: beside other energies no more is taken off than there is.
 * @see adams2011large
 */
function entropyFor({ entropy, internal, maximum, cells = [] }: LocalEnergy, sigma: number): number {
  const alone = internal.length === 0 && cells.length === 0 && maximum === Infinity;
  const debiased = entropy - 1 / (2 * sigma);
  return alone ? debiased : Math.max(Math.min(entropy, 0), debiased);
}

function scalingOf(grid: Grid, local: LocalEnergy, mass: Float64Array, gamma: number, epsilon: number): Scaling {
  const sigma = (2 * gamma) / epsilon;
  const entropy = entropyFor(local, sigma);
  const prox = logProx({ ...local, entropy }, sigma);
  const logVolume = Math.log(grid.volume);
  const proximal: Scaling['proximal'] = (logKb, V, logP) => {
    for (let i = 0; i < logP.length; i++) logP[i] = prox(logKb[i]! - logVolume - sigma * V[i]!, i) + logVolume;
  };
  const known = 1 - 1 / (1 + sigma * entropy);
  const removed = local.entropy - entropy;
  const told = { removed, blur: epsilon / 2 - 2 * gamma * removed };
  return {
    grid,
    sigma,
    logMass: mass.map(Math.log),
    kernels: gaussianKernels(grid, epsilon),
    proximal,
    known,
    ...told,
  };
}

const misplaced = (logMarginal: (i: number) => number, logP: Float64Array): number =>
  logP.reduce((sum, p, i) => sum + Math.abs(Math.exp(logMarginal(i)) - Math.exp(p)), 0) / 2;

interface Scaled extends Scalings {
  readonly residual: number;
  readonly iterations: number;
}

/** Scales from `start` on, which it changes. */
function scale(
  { grid, kernels, logMass, proximal, known }: Scaling,
  { logA, logB, logKb }: Scalings,
  V: Float64Array,
  { tolerance, iterations, signal, progress }: DualAscent,
): Scaled {
  const [logP, logKTa] = [new Float64Array(grid.size), new Float64Array(grid.size)];
  const residuals: number[] = [];
  // Scalings between -|known| and 0 swing; of these parts the factors are between -1/3 and 1/3 at most.
  const part = known < 0 ? 2 / (2 - known) : 1;
  let relax = 1;
  for (;;) {
    signal?.throwIfAborted();
    applyLogKernel(grid, kernels, logB, logKb);
    proximal(logKb, V, logP);
    const residual = misplaced((i) => logA[i]! + logKb[i]!, logP);
    progress?.({ iteration: residuals.length, iterations, loss: residual });
    const found = { logA, logB, logKb, residual, iterations: residuals.length };
    // Only a plain scaling of b leaves the second marginal exact.
    if (relax === 1 && residuals.length > 0 && (residual <= tolerance || residuals.length >= iterations)) return found;
    residuals.push(residual);
    const last = residual <= tolerance || residuals.length >= iterations;
    relax = last || part < 1 ? 1 : nextRelaxation(relax, residuals, known);
    if (Number.isNaN(residual)) return found;
    for (let i = 0; i < logA.length; i++) logA[i]! += part * relax * (logP[i]! - logKb[i]! - logA[i]!);
    applyLogKernel(grid, kernels, logA, logKTa);
    for (let i = 0; i < logB.length; i++) {
      const plain = logMass[i]! - logKTa[i]!;
      logB[i] = relax === 1 || plain === -Infinity ? plain : logB[i]! + relax * (plain - logB[i]!);
    }
  }
}

/** sum_i m_i l_i, none where there is no mass. */
const average = (mass: Float64Array, log: Float64Array): number =>
  mass.reduce((sum, m, i) => sum + (m > 0 ? m * log[i]! : 0), 0);

function verdict(mass: Float64Array, { residual, iterations }: Scaled, tolerance: number) {
  if (!Number.isFinite(total(mass)) || !(total(mass) > 0))
    return { status: 'non-finite' as const, message: 'the scalings are not finite' };
  if (residual <= tolerance) return { status: 'ok' as const };
  return {
    status: 'not-converged' as const,
    message: `after ${iterations} scalings a share ${residual.toExponential(1)} of the mass still moves; raise \`iterations\` or \`epsilon\``,
  };
}

/** W2^2 of the step: the map from rho back to mu is id + (epsilon / 4) grad log(a / K b). */
function stepLength2(measure: GridMeasure, grid: Grid, epsilon: number, { logA, logKb }: Scalings): number {
  const { faces } = faceGradient(
    grid,
    logA.map((a, i) => (epsilon / 4) * (a - logKb[i]!)),
  );
  const back = {
    faces: faces.map(({ shape, data }) => ({ shape, data: data.map((v) => (Number.isFinite(v) ? v : 0)) })),
  };
  return inner(measure, back, back);
}

/**
 * The JKO step with entropic regularisation, by scaling in the log domain with a separable Gaussian kernel:
 *
 * min over plans of KL(plan | e^(-|x - y|^2 / epsilon)) + (2 gamma / epsilon) G(rho) - int rho log rho / 2,
 *
 * rho the first marginal, mu the second; a = prox(K b) / (K b), b = mu / (K^T a). The last term takes the blur of
 * first order out: of a law of variance s^2 what is left is about epsilon^2 / (16 s^2) of variance a step. Beside
 * internal energies, bounds and divergences it is taken off the entropy only, as far as there is some; `info.blur` is
 * the variance that is then added along each axis. `residual` is the share of the mass that the plan has not where its proximal map wants it; `action` is what the
 * above has beside G, in units of it, but for a constant.
 *
 * @param epsilon - weight of the entropy of the plan, length^2
 * @see peyre2015entropic
 */
export function entropicStep(
  grid: Grid,
  local: LocalEnergy,
  mass: Float64Array,
  gamma: number,
  epsilon: number,
): LinearStep {
  const scaling = scalingOf(grid, local, mass, gamma, epsilon);
  const { sigma, removed } = scaling;
  const zeros = () => new Float64Array(grid.size);
  const unit = () => ({ logA: zeros(), logB: Float64Array.from(scaling.logMass), logKb: zeros() });
  let scalings: Scalings = unit();
  const solve = (V: Float64Array, ascent: DualAscent): LinearSolution => {
    const found = scale(scaling, scalings, V, ascent);
    const image = marginal(found);
    const { status, message } = verdict(image, found, ascent.tolerance);
    const [logA, logB, logKb] = [found.logA, found.logB, found.logKb].map((v) => Float64Array.from(v)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    scalings = status === 'non-finite' ? unit() : found;
    return {
      mass: image,
      status,
      ...(message !== undefined && { message }),
      moved2: () => stepLength2(measureOn(grid, image), grid, epsilon, { logA, logB, logKb }),
      action: () =>
        (average(image, logA) + average(mass, logB)) / sigma - removed * (average(image, logA) + average(image, logKb)),
      residual: found.residual,
      iterations: found.iterations,
      info: { misplaced: found.residual, blur: scaling.blur },
      misplaced: (W) => {
        const logP = zeros();
        scaling.proximal(logKb, W, logP);
        return excess(image, (i) => Math.exp(logP[i]!));
      },
    };
  };
  return { solve, stay: average(mass, scaling.logMass) * (1 / sigma - removed) };
}
