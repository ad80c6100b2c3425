import { alongAxis } from './axes.js';

/** log sum_j exp(k_|i-j| + l_j) along one line, for every i. */
export interface LineKernel {
  /** k, by distance in cells. */
  readonly log: Float64Array;
  /** e^k for i - j from -reach to reach. */
  readonly both: Float64Array;
  /** Beyond this distance e^k is negligible, unless a line varies by hundreds of orders of magnitude. */
  readonly reach: number;
}

// Factors below this are left out, so that no product is a denormal number (which takes a hundred times longer).
const TINY = 1e-150;

export function lineKernel(n: number, log: (distance: number) => number): LineKernel {
  const table = Float64Array.from({ length: n }, (_, k) => log(k));
  const weights = table.map(Math.exp);
  const reach = weights.findLastIndex((w) => w > TINY);
  const both = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => weights[Math.abs(k - reach)]!);
  return { log: table, both, reach };
}

// A sum above this has lost nothing that would show in float64.
const SAFE = 1e-130;

function largest(line: Float64Array): number {
  let top = -Infinity;
  for (let j = 0; j < line.length; j++) if (line[j]! > top) top = line[j]!;
  return top;
}

// e^-40 of the largest term is beyond float64, and spares its exponential.
const BESIDE = 40;

function exact(log: Float64Array, line: Float64Array, i: number): number {
  let top = -Infinity;
  for (let j = 0; j < i; j++) if (log[i - j]! + line[j]! > top) top = log[i - j]! + line[j]!;
  for (let j = i; j < line.length; j++) if (log[j - i]! + line[j]! > top) top = log[j - i]! + line[j]!;
  if (top === -Infinity) return top;
  let sum = 0;
  for (let j = 0; j < line.length; j++) {
    const term = log[i < j ? j - i : i - j]! + line[j]! - top;
    if (term > -BESIDE) sum += Math.exp(term);
  }
  return top + Math.log(sum);
}

/** One exponential a cell and a sum of products; only where these underflow, a sum of exponentials of its own. */
function applyLine(
  { log, both, reach }: LineKernel,
  line: Float64Array,
  out: Float64Array,
  shifted: Float64Array,
): void {
  const n = line.length;
  const top = largest(line);
  if (top === -Infinity) {
    out.fill(top);
    return;
  }
  for (let j = 0; j < n; j++) {
    const weight = Math.exp(line[j]! - top);
    shifted[j] = weight > TINY ? weight : 0;
  }
  for (let i = 0; i < n; i++) {
    const [first, last] = [Math.max(0, i - reach), Math.min(n - 1, i + reach)];
    let sum = 0;
    for (let j = first, at = reach + i - first; j <= last; j++, at--) sum += both[at]! * shifted[j]!;
    out[i] = sum > SAFE ? top + Math.log(sum) : exact(log, line, i);
  }
}

/** log of the separable kernel applied to e^values, axis by axis: exact in the log domain. */
export function applyLogKernel(
  { shape }: { readonly shape: readonly number[] },
  kernels: readonly LineKernel[],
  values: Float64Array,
  out: Float64Array,
): void {
  let from = values;
  for (const [k, kernel] of kernels.entries()) {
    const shifted = new Float64Array(shape[k]!);
    alongAxis(shape, k, from, out, (line, result) => applyLine(kernel, line, result, shifted));
    from = out;
  }
}
