/**
 * Kernels as sums of Gaussian ones, whose means over Gaussian laws are in closed form.
 * @see trefethen2014exponentially
 */
import type { Kernel, RadialFunction, RadialKernel } from '@wasserflow/core';

/** weight * exp(-rate |x - y|^2), rate in 1 / length^2. */
export interface GaussianPart {
  readonly rate: number;
  readonly weight: number;
}

/** The trapezoidal rule in log t errs by e^(-pi^2 / STEP) where all is analytic for |arg t| < pi / 2. */
const STEP = 0.3;

const rule = (from: number, to: number): number[] =>
  Array.from({ length: Math.ceil((to - from) / STEP) }, (_, i) => from + i * STEP);

/**
 * (1 + s)^(-1/2) = int_0^inf t^(-1/2) e^(-t) e^(-t s) dt / sqrt(pi). Below the first node e^(-t s) is 1: the rest of
 * the rule is a geometric series.
 */
function multiquadricParts(): GaussianPart[] {
  const start = -26;
  const density = (x: number): number => (STEP * Math.exp(x / 2 - Math.exp(x))) / Math.sqrt(Math.PI);
  const rest = (STEP * Math.exp(start / 2)) / Math.sqrt(Math.PI) / Math.expm1(STEP / 2);
  return [{ rate: 0, weight: rest }, ...rule(start, 3.7).map((x) => ({ rate: Math.exp(x), weight: density(x) }))];
}

/**
 * e^(-sqrt s) = int_0^inf t^(-3/2) e^(-1 / (4 t)) e^(-t s) dt / (2 sqrt(pi)). The parts beyond the last node have
 * lengths below 1e-10, and count for nothing in means over a law that has a density.
 */
const laplaceParts = (): GaussianPart[] =>
  rule(-5.2, 46).map((x) => ({
    rate: Math.exp(x),
    weight: (STEP * Math.exp(-x / 2 - Math.exp(-x) / 4)) / (2 * Math.sqrt(Math.PI)),
  }));

/** By the kind of kernel, in units of its bandwidth. */
const kinds: Readonly<Record<string, () => readonly GaussianPart[]>> = {
  gaussian: () => [{ rate: 1 / 2, weight: 1 }],
  'inverse-multiquadric': multiquadricParts,
  laplace: laplaceParts,
};

/** A kernel of a known kind as a sum of Gaussian ones, to 1e-12 of its value; undefined for others. */
export function gaussianParts({ id }: Kernel, { bandwidth, at }: RadialKernel): readonly GaussianPart[] | undefined {
  const parts = Object.hasOwn(kinds, id) ? kinds[id]!() : [];
  const scaled = parts.map(({ rate, weight }) => ({ rate: rate / bandwidth ** 2, weight }));
  const same = (s: number): boolean =>
    Math.abs(scaled.reduce((sum, { rate, weight }) => sum + weight * Math.exp(-rate * s), 0) - at(s).value) < 1e-9;
  // Somebody else's kernel may bear the same name.
  return [0.5, 4].every((length) => same((length * bandwidth) ** 2)) ? scaled : undefined;
}

/** const + sum of Gaussian parts - linear |x - y|^2: a kernel up to a constant, which MMD does not see. */
export interface KernelMixture {
  readonly parts: readonly GaussianPart[];
  readonly linear: number;
}

/**
 * -s^p, 0 < p < 1, up to a constant: C int_0^inf (e^(-t s) - 1) t^(-1 - p) dt, rates in units of 1 / length^2. Below
 * the first node e^(-t s) - 1 is -t s, beyond the last one -1; C is what makes this rule -1 at s = 1.
 */
function rieszMixture(p: number, length: number): KernelMixture {
  const [start, end] = [-40 / (2 - p), 36 / (p + 1 / 2)];
  const bare = rule(start, end).map((x) => ({ rate: Math.exp(x), weight: STEP * Math.exp(-p * x) }));
  const near = (STEP * Math.exp(start * (1 - p))) / Math.expm1(STEP * (1 - p));
  const far = bare.at(-1)!.weight / Math.expm1(STEP * p);
  const total = bare.reduce((sum, { rate, weight }) => sum - weight * Math.expm1(-rate), near + far);
  const size = length ** (2 * p) / total;
  return {
    parts: bare.map(({ rate, weight }) => ({ rate: rate / length ** 2, weight: weight * size })),
    linear: (near * size) / length ** 2,
  };
}

/** p of -|x - y|^(2 p), where a kernel of that name is one. */
function powerOf(id: string, { at }: RadialFunction): number | undefined {
  const p = Math.log(-at(4).value) / Math.log(4);
  const same = id === 'energy' && p > 0 && p < 1 && Math.abs(at(9).value + 9 ** p) < 1e-9;
  return same ? p : undefined;
}

/**
 * A kernel of a known kind up to a constant, for means over Gaussian laws; undefined for others.
 * @param length - of the laws, for kernels that have no bandwidth
 */
export function kernelMixture(kernel: Kernel, radial: RadialKernel, length: number): KernelMixture | undefined {
  const power = powerOf(kernel.id, radial);
  if (power !== undefined) return rieszMixture(power, length);
  const parts = gaussianParts(kernel, radial);
  return parts && { parts, linear: 0 };
}
