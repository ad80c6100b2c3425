/** The kernel e^(-|x - y|^2 / eps) between places on the line, in float64. */
import type { LogKernel } from './entropic-sweeps.js';

// Terms of less than e^-40 of the largest are below rounding, and spare their exponential.
const BESIDE = 40;

/** log sum_j e^(values_j - (x - y_j)^2 / eps), and the mean of y under these weights. */
export function smoothedAt(x: number, y: Float64Array, values: Float64Array, epsilon: number, terms: Float64Array) {
  let top = -Infinity;
  for (let j = 0; j < y.length; j++) {
    const term = values[j]! - (x - y[j]!) ** 2 / epsilon;
    terms[j] = term;
    if (term > top) top = term;
  }
  let [sum, first] = [0, 0];
  for (let j = 0; j < y.length; j++) {
    const below = terms[j]! - top;
    if (!(below > -BESIDE)) continue;
    const weight = Math.exp(below);
    sum += weight;
    first += weight * y[j]!;
  }
  return { logSum: top + Math.log(sum), mean: first / sum };
}

// Factors below this are left out and sums below that are taken anew, by exponentials of their own.
const [TINY, SAFE] = [1e-150, 1e-130];

/** e^(-|x_i - y_j|^2 / eps) by rows: one exponential a pair for all sweeps. */
function factorsBetween(x: Float64Array, y: Float64Array, epsilon: number): Float64Array {
  const factors = new Float64Array(x.length * y.length);
  for (let i = 0, at = 0; i < x.length; i++)
    for (let j = 0; j < y.length; j++, at++) {
      const factor = Math.exp(-((x[i]! - y[j]!) ** 2) / epsilon);
      factors[at] = factor > TINY ? factor : 0;
    }
  return factors;
}

/** e^(values - top), the largest of them one. */
function scaled(values: Float64Array): { top: number; weights: Float64Array } {
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return { top, weights: values.map((v) => (Math.exp(v - top) > TINY ? Math.exp(v - top) : 0)) };
}

/** The kernel as a matrix of products, in the log domain where these underflow. Memory n m. */
export function kernelBetween(x: Float64Array, y: Float64Array, epsilon: number): LogKernel {
  const factors = factorsBetween(x, y, epsilon);
  const [n, m] = [x.length, y.length];
  const logs = (sums: Float64Array, top: number, exact: (i: number) => number): Float64Array =>
    sums.map((sum, i) => (sum > SAFE ? top + Math.log(sum) : exact(i)));
  return {
    toRows(columns) {
      const { top, weights } = scaled(columns);
      const sums = new Float64Array(n);
      for (let i = 0, at = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < m; j++, at++) sum += factors[at]! * weights[j]!;
        sums[i] = sum;
      }
      const terms = new Float64Array(m);
      return logs(sums, top, (i) => smoothedAt(x[i]!, y, columns, epsilon, terms).logSum);
    },
    toColumns(rows) {
      const { top, weights } = scaled(rows);
      const sums = new Float64Array(m);
      for (let i = 0, at = 0; i < n; i++) {
        const weight = weights[i]!;
        for (let j = 0; j < m; j++, at++) sums[j]! += factors[at]! * weight;
      }
      const terms = new Float64Array(n);
      return logs(sums, top, (j) => smoothedAt(y[j]!, x, rows, epsilon, terms).logSum);
    },
  };
}
