/** The Brenier map from a base measure as the unknown of a minimisation over Gaussians. */
import type { AffineField, Anchor, GaussianMeasure } from '@wasserflow/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import {
  add,
  brenierMatrix,
  cholesky,
  congruence,
  dot,
  matrixOf,
  symmetrise,
  traceOfProduct,
} from '@wasserflow/geometry';
import { fieldOf, valueAt } from './fields.js';
import { defectOf, gaussian } from './gaussian.js';
import type { Slopes } from './lbfgs.js';

/** A functional on Gaussians. */
export interface Objective {
  readonly value: (nu: GaussianMeasure) => number;
  /** Whether it is finite at nu; everywhere where absent. */
  readonly finite?: (nu: GaussianMeasure) => boolean;
  readonly gradient: (nu: GaussianMeasure) => AffineField;
}

/** T(x) = B (x - m) + b with symmetric positive definite B: the Brenier map from N(m, S) to N(b, B S B). */
export interface Brenier {
  readonly B: Matrix;
  readonly b: readonly number[];
}

/** The problem about its heaviest anchor, the base. */
export interface Setting {
  readonly G: Objective;
  readonly base: Anchor<GaussianMeasure>;
  readonly others: readonly Anchor<GaussianMeasure>[];
  readonly total: number;
}

export function settingOf(G: Objective, anchors: readonly Anchor<GaussianMeasure>[]): Setting {
  const base = anchors.reduce((a, b) => (b.weight > a.weight ? b : a));
  const others = anchors.filter((anchor) => anchor !== base && anchor.weight !== 0);
  return { G, base, others, total: anchors.reduce((sum, { weight }) => sum + weight, 0) };
}

export const pack = ({ B, b }: Brenier): number[] => [...b, ...B.to1DArray()];
export const unpack = (x: readonly number[], d: number): Brenier => ({
  b: x.slice(0, d),
  B: Matrix.from1DArray(d, d, x.slice(d)),
});
export const dimensionOf = ({ base }: Setting): number => base.measure.mean.length;
export const spreadOf = ({ base }: Setting): Matrix => matrixOf(base.measure.covariance);

export const imageOf = ({ B, b }: Brenier, setting: Setting): GaussianMeasure =>
  gaussian(b, congruence(B, spreadOf(setting)));

/** nu where it is a Gaussian on which G is defined. */
function admissible(map: Brenier, setting: Setting): GaussianMeasure | undefined {
  if (!pack(map).every(Number.isFinite) || !cholesky(map.B)) return undefined;
  const nu = imageOf(map, setting);
  return defectOf(nu) === undefined && (setting.G.finite?.(nu) ?? true) ? nu : undefined;
}

/**
 * The Wasserstein gradient of the objective at nu, seen at the base: grad G + sum_i 2 w_i (id - T_i) after T, T_i the
 * Brenier maps from nu to the anchors; that to the base is T^-1.
 */
export function gradientAtBase(map: Brenier, nu: GaussianMeasure, { G, base, others }: Setting): AffineField {
  const { B, b } = map;
  const own = G.gradient(nu);
  const eye = Matrix.eye(B.rows);
  const linear = matrixOf(own.linear)
    .mmul(B)
    .add(Matrix.sub(B, eye).mul(2 * base.weight));
  let constant = add(valueAt(own, b), add(b, base.measure.mean, -1), 2 * base.weight);
  for (const { weight, measure } of others) {
    const T = brenierMatrix(matrixOf(nu.covariance), matrixOf(measure.covariance));
    linear.add(
      Matrix.sub(eye, T)
        .mmul(B)
        .mul(2 * weight),
    );
    constant = add(constant, add(b, measure.mean, -1), 2 * weight);
  }
  return fieldOf(linear, base.measure.mean, constant);
}

/** The derivative by (b, B) in the coordinates of `pack`: (v(m), sym(L S)). */
const derivative = ({ linear, constant }: AffineField, S: Matrix): number[] => [
  ...constant,
  ...symmetrise(matrixOf(linear).mmul(S)).to1DArray(),
];

/**
 * The Riesz representative in L2(base) of a derivative, over 2 sum_i w_i: the Newton step if G were zero and all
 * anchors were the base.
 */
function rieszMap(setting: Setting): (g: readonly number[]) => number[] {
  const spectrum = new EigenvalueDecomposition(spreadOf(setting), { assumeSymmetric: true });
  const { realEigenvalues: l, eigenvectorMatrix: U } = spectrum;
  const halfSums = new Matrix(l.map((a) => l.map((c) => (a + c) / 2)));
  return (g) => {
    const { B, b } = unpack(g, l.length);
    const solved = congruence(U, Matrix.div(U.transpose().mmul(B).mmul(U), halfSums));
    return pack({ B: solved, b }).map((a) => a / (2 * setting.total));
  };
}

export function slopesOf(setting: Setting): Slopes {
  const [S, d] = [spreadOf(setting), dimensionOf(setting)];
  const precondition = rieszMap(setting);
  return {
    precondition,
    gradient(x) {
      const map = unpack(x, d);
      const nu = admissible(map, setting);
      return nu && derivative(gradientAtBase(map, nu, setting), S);
    },
    length(step) {
      const { B, b } = unpack(step, d);
      return Math.sqrt(dot(b, b) + traceOfProduct(B.mmul(S), B));
    },
  };
}
