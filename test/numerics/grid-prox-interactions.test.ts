/** JKO steps on space `grid` of what acts over distances: interactions, and facets with a first variation. */
import { calculusOf, energy, type Functional, type GridMeasure, type Interaction } from '@wasserflow/core';
import {
  chiSquare,
  entropy,
  gaussianInteraction,
  hellinger,
  interactionEnergy,
  jensenShannon,
  logarithmicInteraction,
  quadraticInteraction,
  renyi,
  reverseKl,
  sum,
  w2,
} from '@wasserflow/functionals';
import { quantileSpace } from '@wasserflow/space-quantile';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { confinement, l1, porousMedium, spaceOn } from './grid-laws.js';

const rng = stream('interactions');
const context = { rng };
const normal = (mean: readonly number[], variance: number) => ({
  id: 'normal',
  dimension: mean.length,
  gaussian: { mean, covariance: mean.map((_, i) => mean.map((__, j) => (i === j ? variance : 0))) },
});
const line = (cells: number, half: number) => calculusOf(spaceOn([cells], half));
const withEntropy = (W: Interaction, weight: number): Functional => sum([entropy(), interactionEnergy(W, weight)]);

/** h^2 / 12 for the masses of cells, and once more for a density that is constant on them. */
const binned = ({ lower, upper, mass: { shape } }: GridMeasure): number =>
  ((upper[0]! - lower[0]!) / shape[0]!) ** 2 / 6;

/** sigma' > 0 with (sigma' - sigma) / gamma + k sigma' - pull = 1 / sigma'. */
function nextDeviation(sigma: number, gamma: number, k: number, pull = 0): number {
  const [a, b] = [1 / gamma + k, sigma / gamma + pull];
  return (b + Math.sqrt(b * b + 4 * a)) / (2 * a);
}

describe('between Gaussians', () => {
  it.each([
    [3, 0.4],
    [20, 1],
    [-0.5, 0.5],
  ])(
    'the quadratic interaction with k = %d, gamma = %d keeps the mean, and pulls as k |x|^2 / 2 about it',
    async (k, gamma) => {
      const space = line(300, 12);
      const mu = await space.represent(normal([0.7], 1.2 ** 2), rng);
      const step = await space.prox(withEntropy(quadraticInteraction(), k), mu, gamma, context);
      expect(step.status).toBe('ok');
      expect(step.residual).toBeLessThan(1e-9);
      const { mean, covariance } = await space.moments(step.measure);
      const expected = nextDeviation(1.2, gamma, k);
      const h2 = binned(mu);
      // The widest law has the walls at six deviations.
      expect(mean[0]).toBeCloseTo(0.7, 6);
      expect(Math.abs(Math.sqrt(covariance[0]![0]! - h2) - expected)).toBeLessThan(h2 / expected);
      const objective =
        -Math.log(2 * Math.PI * Math.E * expected ** 2) / 2 +
        (k * expected ** 2) / 2 +
        (expected - 1.2) ** 2 / (2 * gamma);
      expect(Math.abs(step.objective! - objective)).toBeLessThan((1 + Math.abs(k) + 1 / expected ** 2) * h2);
    },
  );

  it('the facet w2 of a sum pulls mean and deviation towards the target', async () => {
    const gamma = 0.5;
    const space = line(200, 7);
    const mu = await space.represent(normal([0], 1), rng);
    const { status, measure } = await space.prox(sum([entropy(), w2(normal([1], 0.25), rng)]), mu, gamma, context);
    expect(status).toBe('ok');
    const { mean, covariance } = await space.moments(measure);
    const h2 = binned(mu);
    expect(Math.abs(mean[0]! - gamma / (1 + gamma))).toBeLessThan(h2);
    expect(Math.abs(Math.sqrt(covariance[0]![0]! - h2) - nextDeviation(1, gamma, 1, 0.5))).toBeLessThan(h2);
  });

  it('w2 alone, which nothing spreads, is solved with entropic regularisation by default', async () => {
    const space = calculusOf(spaceOn([120], 6, { method: undefined, epsilon: 0.02 }));
    const mu = await space.represent(normal([0], 1), rng);
    const { status, measure, moved2 } = await space.prox(w2(normal([1], 0.25), rng), mu, 1, context);
    expect(status).toBe('ok');
    const { mean, covariance } = await space.moments(measure);
    // Half way along the geodesic, up to epsilon^2: a blur would add epsilon / 2 to the variance.
    expect(mean[0]).toBeCloseTo(0.5, 4);
    expect(Math.abs(covariance[0]![0]! - binned(mu) - 0.75 ** 2)).toBeLessThan(1e-3);
    expect(Math.abs(moved2! - 0.5 ** 2 - 0.25 ** 2)).toBeLessThan(1e-3);
  });
});

describe('Keller-Segel on the line', () => {
  const gamma = 0.1;
  const G = (chi: number) => withEntropy(logarithmicInteraction(), 2 * chi);

  it.each([0.5, 1.5])('has the step of space quantile, its virial and first-order condition: chi = %d', async (chi) => {
    const space = line(200, 7);
    const mu = await space.represent(normal([0], 1), rng);
    const { status, measure } = await space.prox(G(chi), mu, gamma, context);
    expect(status).toBe('ok');
    const h2 = binned(mu);

    const other = calculusOf(quantileSpace(normal([0], 1), { nodes: 100 }));
    const nodes = await other.prox(G(chi), await other.represent(normal([0], 1), rng), gamma, context);
    const [a, b] = [await space.moments(measure), await other.moments(nodes.measure)];
    // Both err: cells by h^2, nodes by the tails beyond the last of them.
    expect(Math.abs(a.covariance[0]![0]! - h2 - b.covariance[0]![0]!)).toBeLessThan(0.006);

    const back = await space.transport(measure, mu);
    const [n] = measure.mass.shape;
    const faces = Float64Array.from({ length: n! + 1 }, (_, i) => -7 + (14 * i) / n!);
    const position = { faces: [{ shape: [n! + 1], data: faces }] };
    // Products of fields at faces are of second order too.
    expect(Math.abs((await space.inner(measure, position, back)) / -gamma - (1 - chi))).toBeLessThan(0.01);

    const gradient = await space.gradient(G(chi), measure);
    const defect = await space.combine([
      { weight: 1, of: gradient },
      { weight: -1 / gamma, of: back },
    ]);
    // Beside a gradient of about one at the start; in the tails maps between cells err most.
    expect(Math.sqrt(await space.inner(measure, defect, defect))).toBeLessThan(0.02);
  });
});

describe('divergences, solved by the density of each cell', () => {
  const gamma = 0.2;
  const target = normal([0.5], 1.6);
  const density = { dimension: 1, quadratic: { precision: [[1 / 1.6]], center: [0.5], constant: 0 } };
  const law = { ...target, potential: density, logNormalizer: Math.log(2 * Math.PI * 1.6) / 2 };
  const divergences = {
    'chi-square': chiSquare(law),
    hellinger: hellinger(law),
    'jensen-shannon': jensenShannon(law),
    'renyi, order 2': renyi(law, 2),
    'renyi, order 1/2': renyi(law, 0.5),
    'reverse-kl': reverseKl(law),
  };

  it.each(Object.entries(divergences))('%s: the slopes of cells are the first variation', async (_, G) => {
    const mu = await line(60, 6).represent(normal([0], 1), rng);
    const facet = G.facets!.grid!;
    const { slope, rate, factor } = facet.local!(mu);
    const all = facet.firstVariation!(mu);
    const volume = 12 / 60;
    for (const c of [5, 25, 33, 50]) {
      const r = Math.log(mu.mass.data[c]! / volume);
      expect(factor * slope(c, r)).toBeCloseTo(all[c]!, 9);
      // Central differences of step 1e-4 err by its square.
      expect((slope(c, r + 1e-4) - slope(c, r - 1e-4)) / 2e-4 / rate(c, r)).toBeCloseTo(1, 6);
      expect(factor * rate(c, r)).toBeGreaterThan(0);
    }
  });

  it.each(Object.entries(divergences))('%s: the first-order condition of a step', async (_, G) => {
    const space = line(100, 6);
    const mu = await space.represent(normal([0], 1), rng);
    const { status, measure, objective } = await space.prox(G, mu, gamma, context);
    expect(status).toBe('ok');
    expect(objective!).toBeLessThan(await space.value(G, mu));
    const back = await space.transport(measure, mu);
    const gradient = await space.gradient(G, measure);
    const defect = await space.combine([
      { weight: 1, of: gradient },
      { weight: -1 / gamma, of: back },
    ]);
    const size = await space.inner(measure, gradient, gradient);
    // Maps between cells err by h^2, most in the tails.
    expect(Math.sqrt((await space.inner(measure, defect, defect)) / size)).toBeLessThan(0.05);
  });

  it('chi-square has the step of space quantile', async () => {
    const G = divergences['chi-square'];
    const space = line(200, 7);
    const { measure } = await space.prox(G, await space.represent(normal([0], 1), rng), gamma, context);
    const other = calculusOf(quantileSpace(normal([0], 1), { nodes: 100 }));
    const nodes = await other.prox(G, await other.represent(normal([0], 1), rng), gamma, context);
    const [a, b] = [await space.moments(measure), await other.moments(nodes.measure)];
    // Nodes end where the outermost hundredths of the mass do.
    expect(Math.abs(a.mean[0]! - b.mean[0]!)).toBeLessThan(0.002);
    expect(Math.abs(a.covariance[0]![0]! - binned(measure) - b.covariance[0]![0]!)).toBeLessThan(0.012);
  });
});

describe('the objective', () => {
  it('is below that of staying, also where a plain fixed point does not contract and G is far from convex', async () => {
    const space = line(120, 6);
    const mu = await space.represent(normal([0], 1.5), rng);
    const G = sum([energy('slight', { entropy: 0.1, constant: 0 }), interactionEnergy(gaussianInteraction(0.5), 4)]);
    const { status, measure, objective } = await space.prox(G, mu, 3, context);
    expect(status).toBe('ok');
    const moved = await space.distance2(mu, measure);
    const value = await space.value(G, measure);
    expect(objective).toBeCloseTo(value + moved / 6, 9);
    expect(objective!).toBeLessThan((await space.value(G, mu)) - 0.1);
  });
});

describe('in a plane', () => {
  it.each(['entropic', 'back-and-forth'] as const)(
    '%s: about a centred law the quadratic interaction is the potential |x|^2 / 2',
    async (method) => {
      const space = calculusOf(spaceOn([28, 28], 3, { method }));
      const mu = await space.represent(normal([0, 0], 0.4), rng);
      const alone = method === 'entropic' ? energy('H', { entropy: 1, constant: 0 }) : porousMedium(2);
      const within = method === 'entropic' ? { entropy: 1 } : { entropy: 0, internal: [{ weight: 1, power: 2 }] };
      const together = sum([alone, interactionEnergy(quadraticInteraction(), 1)]);
      const outside = energy('V', { ...within, potential: confinement(1, 2), constant: 0 });
      const [a, b] = [await space.prox(together, mu, 0.3, context), await space.prox(outside, mu, 0.3, context)];
      expect([a.status, b.status]).toEqual(['ok', 'ok']);
      // Back-and-forth ends where its residual settles, from another start at another place.
      expect(l1(a.measure, b.measure)).toBeLessThan(method === 'entropic' ? 1e-8 : 0.01);
    },
  );
});
