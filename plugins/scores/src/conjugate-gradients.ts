/** Linear systems with several right-hand sides, by their products only. */
import { WasserflowError } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';

/** u_c . v_c for each column c of `[n, k]`. */
function columnDots(u: NdArray, v: NdArray): Float64Array {
  const k = u.shape[1]!;
  const dots = new Float64Array(k);
  for (let i = 0; i < u.data.length; i++) dots[i % k]! += u.data[i]! * v.data[i]!;
  return dots;
}

/** u + w_c v, column by column. */
const plus = (u: NdArray, v: NdArray, w: Float64Array): NdArray => ({
  shape: u.shape,
  data: Float64Array.from(u.data, (x, i) => x + w[i % w.length]! * v.data[i]!),
});

const quotients = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, c) => (b[c]! > 0 ? v / b[c]! : 0));

/**
 * X with A X = B for a symmetric positive definite A and B `[n, k]`, by conjugate gradients for each column.
 *
 * @param product - U -> A U
 * @param tolerance - largest |A X - B| / |B| of a column
 * @throws WasserflowError E_NUMERICS when it is not reached
 * @see nocedal2006numerical
 */
export async function conjugateGradients(
  product: (U: NdArray) => Promise<NdArray>,
  B: NdArray,
  { tolerance, maxIterations }: { tolerance: number; maxIterations: number },
): Promise<NdArray> {
  let X: NdArray = { shape: B.shape, data: new Float64Array(B.data.length) };
  let [R, P] = [B, B];
  const goal = columnDots(B, B).map((v) => v * tolerance ** 2);
  let square = columnDots(R, R);
  for (let i = 0; square.some((v, c) => v > goal[c]!); i++) {
    if (i === maxIterations || !square.every(Number.isFinite))
      throw new WasserflowError('E_NUMERICS', `${i} conjugate gradients did not solve the system; raise \`ridge\``);
    const AP = await product(P);
    const length = quotients(square, columnDots(P, AP));
    X = plus(X, P, length);
    R = plus(
      R,
      AP,
      length.map((v) => -v),
    );
    const next = columnDots(R, R);
    P = plus(R, P, quotients(next, square));
    square = next;
  }
  return X;
}
