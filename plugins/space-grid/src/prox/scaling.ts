/** The scaling of plans in the log domain. */
import { applyLogKernel, lineKernel, type LineKernel } from '@wasserflow/geometry';
import type { Grid } from '../cells/grid.js';
import { accelerated, type Pair } from './anderson.js';
import type { DualAscent } from './back-and-forth.js';
import { logProx, stretched } from './kl-prox.js';
import type { LocalEnergy } from './linear-step.js';

/** Scalings a, b of the plan diag(a) K diag(b), as logarithms. */
export interface Scalings {
  readonly logA: Float64Array;
  readonly logB: Float64Array;
  /** log K b for this b. */
  readonly logKb: Float64Array;
}

/** The masses of the plan's first marginal, a K b. */
export const marginal = ({ logA, logKb }: Scalings): Float64Array => logA.map((v, i) => Math.exp(v + logKb[i]!));

/** e^(-|x - y|^2 / epsilon), along each axis. */
const gaussianKernels = ({ shape, spacing }: Grid, epsilon: number): LineKernel[] =>
  shape.map((n, k) => lineKernel(n, (distance) => -((distance * spacing[k]!) ** 2) / epsilon));

/** What is the same for all potentials. */
export interface Scaling {
  readonly grid: Grid;
  readonly logMass: Float64Array;
  readonly kernels: readonly LineKernel[];
  readonly sigma: number;
  /** The proximal masses at log K b for the potential V, as logarithms. */
  readonly proximal: (logKb: Float64Array, V: Float64Array, logP: Float64Array) => void;
  /** The part of a scaling of a that a cell takes: whole ones swing where the energy is not steep enough. */
  readonly part: (cell: number, logP: number) => number;
}

export function scalingOf(grid: Grid, given: LocalEnergy, mass: Float64Array, gamma: number, epsilon: number): Scaling {
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

export interface Scaled extends Scalings {
  readonly residual: number;
  readonly iterations: number;
}

// Scalings that are remembered, and how much above the least the residual may rise before they are forgotten.
const MEMORY = 10;
const LOST = 3;

/** Scales from given scalings on, which it changes: a by Anderson's acceleration, so that b is always exact. */
export function scale(
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
