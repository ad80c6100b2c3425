/** The Fourier transform of a power of two of complex numbers, in place. */

/** e^(-2 pi i k / n) for k < n / 2, real and imaginary parts in turn. */
export function twiddles(n: number): Float64Array {
  const table = new Float64Array(n);
  for (let k = 0; k < n / 2; k++) {
    table[2 * k] = Math.cos((2 * Math.PI * k) / n);
    table[2 * k + 1] = -Math.sin((2 * Math.PI * k) / n);
  }
  return table;
}

function reverseBits(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [re[i], re[j]] = [re[j]!, re[i]!];
    [im[i], im[j]] = [im[j]!, im[i]!];
  }
}

/** sum_j z_j e^(-2 pi i j k / n), for n a power of two. Swap the parts before and after for the inverse, times n. */
export function fourier(re: Float64Array, im: Float64Array, table: Float64Array): void {
  const n = re.length;
  reverseBits(re, im);
  for (let half = 1; half < n; half *= 2)
    for (let start = 0; start < n; start += 2 * half)
      for (let k = 0; k < half; k++) {
        const at = (2 * k * n) / (2 * half);
        const [c, s] = [table[at]!, table[at + 1]!];
        const [p, q] = [start + k, start + k + half];
        const x = re[q]! * c - im[q]! * s;
        const y = re[q]! * s + im[q]! * c;
        re[q] = re[p]! - x;
        im[q] = im[p]! - y;
        re[p]! += x;
        im[p]! += y;
      }
}
