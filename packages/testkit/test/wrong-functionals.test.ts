/** What a functional declares wrongly of itself is caught; what it declares rightly is not. */
import { energy, type Functional, type GaussianMeasure, type Potential, type Space } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { particleSpace } from '@wasserflow/space-particles';
import { quantileSpace } from '@wasserflow/space-quantile';
import { gaussian } from '@wasserflow/targets';
import { ops } from '@wasserflow/tensor';
import {
  gaussiansInPlane,
  agreementFindings,
  convexityFindings,
  flowLossFindings,
  gradientFindings,
  numberFindings,
  proxFindings,
  smoothnessFindings,
  subjectOf,
  targetFindings,
} from '@wasserflow/testkit';
import { describe, expect, it } from 'vitest';

const initial = gaussian({
  mean: [0.4, -0.2],
  covariance: [
    [1.2, 0.3],
    [0.3, 0.7],
  ],
});
const target = gaussian(gaussiansInPlane.target);
const line = gaussian({ mean: [0.1], variance: 0.6 });
const { convexity, smoothness } = target.potential!;

const kl = energy('kl', { entropy: 1, potential: target.potential!, constant: target.logNormalizer! }, target);
const potential = energy('potential', { entropy: 0, potential: target.potential!, constant: 0 });

/** V(x) = (x^2 - 1)^2 / 4 on the line: V'' = 3 x^2 - 1 is -1 at zero. */
const well: Potential = {
  dimension: 1,
  pointwise: {
    value: ([x = 0]) => (x * x - 1) ** 2 / 4,
    gradient: ([x = 0]) => [x ** 3 - x],
    hessian: ([x = 0]) => [[3 * x * x - 1]],
  },
};
const wellEnergy = energy('well', { entropy: 0, potential: well, constant: 0 });

const plane = async (): Promise<Space> => gaussianSpace(initial);
const onLine = async (): Promise<Space> => gaussianSpace(line);
const cloud = async (): Promise<Space> =>
  particleSpace({ engine: await tfjsEngine('cpu'), initial, count: 20 }) as unknown as Space;

const away = ({ mean, covariance }: GaussianMeasure): GaussianMeasure => ({ mean: mean.map((m) => m + 1), covariance });

type Check = typeof gradientFindings;
const found = async (check: Check, G: Functional, space: () => Promise<Space> = plane, tolerance = 1e-6) =>
  check(await subjectOf(await space(), { functional: G, seed: 'wrong', tolerance }));

describe('a proximal step', () => {
  it('lowers the objective; one that goes the other way, or does not end well, is told', async () => {
    expect(await found(proxFindings, kl)).toEqual([]);
    const wrong = { ...kl, facets: { gaussian: { value: () => 0, prox: away } } };
    const [sentence] = await found(proxFindings, wrong);
    expect(sentence).toContain('raises its objective');
  });
});

describe('convexity', () => {
  it('of KL is that of its potential, and no more', async () => {
    expect(await found(convexityFindings, kl)).toEqual([]);
    const [sentence] = await found(convexityFindings, { ...kl, convexity: 1.1 * convexity! });
    expect(sentence).toContain('`kl` declares the convexity');
  });

  it('is seen on points too', async () => {
    expect(await found(convexityFindings, potential, cloud, 1e-4)).toEqual([]);
    expect(await found(convexityFindings, { ...potential, convexity: 1.2 * convexity! }, cloud, 1e-4)).not.toEqual([]);
  });

  it('of a double well is -1, which only narrow measures between the wells see', async () => {
    expect(await found(convexityFindings, { ...wellEnergy, convexity: -1 }, onLine)).toEqual([]);
    expect(await found(convexityFindings, { ...wellEnergy, convexity: -0.8 }, onLine)).not.toEqual([]);
  });

  it('of minus the entropy is not zero', async () => {
    const concave = { ...energy('concave', { entropy: -1, constant: 0 }), convexity: 0 };
    expect(await found(convexityFindings, concave)).not.toEqual([]);
  });
});

describe('smoothness', () => {
  it('is that of the smooth part, and no less', async () => {
    expect(await found(smoothnessFindings, kl)).toEqual([]);
    expect(await found(smoothnessFindings, { ...kl, smoothness: 0.9 * smoothness! })).not.toEqual([]);
  });
});

describe('facets', () => {
  const law = kl.terms!;
  const space = gaussianSpace(initial);
  const facetWith = (factor: number, slope: number): Functional => ({
    id: 'faceted',
    facets: {
      gaussian: {
        value: (mu) => factor * (law.entropy * -Math.log(mu.covariance[0]![0]!)),
        gradient: (mu) => ({
          linear: [
            [(-2 * slope * factor) / mu.covariance[0]![0]!, 0],
            [0, 0],
          ],
          center: mu.mean,
          constant: [0, 0],
        }),
      },
    },
  });

  it('have the gradient of their value', async () => {
    expect(await found(gradientFindings, facetWith(1, 1))).toEqual([]);
    for (const slope of [-1, 1.05, 2]) expect(await found(gradientFindings, facetWith(1, slope))).not.toEqual([]);
  });

  it('of points have the Wasserstein gradient, n times the gradient by each point', async () => {
    const spread = (slope: number): Functional => ({
      id: 'spread',
      facets: {
        particles: {
          value: (points) => ops.mean(ops.sum(ops.square(points), 1)),
          gradient: (points) => ops.mul(points, slope),
        },
      },
    });
    expect(await found(gradientFindings, spread(2), cloud, 1e-4)).toEqual([]);
    expect(await found(gradientFindings, spread(2 / 20), cloud, 1e-4)).not.toEqual([]);
  });

  it('agree between spaces, also where value and gradient are wrong alike', async () => {
    const q = gaussian({ mean: [0], variance: 1 });
    const G = energy('kl', { entropy: 1, potential: q.potential!, constant: q.logNormalizer! }, q);
    const doubled: Functional = { ...G, facets: { gaussian: { value: () => 0.3 } } };
    const holders = [
      { name: 'gaussian', space: gaussianSpace(line) as Space, error: 1e-6 },
      { name: 'quantile', space: quantileSpace(line, { nodes: 80 }) as Space, error: 0.05 },
    ];
    expect(await agreementFindings(G, line, holders)).toEqual([]);
    expect(await agreementFindings(doubled, line, holders)).not.toEqual([]);
  });

  it('of flows have a loss that goes up and down with the value', async () => {
    const loss = (V: number, logDet: number): Functional => ({
      ...kl,
      facets: {
        flow: {
          needsLogDet: true,
          loss: (batch) =>
            ops.sub(ops.mul(ops.mean(target.potential!.value!(batch.y)), V), ops.mul(ops.mean(batch.logDet!), logDet)),
        },
      },
    });
    const engine = await tfjsEngine('cpu');
    const findings = (G: Functional) => found((subject) => flowLossFindings(subject, engine), G);
    expect(await findings(loss(1, 1))).toEqual([]);
    for (const [V, logDet] of [
      [1, -1],
      [-1, 1],
      [2, 1],
      [1, 0.5],
    ] as const)
      expect(await findings(loss(V, logDet))).not.toEqual([]);
  });

  it('give numbers', async () => {
    const broken: Functional = { id: 'broken', facets: { gaussian: { value: ({ mean }) => Math.sqrt(-mean[0]!) } } };
    expect(await found(numberFindings, kl)).toEqual([]);
    expect(await found(numberFindings, broken)).not.toEqual([]);
    expect(space.id).toBe('gaussian');
  });
});

describe('target', () => {
  it('is the minimiser, and another law is not', async () => {
    expect(await found(targetFindings, kl)).toEqual([]);
    const sentences = await found(targetFindings, { ...kl, target: initial });
    expect(sentences.join()).toMatch(/^\|grad `kl`\| at its target is .* compared with a measure near it/);
  });
});
