/** Clouds with the moments of a Gaussian, where a direction moves them by the Gaussian's affine map. */
import { energy, type ParticleMeasure } from '@wasserflow/core';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { gaussianProfile, linearKernel, radialKernel } from '@wasserflow/kernels';
import { analyticScore } from '@wasserflow/scores';
import { particleSpace } from '@wasserflow/space-particles';
import { gaussian } from '@wasserflow/targets';
import { fromRows, stream, toRows, type NdArray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const engine = onnxEngine({ threads: 1 });
const target = gaussian({ mean: [0, 0.5], covariance: [[1, -0.3], [-0.3, 0.5]] }); // prettier-ignore
const centred = gaussian({ mean: [0, 0], covariance: [[1, -0.3], [-0.3, 0.5]] }); // prettier-ignore
const kl = (of: typeof target, entropy = 1) => energy('kl', { entropy, potential: of.potential!, constant: 0 }, of);

/** The Cholesky factor of [[2, 0.5], [0.5, 1]]. */
const L = [[Math.SQRT2, 0], [0.5 / Math.SQRT2, Math.sqrt(0.875)]]; // prettier-ignore
const placedAt = (m: number[], z: number[]): number[] =>
  m.map((v, i) => v + L[i]!.reduce((sum, l, k) => sum + l * z[k]!, 0));

/** Four points of mean m and covariance [[2, 0.5], [0.5, 1]], exactly. */
const cross = (m: number[]): ParticleMeasure => {
  const r = Math.SQRT2;
  return { points: fromRows([[r, 0], [-r, 0], [0, r], [0, -r]].map((z) => placedAt(m, z))) }; // prettier-ignore
};

/** The largest difference of two matrices. */
const gapOf = (got: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number =>
  Math.max(...expected.flatMap((row, i) => row.map((v, j) => Math.abs(got[i]![j]! - v))));

describe('clouds with the moments of a Gaussian', () => {
  it('move under SVGD with the linear kernel as the Gaussian does', async () => {
    // Oracle `svgd_linear_kernel_gaussian`: S' = (I + g (I - P S)) S (I + g (I - P S))^T.
    const expected = [
      { after: 1, S: [[1.5987908982748367, 0.11322575847709701], [0.11322575847709701, 0.7416061867935754]] }, // prettier-ignore
      { after: 2, S: [[1.4315121766305068, -0.03086974604490163], [-0.03086974604490163, 0.6696701577603926]] }, // prettier-ignore
      { after: 10, S: [[1.0928845150416062, -0.2683901278468433], [-0.2683901278468433, 0.5605880159043506]] }, // prettier-ignore
    ];
    const space = particleSpace({ engine, initial: centred, count: 4 });
    for (const { after, S } of expected) {
      let mu = cross([0, 0]);
      for (let n = 0; n < after; n++)
        mu = await space.push(mu, await space.kernelGradient(kl(centred), linearKernel(), mu), -0.05);
      // Gradients of the potential come in float32.
      expect(gapOf((await space.moments(mu)).covariance, S)).toBeLessThan(5e-7);
    }
  });

  it('move down the gradient with the analytic score as the Gaussian does', async () => {
    // Oracle `forward_euler_kl_gaussian`, step size 0.1.
    const space = particleSpace({ engine, initial: target, count: 4, score: analyticScore() });
    let mu = cross([1, -1]);
    for (let n = 1; n <= 5; n++) mu = await space.push(mu, await space.gradient(kl(target), mu), -0.1);
    const { mean, covariance } = await space.moments(mu);
    expect(gapOf([mean], [[0.8048241241744151, -0.07911476831524965]])).toBeLessThan(5e-7);
    expect(gapOf(covariance, [[1.1621416898085217, -0.281522752975102], [-0.281522752975102, 0.48642748735672414]])).toBeLessThan(5e-7); // prettier-ignore
  });
});

describe('the regularised proximal gradient', () => {
  it('of a Gaussian by quadrature is that of its closed form', async () => {
    // Oracle `regularized_wasserstein_proximal_gaussian`: rho_T has mean and covariance as below, at T = 0.3 and
    // beta = 1 / a = 1.7.
    const [m, S] = [[0.8894736842105265, -0.4789473684210527], [[1.319067948509044, -0.006123513117158235], [-0.006123513117158235, 0.5176340231383413]]] as const; // prettier-ignore
    const a = 1 / 1.7;
    const axis = Array.from({ length: 33 }, (_, i) => (i - 16) * 0.35);
    const nodes = axis.flatMap((x) => axis.map((y) => [x, y]));
    const masses = nodes.map(([x, y]) => Math.exp(-(x! ** 2 + y! ** 2) / 2));
    const total = masses.reduce((sum, w) => sum + w);
    const mu: ParticleMeasure = {
      points: fromRows(nodes.map((z) => placedAt([1, -1], z))),
      weights: { shape: [nodes.length], data: Float64Array.from(masses, (w) => w / total) },
    };
    const space = particleSpace({ engine, initial: target, count: 10 });
    const field = toRows(await space.regularizedGradient(kl(target, a), mu, 0.3));
    const P = inverse([[1, -0.3], [-0.3, 0.5]]); // prettier-ignore
    const Q = inverse(S);
    let worst = 0;
    for (const [i, x] of toRows(mu.points).entries()) {
      // Far out the trapezoidal rule has no nodes beyond.
      if (Math.hypot(...nodes[i]!) > 2.5) continue;
      const grad = times(P, [x[0]!, x[1]! - 0.5]);
      const score = times(Q, [x[0]! - m[0], x[1]! - m[1]]).map((v) => -v);
      for (const k of [0, 1]) worst = Math.max(worst, Math.abs(field[i]![k]! - (grad[k]! + a * score[k]!)));
    }
    expect(worst).toBeLessThan(2e-4);
  });
});

const inverse = (A: readonly (readonly number[])[]): number[][] => {
  const [a, b, d] = [A[0]![0], A[0]![1], A[1]![1]];
  const det = a! * d! - b! * b!;
  return [[d! / det, -b! / det], [-b! / det, a! / det]]; // prettier-ignore
};
const times = (A: number[][], v: number[]): number[] => A.map((row) => row[0]! * v[0]! + row[1]! * v[1]!);

describe('clouds of draws', () => {
  it('come to rest under SVGD where the kernel Stein discrepancy is small', async () => {
    const space = particleSpace({ engine, initial: target, count: 60 });
    const kernel = radialKernel('gaussian', gaussianProfile, 'median-log');
    let mu = await space.initial(stream('svgd'));
    const length = async (of: ParticleMeasure): Promise<number> => {
      const v = await space.kernelGradient(kl(target), kernel, of);
      return space.inner(of, v, v);
    };
    const before = await length(mu);
    for (let n = 0; n < 60; n++) mu = await space.push(mu, await space.kernelGradient(kl(target), kernel, mu), -0.5);
    expect(await length(mu)).toBeLessThan(1e-2 * before);
    const { mean, covariance } = await space.moments(mu);
    // 60 particles of SVGD have the mean to a percent, and a covariance somewhat too small.
    expect(gapOf([mean], [[0, 0.5]])).toBeLessThan(5e-2);
    expect(covariance[0]![0]!).toBeGreaterThan(0.6);
    expect(covariance[0]![0]!).toBeLessThan(1.15);
    expect(covariance[0]![1]!).toBeLessThan(-0.1);
  });

  it('have the moments of the target under MALA, at a step size where Langevin alone has not', async () => {
    const n = 3000;
    const space = particleSpace({ engine, initial: target, count: n });
    const G = kl(target);
    const gamma = 0.25;
    let mu: ParticleMeasure = { points: stream('start').normal([n, 2]) };
    let accepted = 0;
    for (let step = 1; step <= 60; step++) {
      const made = await space.metropolis(G, mu, gamma, stream(`mala/${step}`));
      mu = made.measure;
      accepted += made.acceptance / 60;
    }
    expect(accepted).toBeGreaterThan(0.5);
    expect(accepted).toBeLessThan(0.99);
    const { mean, covariance } = await space.moments(mu);
    const [s11, s22, s12] = [1, 0.5, -0.3];
    // Four standard errors: of means sqrt(S_ii / n), of covariances sqrt((S_ii S_jj + S_ij^2) / n).
    const within = (got: number, expected: number, variance: number) =>
      expect(Math.abs(got - expected)).toBeLessThan(4 * Math.sqrt(variance / n));
    within(mean[0]!, 0, s11);
    within(mean[1]!, 0.5, s22);
    within(covariance[0]![0]!, s11, 2 * s11 ** 2);
    within(covariance[1]![1]!, s22, 2 * s22 ** 2);
    within(covariance[0]![1]!, s12, s11 * s22 + s12 ** 2);
    // Langevin's stationary covariance P^-1 (I - gamma P / 2)^-1 is off by far more: 0.12 in the second variance,
    // where four standard errors are 0.052.
    const P = inverse([[1, -0.3], [-0.3, 0.5]]); // prettier-ignore
    const M = inverse([[1 - (gamma / 2) * P[0]![0]!, (-gamma / 2) * P[0]![1]!], [0, 1 - (gamma / 2) * P[1]![1]!]]); // prettier-ignore
    const biased = -0.3 * M[0]![1]! + 0.5 * M[1]![1]!;
    expect(biased - s22).toBeGreaterThan(2 * 4 * Math.sqrt((2 * s22 ** 2) / n));
  });

  it('give the same numbers for the same stream, whatever was drawn before', async () => {
    const space = particleSpace({ engine, initial: target, count: 50 });
    const mu = await space.initial(stream('same'));
    const rng = stream('step');
    const first = await space.metropolis(kl(target), mu, 0.3, rng);
    const second = await space.metropolis(kl(target), mu, 0.3, rng);
    expect(second).toEqual(first);
    expect((first.measure.points as NdArray).data).not.toEqual(mu.points.data);
  });
});
