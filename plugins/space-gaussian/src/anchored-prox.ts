/** Minimisation over Gaussians of a functional plus squared distances, by its first-order condition. */
import type { AffineField, Anchor, GaussianMeasure, ProxResult, SolveContext } from '@wasserflow/core';
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
import { distance2 } from './distance.js';
import { fieldOf, squaredNorm, valueAt } from './fields.js';
import { defectOf, failed, gaussian } from './gaussian.js';
import { minimise, type Minimum, type Slopes } from './lbfgs.js';

/** A functional on Gaussians. */
export interface Objective {
  readonly value: (nu: GaussianMeasure) => number;
  /** Whether it is finite at nu; everywhere where absent. */
  readonly finite?: (nu: GaussianMeasure) => boolean;
  readonly gradient: (nu: GaussianMeasure) => AffineField;
}

/** T(x) = B (x - m) + b with symmetric positive definite B: the Brenier map from N(m, S) to N(b, B S B). */
interface Brenier {
  readonly B: Matrix;
  readonly b: readonly number[];
}

/** The problem about its heaviest anchor, the base. */
interface Setting {
  readonly G: Objective;
  readonly base: Anchor<GaussianMeasure>;
  readonly others: readonly Anchor<GaussianMeasure>[];
  readonly total: number;
}

/** Lengths are relative to the spread of the base. */
const GOAL = { best: 1e-14, enough: 1e-8, iterations: 500 };

const pack = ({ B, b }: Brenier): number[] => [...b, ...B.to1DArray()];
const unpack = (x: readonly number[], d: number): Brenier => ({
  b: x.slice(0, d),
  B: Matrix.from1DArray(d, d, x.slice(d)),
});
const dimensionOf = ({ base }: Setting): number => base.measure.mean.length;
const spreadOf = ({ base }: Setting): Matrix => matrixOf(base.measure.covariance);

const imageOf = ({ B, b }: Brenier, setting: Setting): GaussianMeasure => gaussian(b, congruence(B, spreadOf(setting)));

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
function gradientAtBase(map: Brenier, nu: GaussianMeasure, { G, base, others }: Setting): AffineField {
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

function slopesOf(setting: Setting): Slopes {
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

/** The base or, where G is not defined there, the widest Gaussian of half its width, a quarter, ... that will do. */
function startOf(setting: Setting, { gradient }: Slopes): { x: number[]; g: readonly number[] } | undefined {
  const d = dimensionOf(setting);
  for (let scale = 1; scale > 1e-6; scale /= 2) {
    const x = pack({ B: Matrix.eye(d, d, scale), b: setting.base.measure.mean });
    const g = gradient(x);
    if (g?.every(Number.isFinite)) return { x, g };
  }
  return undefined;
}

function report(setting: Setting, { x, distance, iterations }: Minimum, enough: number): ProxResult<GaussianMeasure> {
  const { G, base, others } = setting;
  const map = unpack(x, dimensionOf(setting));
  const measure = imageOf(map, setting);
  const step = fieldOf(Matrix.sub(map.B, Matrix.eye(map.B.rows)), base.measure.mean, add(map.b, base.measure.mean, -1));
  const moved2 = squaredNorm(step, base.measure);
  const pulls = others.map((anchor) => anchor.weight * distance2(anchor.measure, measure));
  const objective = pulls.reduce((sum, p) => sum + p, G.value(measure) + base.weight * moved2);
  const residual = Math.sqrt(squaredNorm(gradientAtBase(map, measure, setting), base.measure));
  const solved = { measure, objective, moved2, iterations, residual };
  if (distance <= enough) return { ...solved, status: 'ok' };
  const message = `the solve on Gaussians stopped after ${iterations} iterations with residual ${residual.toPrecision(2)} nats per length; there may be no minimiser: try a smaller step size`;
  return { ...solved, status: 'not-converged', message };
}

function settingOf(G: Objective, anchors: readonly Anchor<GaussianMeasure>[]): Setting {
  const base = anchors.reduce((a, b) => (b.weight > a.weight ? b : a));
  const others = anchors.filter((anchor) => anchor !== base && anchor.weight !== 0);
  return { G, base, others, total: anchors.reduce((sum, { weight }) => sum + weight, 0) };
}

/**
 * argmin over Gaussians nu of G(nu) + sum_i w_i W2^2(mu_i, nu), with sum_i w_i > 0: the Bures-JKO step where there
 * is one anchor, mu with weight 1 / (2 gamma).
 *
 * The unknown is the Brenier map T from the heaviest anchor, in which its distance is quadratic and a G that is
 * convex along generalized geodesics convex. L-BFGS in L2(mu) then solves
 * grad G + sum_i 2 w_i (id - T_i) = 0 on the tangent space of the Gaussians. Where the problem is not convex (G is
 * not, or weights are negative) the result is a local minimiser.
 *
 * @returns the residual of that equation; status `not-converged` where the minimiser may be further away than 1e-8
 * of the base's spread, `non-finite` where an anchor has no density or G no finite value
 * @see lambert2022variational, diao2023forward
 */
export function anchoredProx(
  G: Objective,
  anchors: readonly Anchor<GaussianMeasure>[],
  { signal }: Pick<SolveContext, 'signal'> = {},
): ProxResult<GaussianMeasure> {
  const setting = settingOf(G, anchors);
  const { measure } = setting.base;
  const flaw = anchors.map((anchor) => defectOf(anchor.measure)).find((text) => text !== undefined);
  if (flaw !== undefined) return failed(measure, `the proximal solve starts from a measure of which ${flaw}`);
  const slopes = slopesOf(setting);
  const start = startOf(setting, slopes);
  if (!start)
    return failed(measure, 'the functional is not finite where the proximal solve starts, nor at narrower Gaussians');
  const spread = Math.sqrt(spreadOf(setting).trace());
  const goal = { ...GOAL, best: GOAL.best * spread, enough: GOAL.enough * spread };
  return report(setting, minimise(slopes, start, goal, signal), goal.enough);
}
