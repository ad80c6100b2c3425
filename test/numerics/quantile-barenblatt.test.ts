/** Porous medium: source-type solutions, their JKO steps, and convergence to them under refinement. */
import { energy, type Distribution, type Functional } from '@wasserflow/core';
import { logSlope } from '@wasserflow/testkit';
import { describe, expect, test } from 'vitest';
import oracles from './oracles/quantile.json' with { type: 'json' };
import { context, line, normal, rng } from './quantile-laws.js';

interface Profile {
  readonly m: number;
  readonly beta: number;
  readonly k: number;
  readonly C: number;
}

/** The law s^-1 B(x / s), B the Barenblatt profile at time 1, by its density as a potential. */
function barenblatt({ m, k, C }: Profile, s: number): Distribution {
  const density = (x: number): number => Math.max(C - k * (x / s) ** 2, 0) ** (1 / (m - 1)) / s;
  const no = (): never => {
    throw new Error('only values are asked for');
  };
  return {
    id: 'barenblatt',
    dimension: 1,
    potential: {
      dimension: 1,
      pointwise: { value: ([x]) => -Math.log(density(x!)), gradient: no, hessian: no },
    },
  };
}

const porous = (m: number, confinement = 0): Functional =>
  energy('porous', {
    entropy: 0,
    internal: [{ weight: 1, power: m }],
    ...(confinement > 0 && { potential: normal(0, confinement ** -0.5).potential! }),
    constant: 0,
  });

/** s' with (s' - s) / gamma = beta s'^(1 - 1/beta) - lambda s', by bisection. */
function scaleAfter(s: number, gamma: number, beta: number, lambda = 0): number {
  const excess = (t: number): number => (t - s) / gamma - beta * t ** (1 - 1 / beta) + lambda * t;
  let [low, high] = [1e-3, 10];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) high = middle;
    else low = middle;
  }
  return low;
}

const profiles = oracles.barenblatt.inputs
  .map((input, i) => ({ ...input, ...oracles.barenblatt.outputs[i]! }))
  .filter(({ d }) => d === 1);

/** Means over the parts, and thus W2, see this law to O(n^-2); its singular ends to less. */
const FINE = 1600;

describe.each(profiles)('m = $m', (profile) => {
  const { m, beta } = profile;
  /**
   * Q rises from the end of the support like u^((m-1)/m), and the projection misses that by its own size in a cell
   * of length 1/n: in L2, n^-((m-1)/m + 1/2).
   */
  const stated = (m - 1) / m + 0.5;

  test('its density at the centre and half way to its front, where it ends', () => {
    const density = (x: number, s: number): number =>
      Math.exp(-barenblatt(profile, s).potential!.pointwise!.value([x]));
    expect(density(0, 1)).toBeCloseTo(profile.rho_0_t1, 12);
    expect(density(profile.radius_t1 / 2, 1)).toBeCloseTo(profile.rho_half_radius_t1, 12);
    expect(density(0, 2 ** beta)).toBeCloseTo(profile.rho_0_t2, 12);
    expect(density(profile.radius_t1 * (1 + 1e-12), 1)).toBe(0);
    expect(density(profile.radius_t1 * (1 - 1e-12), 1)).toBeGreaterThan(0);
  });

  test('energy, second moment and distance of the profile', async () => {
    const space = line({ nodes: 200 });
    const [one, two] = await Promise.all([1, 2].map((t) => space.represent(barenblatt(profile, t ** beta), rng)));
    expect((await space.value(porous(m), one!)) / profile.energy_t1).toBeCloseTo(1, 3);
    expect((await space.value(porous(m), two!)) / profile.energy_t2).toBeCloseTo(1, 3);
    expect((await space.moments(one!)).covariance[0]![0]! / profile.second_moment_t1).toBeCloseTo(1, 5);
    expect((await space.moments(two!)).covariance[0]![0]! / profile.second_moment_t2).toBeCloseTo(1, 5);
    expect(Math.sqrt(await space.distance2(one!, two!)) / profile.W2_t1_t2).toBeCloseTo(1, 5);
  });

  test('a JKO step ends at the profile of the implicit Euler step, at the stated order', async () => {
    const sizes = [25, 50, 100, 200];
    const gamma = 0.3;
    const exact = await line({ nodes: FINE }).represent(barenblatt(profile, scaleAfter(1, gamma, beta)), rng);
    const errors: number[] = [];
    for (const nodes of sizes) {
      const space = line({ nodes });
      const mu = await space.represent(barenblatt(profile, 1), rng);
      const { measure, status } = await space.prox(porous(m), mu, gamma, context);
      expect(status).toBe('ok');
      errors.push(Math.sqrt(await space.distance2(measure, exact)));
    }
    expect(Math.abs(-logSlope(sizes, errors) - stated)).toBeLessThan(0.05);
    expect(errors.at(-1)).toBeLessThan(4e-3);
  });

  test('steps of size gamma follow the flow from t = 1 to 2 at order one in gamma', async () => {
    const counts = [4, 8, 16];
    const space = line({ nodes: 200 });
    const exact = await space.represent(barenblatt(profile, 2 ** beta), rng);
    const errors: number[] = [];
    for (const count of counts) {
      let mu = await space.represent(barenblatt(profile, 1), rng);
      for (let i = 0; i < count; i++) mu = (await space.prox(porous(m), mu, 1 / count, context)).measure;
      errors.push(Math.sqrt(await space.distance2(mu, exact)));
    }
    // At these sizes the scheme's own errors, s_k against 2^beta, have slope 0.95 to 1; the nodes add a little.
    const own = counts.map((count) => {
      let s = 1;
      for (let i = 0; i < count; i++) s = scaleAfter(s, 1 / count, beta);
      return Math.abs(s - 2 ** beta) * Math.sqrt(profile.second_moment_t1);
    });
    for (const [i, error] of errors.entries()) expect(Math.abs(error - own[i]!)).toBeLessThan(4e-3);
    expect(-logSlope(counts, own)).toBeGreaterThan(0.9);
  });
});

describe('the worked steps for m = 2', () => {
  const { inputs, outputs } = oracles.jko_porous_medium_barenblatt;
  const [profile] = profiles;
  const space = line({ nodes: 400 });
  /** s of s^-1 B(. / s), by its standard deviation. */
  const scaleOf = async (mu: Awaited<ReturnType<typeof space.represent>>): Promise<number> =>
    Math.sqrt((await space.moments(mu)).covariance[0]![0]! / profile!.second_moment_t1);

  test('two free steps, and one confined', async () => {
    const start = await space.represent(barenblatt(profile!, inputs.s0), rng);
    const first = await space.prox(porous(inputs.m), start, inputs.gamma, context);
    const second = await space.prox(porous(inputs.m), first.measure, inputs.gamma, context);
    const confined = await space.prox(porous(inputs.m, 1), start, inputs.gamma, context);
    expect(await scaleOf(first.measure)).toBeCloseTo(outputs.s1, 4);
    expect(await scaleOf(second.measure)).toBeCloseTo(outputs.s2, 4);
    expect(await scaleOf(confined.measure)).toBeCloseTo(outputs.s1_confined_lam1, 4);
    expect(Math.sqrt(first.moved2!)).toBeCloseTo(outputs.W2_step1, 4);
  });

  test('one long confined step ends at the equilibrium', async () => {
    const start = await space.represent(barenblatt(profile!, 1), rng);
    const { measure } = await space.prox(porous(inputs.m, 1), start, 1e8, context);
    expect(await scaleOf(measure)).toBeCloseTo(outputs.s_equilibrium_lam1, 4);
  });
});
