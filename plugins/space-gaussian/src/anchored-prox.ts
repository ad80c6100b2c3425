/** Minimisation over Gaussians of a functional plus squared distances, by its first-order condition. */
import type { Anchor, GaussianMeasure, ProxResult, SolveContext } from '@wasserflow/core';
import { Matrix } from 'ml-matrix';
import { add } from '@wasserflow/geometry';
import {
  dimensionOf,
  gradientAtBase,
  imageOf,
  pack,
  settingOf,
  slopesOf,
  spreadOf,
  unpack,
  type Objective,
  type Setting,
} from './brenier-coordinates.js';
import { distance2 } from './distance.js';
import { fieldOf, squaredNorm } from './fields.js';
import { defectOf, failed } from './gaussian.js';
import { minimise, type Minimum, type Slopes } from './lbfgs.js';

/** Lengths are relative to the spread of the base. */
const GOAL = { best: 1e-14, enough: 1e-8, iterations: 500 };

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

/**
 * argmin over Gaussians nu of G(nu) + sum_i w_i W2^2(mu_i, nu), with sum_i w_i > 0: the Bures-JKO step where there
 * is one anchor, mu with weight 1 / (2 gamma).
 *
 * The unknown is the Brenier map T from the heaviest anchor, in which its distance is quadratic and a G that is
 * convex along generalized geodesics convex. L-BFGS in L2(mu) then solves
 * grad G + sum_i 2 w_i (id - T_i) = 0 on the tangent space of the Gaussians, grad G projected on it: a minimum among
 * Gaussians, and among all measures where grad G is affine. Where the problem is not convex (G is
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
