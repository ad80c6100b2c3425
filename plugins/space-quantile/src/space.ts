import { ensure, type Distribution, type QuantileMeasure, type Space, type Weighted } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { gradientOf, refuses, valueOf } from './calculus.js';
import { distance2 } from './distance.js';
import { diffuse } from './law/diffuse.js';
import { draw, logDensity } from './law/draw.js';
import { ensureRepresentable, represent } from './law/represent.js';
import {
  defectOf,
  ensureAlike,
  field,
  measureOf,
  metricOf,
  momentsOf,
  nodesOf,
  numbersOf,
  scaled,
  type Kind,
} from './measure.js';
import { anchoredProx, prox } from './prox.js';
import { carry, movedBy, pullBack, push } from './push.js';
import { project } from './solve/project.js';
import { stepLimit } from './step-limit.js';
import { form } from './tridiagonal.js';

export interface QuantileOptions {
  /** n: the law is made of n parts of mass 1/n. */
  readonly nodes?: number;
  readonly kind?: Kind;
}

/** Q_nu - Q_mu, the Brenier map minus the identity. */
function displacement(mu: QuantileMeasure, nu: QuantileMeasure): NdArray {
  ensureAlike(mu, nu);
  return field(movedBy(nodesOf(nu), nodesOf(mu), -1));
}

function combine(terms: readonly Weighted<NdArray>[]): NdArray {
  const size = terms[0]?.of.data.length ?? 0;
  const sum = (i: number): number => terms.reduce((total, { weight, of }) => total + weight * of.data[i]!, 0);
  return field(Float64Array.from({ length: size }, (_, i) => sum(i)));
}

/** The projection of Q0 + t (Q1 - Q0) on nondecreasing functions of the kind. */
function extrapolate(mu0: QuantileMeasure, mu1: QuantileMeasure, t: number): QuantileMeasure {
  const v = displacement(mu0, mu1);
  return measureOf(mu0.kind, project(mu0.kind, movedBy(nodesOf(mu0), v.data, t)));
}

/** The number a of a matrix [[a]]. */
function factorOf(A: readonly (readonly number[])[]): number {
  ensure(
    A.length === 1 && A[0]!.length === 1,
    'E_ARGUMENT',
    `on the line a linear map is a matrix of one number, [[a]], not ${A.length} by ${A[0]?.length ?? 0}`,
  );
  return A[0]![0]!;
}

/**
 * Laws on the line by their quantile functions, where W2 is the distance of L2(0, 1): exact in float64 up to the
 * piecewise linear (or atomic) form of Q, with errors stated where laws are first put into it (`represent`) or
 * smoothed (`diffuse`).
 *
 * Serves G = entropy, internal energies, potentials known in float64 and interactions, and functionals with a
 * facet `quantile`, whose own operations go first. Fields are numbers at the nodes, `[N]`, and live on the mass:
 * `carry` and `pullBack` change nothing where maps keep the order. `atoms` has no `logDensity`, and its entropy is
 * that of the law uniform between neighbouring atoms. Nothing is random but `sample`.
 *
 * Explicit steps of entropy are those of an explicit heat equation: stable only for gamma below h^2/2 (`atoms`) or
 * h^2/6 (`linear`), h the smallest gap. Proximal steps have no such limit.
 *
 * @param initial - the law that a run starts from
 * @throws WasserflowError E_UNSUPPORTED when `initial` is not on the line or has no quantile function of the kind
 * @see santambrogio2015optimal
 */
export function quantileSpace(
  initial: Distribution,
  { nodes = 200, kind = 'linear' }: QuantileOptions = {},
): Space<QuantileMeasure, NdArray> {
  ensureRepresentable(initial, kind);
  return {
    id: 'quantile',
    dimension: 1,
    initial: async (rng) => represent(initial, kind, nodes, rng),
    refuses,
    defect: defectOf,
    stepLimit,
    value: async (G, mu) => valueOf(G, mu),
    gradient: async (G, mu) => field(gradientOf(G, mu)),
    push: async (mu, v, step) => push(mu, v.data, step),
    prox: async (G, mu, gamma, context) => prox(G, mu, gamma, context),
    diffuse: async (mu, variance) => diffuse(mu, variance),
    transport: async (mu, nu) => displacement(mu, nu),
    distance2: async (mu, nu) => distance2(mu, nu),
    combine: async (terms) => combine(terms),
    inner: async ({ kind: of }, u, v) => form(metricOf(of, u.data.length), u.data, v.data),
    carry: async (mu, v, step, u) => field(carry(mu, v.data, step, numbersOf(u))),
    pullBack: async (mu, v, step, u) => field(pullBack(mu, v.data, step, numbersOf(u))),
    moments: async (mu) => momentsOf(mu),
    image: async (mu, A) => scaled(mu, factorOf(A)),
    multiply: async (A, v) => combine([{ weight: factorOf(A), of: v }]),
    anchoredProx: async (G, anchors, context) => anchoredProx(G, anchors, context),
    extrapolate: async (mu0, mu1, t) => extrapolate(mu0, mu1, t),
    represent: async (law, rng) => represent(law, kind, nodes, rng),
    sample: async (mu, n, rng) => draw(mu, n, rng),
    ...(kind === 'linear' && { logDensity: async (mu: QuantileMeasure, x: NdArray) => logDensity(mu, x) }),
  };
}
