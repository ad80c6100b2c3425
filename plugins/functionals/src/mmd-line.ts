/** What a kernel says of a law on the line: its mean k(x, .), and the mean over two draws. */
import type { Kernel, RadialFunction, RadialKernel } from '@wasserflow/core';
import { normalCdf, normalDensity } from '@wasserflow/geometry';

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

/** exp(-|x - y|^2 / (2 h^2)) and N(mean, variance). */
function gaussianMean(h: number, mean: number, variance: number): KernelMean {
  const wide = h * h + variance;
  return {
    at(x) {
      const value = (h / Math.sqrt(wide)) * Math.exp(-((x - mean) ** 2) / (2 * wide));
      return { value, slope: (-(x - mean) / wide) * value };
    },
    own: () => h / Math.sqrt(wide + variance),
  };
}

/** E|Z| for Z ~ N(mean, std^2), with its derivatives by the mean and the variance. */
export function meanDistance(mean: number, std: number): { value: number; byMean: number; byVariance: number } {
  const z = mean / std;
  const byMean = 2 * normalCdf(z) - 1;
  return { value: 2 * std * normalDensity(z) + mean * byMean, byMean, byVariance: normalDensity(z) / std };
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
export const isDistance = (id: string, { at }: RadialFunction): boolean => id === 'energy' && at(4).value === -2;

/** In closed form for N(mean, variance), where the kernel has one. */
export function meanOverGaussian(
  { id }: Kernel,
  radial: RadialKernel,
  mean: number,
  variance: number,
): KernelMean | undefined {
  if (id === 'gaussian') return gaussianMean(radial.bandwidth, mean, variance);
  return isDistance(id, radial) ? energyMean(mean, variance) : undefined;
}
