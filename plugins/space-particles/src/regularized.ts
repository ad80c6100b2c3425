import {
  ensure,
  pointwiseOf,
  potentialGradient,
  type Functional,
  type ParticleMeasure,
  type Potential,
} from '@wasserflow/core';
import { cholesky, gibbsAverages, logDeterminant, matrixOf, weightsOf, type GibbsKernel } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import type { NdArray } from '@wasserflow/tensor';
import { diffusionOf } from './diffusion.js';
import type { Evaluation } from './evaluation.js';

import { proxOfPoints } from './prox.js';

/** log|I + T Hess V| / 2 at each point; zero where the Hessian is constant or not known. */
function halfLogDeterminants(potential: Potential, { shape: [n = 0, d = 1], data }: NdArray, T: number): Float64Array {
  const at = potential.quadratic ? undefined : pointwiseOf(potential);
  const result = new Float64Array(n);
  if (!at) return result;
  for (let j = 0; j < n; j++) {
    const H = at.hessian(Array.from(data.subarray(j * d, (j + 1) * d)));
    const factors = cholesky(Matrix.eye(d).add(matrixOf(H).mul(T)));
    result[j] = factors ? logDeterminant(factors) / 2 : 0;
  }
  return result;
}

/**
 * -log of int exp(-(V(z) + |z - y|^2 / (2 T)) / (2 a)) dz at each y, up to a constant, by Laplace's method at the
 * proximal point: exact for quadratic V.
 */
async function negativeLogMasses(on: Evaluation, potential: Potential, mu: ParticleMeasure, T: number, a: number) {
  const [n = 0, d = 1] = mu.points.shape;
  const energy = { id: 'V', terms: { entropy: 0, potential, constant: 0 } };
  const { measure, status, message } = await proxOfPoints(on, energy, mu, T, { rng: UNUSED });
  ensure(status === 'ok', 'E_NUMERICS', () => `the regularised proximal operator needs the one of V: ${message}`);
  const V = (await on.apply(potential, 'value', potential.value!, measure.points)).data;
  const curvature = halfLogDeterminants(potential, measure.points, T);
  return Float64Array.from({ length: n }, (_, j) => {
    let move2 = 0;
    for (let k = j * d; k < (j + 1) * d; k++) move2 += (measure.points.data[k]! - mu.points.data[k]!) ** 2;
    return (V[j]! + move2 / (2 * T)) / (2 * a) + curvature[j]!;
  });
}

/** The solve draws nothing. */
const UNUSED = undefined as never;

/**
 * The gradient of G = int V + a H with the score of the regularised Wasserstein proximal point of mu in place of its
 * own: grad V + a grad log rho_T at the points,
 *
 * rho_T(x) = int K(x, y) dmu(y),  K(x, y) = e^(-(V(x) + |x - y|^2 / (2 T)) / (2 a)) / Z(y),
 *
 * which is (grad V(x) - (x - m(x)) / T) / 2 with m(x) the mean of the points y weighted by K(x, y). Deterministic;
 * log-sum-exp in tiles. Z by Laplace's method: exact for quadratic V, else biased with a T; the scheme is biased in
 * T besides.
 *
 * @param T - time of regularisation, length^2 per nat
 * @throws WasserflowError E_UNSUPPORTED when G is anything else; E_NUMERICS when V has no proximal points
 * @see tan2024noise, li2023kernel
 */
export async function regularizedGradientOf(
  on: Evaluation,
  kernel: GibbsKernel,
  G: Functional,
  mu: ParticleMeasure,
  T: number,
): Promise<NdArray> {
  const { potential, entropy: a } = diffusionOf('regularizedGradient', G);
  ensure(potential.value, 'E_UNSUPPORTED', `\`regularizedGradient\` of \`${G.id}\`: its potential has no value`);
  ensure(T > 0 && T < Infinity, 'E_ARGUMENT', `a time of regularisation is a number above 0, not ${T}`);
  const masses = await negativeLogMasses(on, potential, mu, T, a);
  const columns = weightsOf(mu).map((w, j) => Math.log(w) + masses[j]!);
  const exponents = { x: mu.points, y: mu.points, scale: 4 * a * T, columns };
  const { averages } = await gibbsAverages(kernel, exponents, mu.points);
  const g = await on.apply(potential, 'gradient', potentialGradient(potential), mu.points);
  const { shape, data } = mu.points;
  return { shape, data: Float64Array.from(data, (x, i) => (g.data[i]! - (x - averages.data[i]!) / T) / 2) };
}
