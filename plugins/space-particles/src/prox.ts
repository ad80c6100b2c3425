import {
  ensure,
  type Anchor,
  type Functional,
  type ParticleMeasure,
  type ProxResult,
  type SolveContext,
} from '@wasserflow/core';
import { weightsOf } from '@wasserflow/geometry';
import type { NdArray } from '@wasserflow/tensor';
import { descend } from './descent.js';
import { refusal } from './energies.js';
import type { Evaluation } from './evaluation.js';
import { combined, innerOf } from './fields.js';
import { pointwiseProx } from './pointwise-prox.js';
import { withPoints } from './points.js';

/** Residual over the gradient at the start: the aim, and what counts as solved; float32 gradients are good to 1e-6. */
const AIM = 1e-10;
const SOLVED = 1e-5;
const ITERATIONS = 200;

/** Nothing but a potential, whose minimisers are found point by point. */
function lonePotential({ facets, terms, summands }: Functional) {
  const alone = !facets?.particles && !summands && terms?.entropy === 0;
  return alone && !terms.internal?.length && !terms.interactions?.length ? terms.potential : undefined;
}

const moved2 = (mu: ParticleMeasure, x: NdArray['data']): number => {
  const move = Float64Array.from(mu.points.data, (y, i) => x[i]! - y);
  return innerOf(weightsOf(mu), move, move);
};

interface Found {
  readonly measure: ParticleMeasure;
  readonly iterations: number;
  /** |grad G + (x - y) / gamma| in L2(mu). */
  readonly residual: number;
  /** Why the result need not be the minimiser, as a predicate. */
  readonly flaw?: string | undefined;
}

/** grad G(x) + (x - y) / gamma at the points. */
async function residualField(on: Evaluation, G: Functional, mu: ParticleMeasure, at: ParticleMeasure, gamma: number) {
  const { shape, data } = mu.points;
  const back = { shape, data: Float64Array.from(at.points.data, (x, i) => (x - data[i]!) / gamma) };
  const own = await on.gradient(G, at);
  return combined([{ weight: 1, of: own }, { weight: 1, of: back }], shape).data as Float64Array; // prettier-ignore
}

async function byDescent(
  on: Evaluation,
  G: Functional,
  mu: ParticleMeasure,
  gamma: number,
  { signal }: SolveContext,
): Promise<Found> {
  const weights = weightsOf(mu);
  const norm = (v: Float64Array): number => Math.sqrt(innerOf(weights, v, v));
  const found = await descend({
    start: Float64Array.from(mu.points.data),
    gradient: (x) => residualField(on, G, mu, withPoints(mu, x), gamma),
    inner: (u, v) => innerOf(weights, u, v),
    step: gamma,
    tolerance: AIM,
    maxIterations: ITERATIONS,
    signal,
  });
  const measure = withPoints(mu, found.x);
  const initial = norm(await residualField(on, G, mu, mu, gamma));
  const solved = found.norm === 0 || found.norm <= SOLVED * initial;
  const [left, first] = [found.norm, initial].map((v) => v.toPrecision(2));
  const flaw = `has a residual of ${left} after ${found.iterations} iterations, ${first} at its start; use a smaller size`;
  return { measure, iterations: found.iterations, residual: found.norm, ...(!solved && { flaw }) };
}

/** Too large a step for a V that is not convex: there may be a lower minimum than the one nearby. */
function tooFar(lambda: number | undefined, gamma: number): string | undefined {
  if (lambda === undefined || lambda >= 0 || -gamma * lambda < 1) return undefined;
  return `need not have a unique minimiser: the potential is only ${lambda}-convex; use a size below ${-1 / lambda}`;
}

async function solve(
  on: Evaluation,
  G: Functional,
  mu: ParticleMeasure,
  gamma: number,
  context: SolveContext,
): Promise<Found> {
  const potential = lonePotential(G);
  const far = tooFar(potential?.convexity, gamma);
  const pointwise = potential && pointwiseProx(potential, mu.points, gamma);
  if (!pointwise) return { flaw: far, ...(await byDescent(on, G, mu, gamma, context)) };
  const { points, residuals, flaw } = pointwise;
  const weights = weightsOf(mu);
  const norm = (v: Float64Array): number => Math.sqrt(weights.reduce((sum, w, i) => sum + w * v[i]! ** 2, 0));
  return { measure: withPoints(mu, points), iterations: 1, residual: norm(residuals), flaw: far ?? flaw };
}

/**
 * The JKO step among clouds of n points with these weights: argmin over positions x of
 * G(x) + sum_i w_i |x_i - y_i|^2 / (2 gamma). At a global minimiser the coupling of x_i with y_i is optimal.
 *
 * A quadratic potential in closed form; a potential known pointwise by Newton's method at each point, in float64;
 * all else by L-BFGS in L2(mu) on the engine's gradients, down to their rounding. G needs a gradient without the
 * entropy, which no points can minimise.
 *
 * `ok` means that the residual is within tolerance and, for a potential alone, that the result is a minimiser as far
 * as that is known: gamma (-lambda) < 1 where V declares its lambda, else Hess V + I / gamma positive definite at the
 * points where V is known pointwise. Of any other G that is not convex it is a stationary point.
 *
 * @param gamma - step size, length^2 per nat
 * @returns the residual |grad G + (x - y) / gamma| in L2(mu), zero on kinks of V that are minima; status
 * `not-converged` with its sentence where it stays above 1e-5 of |grad G(y)|, or where the result need not be a
 * minimiser
 * @see jordan1998variational, nocedal2006numerical
 */
export async function proxOfPoints(
  on: Evaluation,
  G: Functional,
  mu: ParticleMeasure,
  gamma: number,
  context: SolveContext,
): Promise<ProxResult<ParticleMeasure>> {
  ensure(gamma > 0 && gamma < Infinity, 'E_ARGUMENT', `a step size is a number above 0, not ${gamma}`);
  const { measure, iterations, residual, flaw } = await solve(on, G, mu, gamma, context);
  const distance2 = moved2(mu, measure.points.data);
  const value = refusal('value', G, undefined) === undefined ? await on.value(G, measure) : undefined;
  const told = {
    measure,
    iterations,
    residual,
    moved2: distance2,
    ...(value !== undefined && { objective: value + distance2 / (2 * gamma) }),
  };
  if (!Number.isFinite(residual))
    return { ...told, measure: mu, status: 'non-finite', message: `the gradient of \`${G.id}\` is not finite` };
  if (flaw === undefined) return { ...told, status: 'ok' };
  return { ...told, status: 'not-converged', message: `the proximal step of size ${gamma} on \`${G.id}\` ${flaw}` };
}

/**
 * argmin over positions x of G(x) + sum_k w_k sum_i a_i |x_i - y_i^k|^2 for anchors y^k whose points correspond row
 * by row, as the clouds of one run do: the proximal step from the weighted mean of the anchors with
 * gamma = 1 / (2 sum_k w_k). Where the coupling by rows is not optimal, it bounds W2 from above.
 */
export async function anchoredProxOfPoints(
  on: Evaluation,
  G: Functional,
  anchors: readonly Anchor<ParticleMeasure>[],
  context: SolveContext,
): Promise<ProxResult<ParticleMeasure>> {
  const total = anchors.reduce((sum, { weight }) => sum + weight, 0);
  ensure(total > 0, 'E_ARGUMENT', `the weights of anchors add up to a number above 0, not to ${total}`);
  const { measure: first } = anchors[0]!;
  const { shape } = first.points;
  for (const { measure } of anchors)
    ensure(
      measure.points.shape.join() === shape.join(),
      'E_ARGUMENT',
      `anchors correspond row by row, but one has points [${measure.points.shape.join(', ')}] and another [${shape.join(', ')}]`,
    );
  const mean = combined(
    anchors.map(({ weight, measure }) => ({ weight: weight / total, of: measure.points })),
    shape,
  );
  const center = withPoints(first, mean.data as Float64Array);
  const { objective, ...result } = await proxOfPoints(on, G, center, 1 / (2 * total), context);
  const x = result.measure.points.data;
  const pulls = anchors.reduce((sum, { weight, measure }) => sum + weight * moved2(measure, x), 0);
  const gathered = total * moved2(center, x);
  return { ...result, ...(objective !== undefined && { objective: objective - gathered + pulls }) };
}
