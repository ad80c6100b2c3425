/** Sinkhorn's sweeps between masses at fixed places, in the log domain. */
import type { NdArray } from '@wasserflow/tensor';

/** The kernel e^(-|x - y|^2 / eps) between places x and y, in the log domain. */
export interface LogKernel {
  /** log sum_j e^(columns_j - |x_i - y_j|^2 / eps). */
  readonly toRows: (columns: Float64Array) => Float64Array;
  /** log sum_i e^(rows_i - |x_i - y_j|^2 / eps). */
  readonly toColumns: (rows: Float64Array) => Float64Array;
}

/** Masses a at places x `[n, d]` and b at places y `[m, d]`. */
export interface Marginals {
  readonly x: NdArray;
  readonly y: NdArray;
  readonly kernelAt: (epsilon: number) => LogKernel;
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** The largest |x - y|^2. */
  readonly diameter2: number;
}

export interface Potentials {
  readonly f: Float64Array;
  readonly g: Float64Array;
  /** The larger error of the two marginals before the last sweep, in total variation. */
  readonly error: number;
}

export type Sweep = (at: Potentials, epsilon: number, kernel: LogKernel, relaxation: number) => Potentials;

/** g / eps + log b. */
export const exponents = (g: Float64Array, logB: Float64Array, epsilon: number): Float64Array =>
  g.map((v, j) => v / epsilon + logB[j]!);

/** log of row sums of the plan over the masses of the rows: zero where they fit. */
export const ratios = (f: Float64Array, logSums: Float64Array, epsilon: number): Float64Array =>
  f.map((v, i) => v / epsilon + logSums[i]!);

const marginalError = (a: Float64Array, logRatios: Float64Array): number =>
  a.reduce((sum, m, i) => sum + (m > 0 ? m * Math.abs(Math.expm1(logRatios[i]!)) : 0), 0);

export const stepped = (f: Float64Array, logRatios: Float64Array, length: number): Float64Array =>
  f.map((v, i) => v - length * logRatios[i]!);

/** Rows, then columns, each relaxed by a factor in [1, 2). */
export function sweepOf({ a, b }: Marginals): Sweep {
  const [logA, logB] = [a.map(Math.log), b.map(Math.log)];
  return ({ f, g }, epsilon, kernel, relaxation) => {
    const rows = ratios(f, kernel.toRows(exponents(g, logB, epsilon)), epsilon);
    const nextF = stepped(f, rows, relaxation * epsilon);
    const columns = ratios(g, kernel.toColumns(exponents(nextF, logA, epsilon)), epsilon);
    const nextG = stepped(g, columns, relaxation * epsilon);
    return { f: nextF, g: nextG, error: Math.max(marginalError(a, rows), marginalError(b, columns)) };
  };
}

/** Of masses with themselves: f <- (f + T f) / 2, which contracts fast and keeps f = g. */
export function symmetricSweepOf({ a }: Marginals): Sweep {
  const logA = a.map(Math.log);
  return ({ f }, epsilon, kernel) => {
    const rows = ratios(f, kernel.toRows(exponents(f, logA, epsilon)), epsilon);
    const next = stepped(f, rows, epsilon / 2);
    return { f: next, g: next, error: marginalError(a, rows) };
  };
}
