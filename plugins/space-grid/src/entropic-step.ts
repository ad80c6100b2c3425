/** The scaling of plans in the log domain, for one potential after another. */
import { applyLogKernel, type LineKernel } from '@wasserflow/geometry';
import type { DualAscent } from './back-and-forth.js';
import { total, type Grid } from './grid.js';
import { logProx } from './kl-prox.js';
import { gaussianKernels, planCost } from './plan-cost.js';
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
}

function scalingOf(grid: Grid, local: LocalEnergy, mass: Float64Array, gamma: number, epsilon: number): Scaling {
  const sigma = (2 * gamma) / epsilon;
  const prox = logProx(local, sigma);
  const logVolume = Math.log(grid.volume);
  const proximal: Scaling['proximal'] = (logKb, V, logP) => {
    for (let i = 0; i < logP.length; i++) logP[i] = prox(logKb[i]! - logVolume - sigma * V[i]!, i) + logVolume;
  };
  const known = 1 - 1 / (1 + sigma * local.entropy);
  return { grid, sigma, logMass: mass.map(Math.log), kernels: gaussianKernels(grid, epsilon), proximal, known };
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
    relax = residual <= tolerance || residuals.length >= iterations ? 1 : nextRelaxation(relax, residuals, known);
    if (Number.isNaN(residual)) return found;
    for (let i = 0; i < logA.length; i++) logA[i]! += relax * (logP[i]! - logKb[i]! - logA[i]!);
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

/** With entropic regularisation; `action` has that of the plan, (epsilon / 2 gamma) KL(plan | K) but for a constant. */
export function entropicStep(
  grid: Grid,
  local: LocalEnergy,
  mass: Float64Array,
  gamma: number,
  epsilon: number,
): LinearStep {
  const scaling = scalingOf(grid, local, mass, gamma, epsilon);
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
      moved2: () => planCost(grid, epsilon, logA, logB),
      action: () => (average(image, logA) + average(mass, logB)) / scaling.sigma,
      residual: found.residual,
      iterations: found.iterations,
      info: { misplaced: found.residual, blur: epsilon / 2 },
      misplaced: (W) => {
        const logP = zeros();
        scaling.proximal(logKb, W, logP);
        return excess(image, (i) => Math.exp(logP[i]!));
      },
    };
  };
  return { solve, stay: average(mass, scaling.logMass) / scaling.sigma };
}
