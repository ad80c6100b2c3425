/** Laws and measures of the tests' own. */
import type { AffineField, Distribution, GaussianMeasure, GridMeasure, QuantileMeasure } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { fromRows, ops, type Tensor } from '@wasserflow/tensor';
import { determinant, inverse, Matrix } from 'ml-matrix';

export type Rows = number[][];

/** N(mean, covariance) as a target. */
export function gaussianLaw(mean: number[], covariance: Rows): Distribution {
  const precision = inverse(new Matrix(covariance)).to2DArray();
  const dimension = mean.length;
  const score = (x: Tensor): Tensor => ops.matMul(ops.sub(x, ops.tensor([mean])), ops.tensor(precision));
  return {
    id: 'gaussian',
    dimension,
    gaussian: { mean, covariance },
    potential: {
      dimension,
      quadratic: { precision, center: mean, constant: 0 },
      value: (x) => ops.mul(ops.sum(ops.mul(ops.sub(x, ops.tensor([mean])), score(x)), 1), 1 / 2),
      gradient: score,
    },
    logNormalizer: (dimension * Math.log(2 * Math.PI) + Math.log(determinant(new Matrix(covariance)))) / 2,
    sample: (n, rng) => {
      const std = Math.sqrt(covariance[0]![0]!);
      const z = rng.normal([n, dimension]);
      return { shape: z.shape, data: Float64Array.from(z.data, (v, i) => mean[i % dimension]! + std * v) };
    },
  };
}

/** The same law, not told that it is Gaussian. */
export function anonymous(known: Distribution): Distribution {
  const { gaussian: _, ...law } = known;
  return { ...law, id: 'anonymous' };
}

const density = (m: readonly number[], P: Rows, norm: number) => (x: readonly number[]) => {
  const d = x.map((v, i) => v - m[i]!);
  return Math.exp(-d.reduce((s, a, i) => s + a * P[i]!.reduce((t, p, j) => t + p * d[j]!, 0), 0) / 2) / norm;
};

/** The density of a Gaussian, written out. */
export function densityOf({ mean, covariance }: GaussianMeasure): (x: readonly number[]) => number {
  const S = new Matrix(covariance as Rows);
  const norm = Math.sqrt((2 * Math.PI) ** mean.length * determinant(S));
  return density(mean, inverse(S).to2DArray(), norm);
}

/** Masses of a Gaussian by its density at the centres. */
export function onGrid(mu: GaussianMeasure, lower: number[], upper: number[], shape: number[]): GridMeasure {
  const p = densityOf(mu);
  const h = shape.map((n, k) => (upper[k]! - lower[k]!) / n);
  const at = (k: number, i: number): number => lower[k]! + (i + 0.5) * h[k]!;
  const points =
    shape.length === 1
      ? Array.from({ length: shape[0]! }, (_, i) => [at(0, i)])
      : Array.from({ length: shape[0]! * shape[1]! }, (_, c) => [
          at(0, Math.floor(c / shape[1]!)),
          at(1, c % shape[1]!),
        ]);
  const mass = Float64Array.from(points, p);
  const total = mass.reduce((s, m) => s + m, 0);
  return { mass: { shape, data: mass.map((m) => m / total) }, lower, upper };
}

/** x with P(X < x) = u for a Gaussian on the line, by bisection on its distribution function. */
export function normalQuantile(u: number, mean: number, std: number): number {
  const cdf = (z: number): number => {
    // Composite Simpson from the mean: plain and slow.
    const n = 400;
    const h = z / n;
    let sum = 1 + Math.exp((-z * z) / 2);
    for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2) / 2);
    return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI);
  };
  let [a, b] = [-9, 9];
  for (let i = 0; i < 50; i++) {
    const middle = (a + b) / 2;
    if (cdf(middle) < u) a = middle;
    else b = middle;
  }
  return mean + (std * (a + b)) / 2;
}

/** A Gaussian on the line by n cells; the outermost nodes are quantiles of half a cell's mass within. */
export function onLine(mean: number, std: number, n: number): QuantileMeasure {
  const nodes = Float64Array.from({ length: n + 1 }, (_, i) =>
    normalQuantile(Math.min(Math.max(i / n, 0.1 / n), 1 - 0.1 / n), mean, std),
  );
  return { kind: 'linear', nodes: { shape: [n + 1], data: nodes } };
}

/** v(x) of an affine field. */
export const fieldAt = ({ linear, center, constant }: AffineField, x: readonly number[]): number[] =>
  linear.map((row, i) => row.reduce((s, a, j) => s + a * (x[j]! - center[j]!), constant[i]!));

/** (id + e v)_# mu for an affine field, written out. */
export function pushed(mu: GaussianMeasure, v: AffineField, e: number): GaussianMeasure {
  const B = Matrix.add(Matrix.eye(mu.mean.length), Matrix.mul(new Matrix(v.linear as Rows), e));
  const S = B.mmul(new Matrix(mu.covariance as Rows)).mmul(B.transpose());
  const at = fieldAt(v, mu.mean);
  return { mean: mu.mean.map((m, i) => m + e * at[i]!), covariance: Matrix.add(S, S.transpose()).mul(0.5).to2DArray() };
}

/** <u, v> in L2(mu) for affine fields: tr(U S V^T) + u(m) . v(m). */
export function innerAffine(mu: GaussianMeasure, u: AffineField, v: AffineField): number {
  const cross = new Matrix(u.linear as Rows).mmul(new Matrix(mu.covariance as Rows));
  const [a, b] = [fieldAt(u, mu.mean), fieldAt(v, mu.mean)];
  return Matrix.mul(cross, new Matrix(v.linear as Rows)).sum() + a.reduce((s, x, i) => s + x * b[i]!, 0);
}

/** A tensor function of points, in float32: the numbers of its result. */
export async function computed(f: (x: Tensor) => Tensor, rows: readonly (readonly number[])[]): Promise<number[]> {
  const engine = await tfjsEngine('cpu');
  const points = fromRows(rows);
  const program = await engine.compile('f', ({ x }: { x: Tensor }) => ({ y: f(x) }), { x: { shape: points.shape } });
  return Array.from((await program.run({ x: points })).y.data);
}
