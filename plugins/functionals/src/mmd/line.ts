/** What a kernel says of a law on the line: its mean k(x, .), and the mean over two draws. */
import type { Kernel, RadialFunction, RadialKernel } from '@wasserflow/core';
import { normalCdf, normalDensity } from '@wasserflow/geometry';
import { gaussianParts, type GaussianPart } from '../kernels/gaussian-parts.js';

export interface KernelMean {
  /** int k(x, y) dq(y) and its derivative by x. */
  readonly at: (x: number) => { readonly value: number; readonly slope: number };
  /** int int k dq dq. */
  readonly own: () => number;
}

/** Over draws. */
export const meanOverDraws = ({ at }: RadialFunction, draws: () => Float64Array, own: () => number): KernelMean => ({
  own,
  at(x) {
    let [value, slope] = [0, 0];
    for (const y of draws()) {
      const jet = at((x - y) ** 2);
      value += jet.value;
      slope += 2 * jet.first * (x - y);
    }
    return { value: value / draws().length, slope: slope / draws().length };
  },
});

/** A sum of exp(-rate |x - y|^2) and N(mean, variance). */
const partsMean = (parts: readonly GaussianPart[], mean: number, variance: number): KernelMean => ({
  at(x) {
    let [value, slope] = [0, 0];
    for (const { rate, weight } of parts) {
      const wide = 1 + 2 * rate * variance;
      const part = (weight / Math.sqrt(wide)) * Math.exp((-rate * (x - mean) ** 2) / wide);
      value += part;
      slope -= (2 * rate * (x - mean) * part) / wide;
    }
    return { value, slope };
  },
  own: () => parts.reduce((sum, { rate, weight }) => sum + weight / Math.sqrt(1 + 4 * rate * variance), 0),
});

/** E|Z| for Z ~ N(mean, std^2), with its derivative by the mean. */
function meanDistance(mean: number, std: number): { value: number; byMean: number } {
  const z = mean / std;
  const byMean = 2 * normalCdf(z) - 1;
  return { value: 2 * std * normalDensity(z) + mean * byMean, byMean };
}

/** -|x - y| and N(mean, variance). */
const energyMean = (mean: number, variance: number): KernelMean => ({
  at(x) {
    const { value, byMean } = meanDistance(x - mean, Math.sqrt(variance));
    return { value: -value, slope: -byMean };
  },
  own: () => -meanDistance(0, Math.sqrt(2 * variance)).value,
});

/** Whether a kernel is -|x - y|; the same kind has other powers too. */
const isDistance = (id: string, { at }: RadialFunction): boolean => id === 'energy' && at(4).value === -2;

/** In closed form for N(mean, variance), where the kernel has one. */
export function meanOverGaussian(
  kernel: Kernel,
  radial: RadialKernel,
  mean: number,
  variance: number,
): KernelMean | undefined {
  const parts = gaussianParts(kernel, radial);
  if (parts) return partsMean(parts, mean, variance);
  return isDistance(kernel.id, radial) ? energyMean(mean, variance) : undefined;
}
