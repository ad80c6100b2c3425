/** The scaling of plans in the log domain, for one potential after another. */
import type { GridMeasure } from '@wasserflow/core';
import { applyLogKernel, lineKernel, type LineKernel } from '@wasserflow/geometry';
import type { DualAscent } from './back-and-forth.js';
import { measureOn, total, type Grid } from '../cells/grid.js';
import { faceGradient, inner } from '../fields/field.js';
import { accelerated, type Pair } from './anderson.js';
import { logProx, stretched } from './kl-prox.js';
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
  /** The part of a scaling of a that a cell takes: whole ones swing where the energy is not steep enough. */
  readonly part: (cell: number, logP: number) => number;
}

function scalingOf(grid: Grid, given: LocalEnergy, mass: Float64Array, gamma: number, epsilon: number): Scaling {
  const sigma = (2 * gamma) / epsilon;
  const local = { ...given, entropy: given.entropy - 1 / (2 * sigma) };
  const prox = logProx(local, sigma);
  const { rate } = stretched(local, sigma);
  const logVolume = Math.log(grid.volume);
  const proximal: Scaling['proximal'] = (logKb, V, logP) => {
    for (let i = 0; i < logP.length; i++) logP[i] = prox(logKb[i]! - logVolume - sigma * V[i]!, i) + logVolume;
  };
  // A scaling multiplies errors by factors between 0 and 1 - 1 / r: halfway between both ends where r < 1.
  const part: Scaling['part'] = (cell, logP) => {
    const r = rate(cell, logP - logVolume);
    return r < 1 ? (2 * r) / (1 + r) : 1;
  };
  return { grid, sigma, logMass: mass.map(Math.log), kernels: gaussianKernels(grid, epsilon), proximal, part };
}

const misplaced = (logMarginal: (i: number) => number, logP: Float64Array): number =>
  logP.reduce((sum, p, i) => sum + Math.abs(Math.exp(logMarginal(i)) - Math.exp(p)), 0) / 2;

interface Scaled extends Scalings {
  readonly residual: number;
  readonly iterations: number;
}

// Scalings that are remembered, and how much above the least the residual may rise before they are forgotten.
const MEMORY = 10;
const LOST = 3;

/** Scales from given scalings on, which it changes: a by Anderson's acceleration, so that b is always exact. */
function scale(
  { grid, kernels, logMass, proximal, part }: Scaling,
  { logA, logB, logKb }: Scalings,
  V: Float64Array,
  { tolerance, iterations, signal, progress }: DualAscent,
): Scaled {
  const [logP, logKTa] = [new Float64Array(grid.size), new Float64Array(grid.size)];
  let pairs: readonly Pair[] = [];
  let least = Infinity;
  for (let k = 0; ; k++) {
    signal?.throwIfAborted();
    applyLogKernel(grid, kernels, logB, logKb);
    proximal(logKb, V, logP);
    const residual = misplaced((i) => logA[i]! + logKb[i]!, logP);
    progress?.({ iteration: k, iterations, loss: residual });
    const done = k > 0 && (residual <= tolerance || k >= iterations);
    if (done || Number.isNaN(residual)) return { logA, logB, logKb, residual, iterations: k };
    const d = logA.map((a, i) => part(i, logP[i]!) * (logP[i]! - logKb[i]! - a));
    const known = residual > LOST * least ? [] : pairs.slice(0, MEMORY);
    pairs = [{ x: Float64Array.from(logA), d }, ...known];
    least = Math.min(least, residual);
    const next = accelerated(pairs, marginal({ logA, logB, logKb }));
    for (let i = 0; i < logA.length; i++) logA[i] = Number.isFinite(next[i]!) ? next[i]! : logA[i]! + d[i]!;
    applyLogKernel(grid, kernels, logA, logKTa);
    for (let i = 0; i < logB.length; i++) logB[i] = logMass[i]! - logKTa[i]!;
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
 * rho the first marginal, mu the second; a = prox(K b) / (K b), b = mu / (K^T a). The entropy of the plan holds half
 * of that of rho: it is W2^2 / epsilon + int rho log rho / 2 but for a constant and O(epsilon), and would blur rho by
 * epsilon / 2 along each axis. The last term takes that off; of a law of variance s^2 what is left is about
 * epsilon^2 / (16 s^2) a step. `residual` is the share of the mass that the plan has not where its proximal map wants
 * it; `action` is what the above has beside G, in units of it, but for a constant.
 *
 * @param epsilon - weight of the entropy of the plan, length^2
 * @see peyre2015entropic, adams2011large, walker2011anderson
 */
export function entropicStep(
  grid: Grid,
  local: LocalEnergy,
  mass: Float64Array,
  gamma: number,
  epsilon: number,
): LinearStep {
  const scaling = scalingOf(grid, local, mass, gamma, epsilon);
  const { sigma } = scaling;
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
      action: () => ((average(image, logA) - average(image, logKb)) / 2 + average(mass, logB)) / sigma,
      residual: found.residual,
      iterations: found.iterations,
      info: { misplaced: found.residual },
      misplaced: (W) => {
        const logP = zeros();
        scaling.proximal(logKb, W, logP);
        return excess(image, (i) => Math.exp(logP[i]!));
      },
    };
  };
  return { solve, stay: average(mass, scaling.logMass) / (2 * sigma) };
}
