import type { NdArray } from '@wasserflow/tensor';

export const column = ({ shape, data }: NdArray, j: number): number[] =>
  Array.from({ length: shape[0]! }, (_, i) => data[i * shape[1]! + j]!);

export const average = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length;

/**
 * How many standard errors an average of independent draws is off. Tests ask for less than 5: a right
 * implementation misses that for one seed in two million, and the seed is fixed.
 */
export function standardErrors(values: readonly number[], exact: number): number {
  const mean = average(values);
  const variance = average(values.map((v) => (v - mean) ** 2));
  return Math.abs(mean - exact) / Math.sqrt(variance / values.length);
}

/** log density of N(mean, C) at each row, C = L L^T by plain elimination. */
export function gaussianLogDensity(train: readonly number[][], at: readonly number[][]): number[] {
  const d = train[0]!.length;
  const mean = Array.from({ length: d }, (_, j) => average(train.map((r) => r[j]!)));
  const lower: number[][] = [];
  for (let i = 0; i < d; i++) {
    lower.push([]);
    for (let j = 0; j <= i; j++) {
      let c = average(train.map((r) => (r[i]! - mean[i]!) * (r[j]! - mean[j]!)));
      for (let k = 0; k < j; k++) c -= lower[i]![k]! * lower[j]![k]!;
      lower[i]!.push(i === j ? Math.sqrt(c) : c / lower[j]![j]!);
    }
  }
  const logDet = lower.reduce((s, row, i) => s + 2 * Math.log(row[i]!), 0);
  return at.map((row) => {
    const y: number[] = [];
    for (let i = 0; i < d; i++) {
      let r = row[i]! - mean[i]!;
      for (let k = 0; k < i; k++) r -= lower[i]![k]! * y[k]!;
      y.push(r / lower[i]![i]!);
    }
    return -(d * Math.log(2 * Math.PI) + logDet + y.reduce((s, v) => s + v * v, 0)) / 2;
  });
}
