/**
 * Operations of space `gaussian` beyond gradient and prox, as first-order schemes call them, against closed forms that
 * were computed elsewhere. Tolerance: ten digits, that of the oracles.
 */
import { calculusOf, energy, type AffineField, type Functional, type GaussianMeasure } from '@wasserflow/core';
import { entropy, kl } from '@wasserflow/functionals';
import { displacement, distance2, gaussianSpace, regularizedProx } from '@wasserflow/space-gaussian';
import { stream } from '@wasserflow/tensor';
import { expect, it } from 'vitest';
import { gaussianLaw } from './gaussian-laws.js';
import oracles from './oracles/gaussian-calculus.json' with { type: 'json' };

const DIGITS = 10;
const law = (mean: number[], covariance: number[][]): GaussianMeasure => ({ mean, covariance });
const space = calculusOf(gaussianSpace(gaussianLaw('any', [0, 0], [[1, 0], [0, 1]]))); // prettier-ignore
const context = { rng: stream(0) };
const linear = { id: 'linear', linear: true } as const;

function expectMeasure(
  actual: GaussianMeasure,
  mean: readonly number[],
  covariance: readonly (readonly number[])[],
): void {
  for (const [i, m] of mean.entries()) expect(actual.mean[i]).toBeCloseTo(m, DIGITS);
  for (const [i, row] of covariance.entries())
    for (const [j, a] of row.entries()) expect(actual.covariance[i]![j]).toBeCloseTo(a, DIGITS);
}

it('mirror descent with the entropy as mirror map', async () => {
  const { inputs, outputs } = oracles.entropy_mirror_descent_gaussian;
  const [G, phi] = [kl(gaussianLaw('q', [0, 0], inputs.Sigma_star)), entropy()];
  const dual = async (mu: GaussianMeasure): Promise<AffineField> =>
    space.combine([
      { weight: 1, of: await space.gradient(phi, mu) },
      { weight: -inputs.gamma, of: await space.gradient(G, mu) },
    ]);
  let mu = law([0, 0], inputs.S);
  for (let n = 1; n <= 60; n++) {
    const v = await dual(mu);
    const before = mu;
    ({ measure: mu } = await space.mirror(phi, mu, v));
    const expected = outputs.find((o) => o.n === n);
    if (expected) expectMeasure(mu, [0, 0], expected.S);
    if (n > 3) continue;
    // A weight a of the entropy with a times the field is the same step.
    const scaled = energy('2.5 H', { entropy: 2.5, constant: 0 });
    const field = await space.combine([{ weight: 2.5, of: v }]);
    expectMeasure((await space.mirror(scaled, before, field)).measure, mu.mean, mu.covariance);
  }
});

it('mirror descent cannot move a mean by the entropy, and says so', async () => {
  const phi = entropy();
  const field: AffineField = { linear: [[-1, 0], [0, -1]], center: [0, 0], constant: [0.1, 0] }; // prettier-ignore
  await expect(space.mirror(phi, law([0, 0], [[1, 0], [0, 1]]), field)).rejects.toThrow('`entropy` cannot move a mean'); // prettier-ignore
});

it('mirror descent with a quadratic mirror map is preconditioned gradient descent', async () => {
  const { m, S, m_star, Sigma_star } = oracles.regularized_wasserstein_proximal_gaussian.inputs;
  const [G, phi] = [kl(gaussianLaw('q', m_star, Sigma_star)), kl(gaussianLaw('p', [3, 1], [[0.5, 0.2], [0.2, 1]]))]; // prettier-ignore
  const potential = energy('phi', { entropy: 0, potential: phi.terms!.potential!, constant: 0 });
  const [mu, gamma] = [law(m, S), 0.1];
  const g = await space.gradient(G, mu);
  const v = await space.combine([
    { weight: 1, of: await space.gradient(potential, mu) },
    { weight: -gamma, of: g },
  ]);
  // grad phi(y) = P (y - c), so y = x - gamma P^-1 g(x), and P^-1 is the covariance of the law that phi is made of.
  const P = [[0.5, 0.2], [0.2, 1]]; // prettier-ignore
  const expected = await space.push(mu, await space.multiply(P, g), -gamma);
  const { measure, status } = await space.mirror(potential, mu, v);
  expect(status).toBe('ok');
  expectMeasure(measure, expected.mean, expected.covariance);
});

it('SVGD with means: the direction is the kernel mean of the gradient, by nodes that are exact for cubics', async () => {
  const { m, S, m_star, Sigma_star } = oracles.regularized_wasserstein_proximal_gaussian.inputs;
  const [G, mu] = [kl(gaussianLaw('q', m_star, Sigma_star)), law(m, S)];
  const at = (v: AffineField, x: readonly number[]) =>
    v.linear.map((row, i) => row.reduce((sum, a, j) => sum + a * (x[j]! - v.center[j]!), v.constant[i]!));
  const g = await space.gradient(G, mu);
  // Mean +- sqrt(2) times the Cholesky columns: the mean of four points is that of the law, for quadratics.
  const C = [[Math.sqrt(S[0]![0]!), 0], [S[0]![1]! / Math.sqrt(S[0]![0]!), Math.sqrt(S[1]![1]! - S[0]![1]! ** 2 / S[0]![0]!)]]; // prettier-ignore
  const nodes = [0, 1].flatMap((k) => [-1, 1].map((sign) => m.map((a, i) => a + sign * Math.SQRT2 * C[i]![k]!)));
  const direction = await space.kernelGradient(G, linear, mu);
  for (const x of [[0, 0], [1, 2], [-3, 0.5]]) {
    const mean = [0, 1].map((i) => nodes.reduce((sum, y) => sum + ((x[0]! * y[0]! + x[1]! * y[1]! + 1) * at(g, y)[i]!) / 4, 0));
    for (const i of [0, 1]) expect(at(direction, x)[i]).toBeCloseTo(mean[i]!, DIGITS);
  } // prettier-ignore
  await expect(space.kernelGradient(G, { id: 'rbf' }, mu)).rejects.toThrow(
    'with kernel `rbf` the direction is not affine',
  );
});

it('regularised Wasserstein proximal point', async () => {
  const { m, S, m_star, Sigma_star, T, beta } = oracles.regularized_wasserstein_proximal_gaussian.inputs;
  const { outputs } = oracles.regularized_wasserstein_proximal_gaussian;
  const { potential } = gaussianLaw('q', m_star, Sigma_star);
  const G = energy('G', { entropy: 1 / beta, potential: potential!, constant: 0 });
  expectMeasure(regularizedProx(G.terms!, law(m, S), T), outputs.m, outputs.S);
  // grad V + a grad log of that Gaussian.
  const v = await space.regularizedGradient(G, law(m, S), T);
  const sum = await space.combine([
    { weight: 1, of: await space.gradient(energy('V', { entropy: 0, potential: potential!, constant: 0 }), law(m, S)) },
    { weight: 1 / beta, of: await space.gradient(entropy(), law(outputs.m, outputs.S)) },
    { weight: -1, of: v },
  ]);
  expect(await space.inner(law(m, S), sum, sum)).toBeLessThan(1e-18);
  await expect(space.regularizedGradient(G, law(m, S), 0)).rejects.toThrow('has no kernel for T = 0');
});

it('BDF2 in one dimension', async () => {
  const { inputs, outputs } = oracles.bdf2_jko_1d_step;
  const { p0, p1, gamma, lam } = inputs;
  const line = ([m, s]: number[]) => law([m!], [[s! ** 2]]);
  const anchors = [
    { weight: 1 / gamma, measure: line(p1) },
    { weight: -1 / (4 * gamma), measure: line(p0) },
  ];
  const { measure, status } = await space.anchoredProx(kl(gaussianLaw('q', [0], [[1 / lam]])), anchors, context);
  expect(status).toBe('ok');
  expect(measure.mean[0]).toBeCloseTo(outputs.m, DIGITS);
  expect(Math.sqrt(measure.covariance[0]![0]!)).toBeCloseTo(outputs.sigma, DIGITS);
});

it('BDF2 by extrapolation is the same step in one dimension', async () => {
  const { inputs, outputs } = oracles.bdf2_jko_1d_step;
  const line = ([m, s]: number[]) => law([m!], [[s! ** 2]]);
  const from = await space.extrapolate(line(inputs.p0), line(inputs.p1), 4 / 3);
  const G = kl(gaussianLaw('q', [0], [[1 / inputs.lam]]));
  const { measure } = await space.prox(G, from, (2 * inputs.gamma) / 3, context);
  expect(measure.mean[0]).toBeCloseTo(outputs.m, DIGITS);
  expect(Math.sqrt(measure.covariance[0]![0]!)).toBeCloseTo(outputs.sigma, DIGITS);
});

it('the JKO step of W2^2(., nu) / 2 goes along the geodesic', async () => {
  const { inputs, outputs } = oracles.jko_w2_functional;
  const [mu, nu] = [law(inputs.m, inputs.S), law(inputs.m_nu, inputs.S_nu)];
  // A functional that only knows its value and its gradient x - T(x): the step is solved for.
  const F: Functional = {
    id: 'w2',
    facets: {
      gaussian: {
        value: (rho) => distance2(rho, nu) / 2,
        gradient(rho) {
          const v = displacement(rho, nu);
          return { ...v, linear: v.linear.map((row) => row.map((a) => -a)), constant: v.constant.map((a) => -a) };
        },
      },
    },
  };
  const { measure, status } = await space.prox(F, mu, inputs.gamma, context);
  expect(status).toBe('ok');
  expectMeasure(measure, outputs.m, outputs.S);
  expect(Math.sqrt(await space.distance2(mu, nu))).toBeCloseTo(outputs.W2_before, DIGITS);
  expect(Math.sqrt(await space.distance2(measure, nu))).toBeCloseTo(outputs.W2_after, DIGITS);
  // The same problem with nu as a second anchor.
  const nothing = energy('zero', { entropy: 0, constant: 0 });
  const anchors = [
    { weight: 1 / (2 * inputs.gamma), measure: mu },
    { weight: 1 / 2, measure: nu },
  ];
  expectMeasure((await space.anchoredProx(nothing, anchors, context)).measure, outputs.m, outputs.S);
});

it('many small JKO steps follow the exact Ornstein-Uhlenbeck flow', async () => {
  const { inputs, outputs } = oracles.ou_exact;
  const G = kl(gaussianLaw('q', inputs.m_star, inputs.Sigma_star));
  const end = law(outputs.m, outputs.S);
  expect(await space.value(G, end)).toBeCloseTo(outputs.KL, DIGITS);
  expect(Math.sqrt(await space.distance2(end, law(inputs.m_star, inputs.Sigma_star)))).toBeCloseTo(outputs.W2, DIGITS);
  const errorOf = async (steps: number): Promise<number> => {
    let mu = law(inputs.m, inputs.S);
    for (let n = 0; n < steps; n++) ({ measure: mu } = await space.prox(G, mu, inputs.t / steps, context));
    return Math.sqrt(await space.distance2(mu, end));
  };
  const [coarse, fine] = [await errorOf(40), await errorOf(80)];
  // Of first order: the error halves, up to the second order of the step.
  expect(fine).toBeLessThan(0.02);
  expect(coarse / fine).toBeGreaterThan(1.9);
  expect(coarse / fine).toBeLessThan(2.1);
});

it('a short diffusion before the first step, and its bound', async () => {
  const { inputs, outputs } = oracles.initial_ou_diffusion;
  const { m, S, delta } = inputs;
  const shrink = Math.exp(-delta);
  const shrunk = await space.image(law(m, S), [[shrink, 0], [0, shrink]]); // prettier-ignore
  const smooth = await space.diffuse(shrunk, 1 - shrink ** 2, stream(0));
  expectMeasure(smooth, outputs.m_delta, outputs.S_delta);
  expect(Math.sqrt(await space.distance2(law(m, S), smooth))).toBeCloseTo(outputs.W2, DIGITS);
  const moment = S[0]![0]! + S[1]![1]! + m[0]! ** 2 + m[1]! ** 2;
  const bound = Math.sqrt((1 - shrink) ** 2 * moment + (1 - shrink ** 2) * 2);
  expect(bound).toBeCloseTo(outputs.bound, DIGITS);
  expect(outputs.W2).toBeLessThan(bound);
});

/** A step with sub-gradient xi: by definition p' minimises G - <xi, .> + W2^2 / (2 gamma). */
const inexact = (lambda: number, e: { mean: number; scale: number }, from: { m: number; s: number }, gamma: number) => {
  const [m, r] = [(from.m + gamma * e.mean) / (1 + gamma * lambda), from.s + gamma * e.scale];
  return { m, s: (r + Math.sqrt(r * r + 4 * gamma * (1 + gamma * lambda))) / (2 * (1 + gamma * lambda)) };
};

it('inexact JKO steps of size eps stay below the bounds, and have that residual', async () => {
  const { inputs, outputs } = oracles.inexact_jko_run_1d;
  const { gamma, lam, eps } = inputs;
  const q = gaussianLaw('q', [0], [[1 / lam]]);
  const G = kl(q);
  let at = { m: inputs.m0, s: inputs.sigma0 };
  for (const expected of outputs) {
    const mu = law([at.m], [[at.s ** 2]]);
    expect(at.m).toBeCloseTo(expected.m, DIGITS);
    expect(at.s).toBeCloseTo(expected.sigma, DIGITS);
    expect(await space.value(G, mu)).toBeCloseTo(expected.KL, DIGITS);
    const W2 = Math.sqrt(await space.distance2(mu, q.gaussian!));
    expect(W2).toBeCloseTo(expected.W2, DIGITS);
    expect(W2).toBeLessThan(expected.sharp_W2_bound + 1e-12);
    expect(W2).toBeLessThan(expected.paper_W2_bound);
    const angle = 0.7 * expected.n;
    at = inexact(lam, { mean: eps * Math.sin(angle), scale: eps * Math.cos(angle) }, at, gamma);
    const next = law([at.m], [[at.s ** 2]]);
    const xi = await space.combine([
      { weight: 1, of: await space.gradient(G, next) },
      { weight: -1 / gamma, of: await space.transport(next, mu) },
    ]);
    expect(Math.sqrt(await space.inner(next, xi, xi))).toBeCloseTo(eps, DIGITS);
  }
});

it('translations attain the sharp bound of inexact steps', async () => {
  const { inputs, outputs } = oracles.inexact_jko_translation_attains_sharp_bound;
  const { m0, gamma, eps } = inputs;
  const q = gaussianLaw('q', [0], [[1]]);
  // The perturbed problem has the potential V(x) - eps x, which is V moved by eps.
  const moved = kl(gaussianLaw('moved', [eps], [[1]]));
  let mu = law([m0], [[1]]);
  for (const [n, expected] of outputs.entries()) {
    expect(mu.mean[0]).toBeCloseTo(expected, DIGITS);
    const bound = m0 * (1 + gamma) ** -n + eps * (1 - (1 + gamma) ** -n);
    expect(Math.sqrt(await space.distance2(mu, q.gaussian!))).toBeCloseTo(bound, DIGITS);
    ({ measure: mu } = await space.prox(moved, mu, gamma, context));
  }
});
