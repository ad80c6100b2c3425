/** Steps and values that were computed independently, node by node. */
import { energy, type Distribution, type Functional } from '@wasserflow/core';
import {
  absoluteInteraction,
  interactionEnergy,
  logarithmicInteraction,
  mmd,
  potentialEnergy,
  quadraticInteraction,
  sum,
} from '@wasserflow/functionals';
import { energyKernel } from '@wasserflow/kernels';
import { derivatives, termsFunction } from '@wasserflow/space-quantile';
import { doubleWell, gaussian, laplace, quartic } from '@wasserflow/targets';
import { describe, expect, test } from 'vitest';
import { atoms, context, largestGap, linear, numbers, quadratic, rng, space } from './laws.js';
import oracles from './oracles.json' with { type: 'json' };

const TIGHT = 1e-10;
const onTheLine = space();

/** G + |Q - y|^2 / (2 gamma) by finite sums of the oracle's own: the Hessian's band as full rows. */
function rows({ first, second }: ReturnType<typeof derivatives>): number[][] {
  const { diagonal, off } = second.band;
  return Array.from(first, (_, i) =>
    Array.from(first, (__, j) => (i === j ? diagonal[i]! : Math.abs(i - j) === 1 ? off[Math.min(i, j)]! : 0)),
  );
}

const confined = (lambda: number): Functional =>
  energy('confined', { entropy: 1, potential: quadratic(lambda), constant: 0 });

describe('lumped particles', () => {
  const { inputs, outputs } = oracles.jko1d_lumped_particles;
  const G = confined(inputs.lam);
  const mu = atoms(...inputs.y);

  test('value, derivative and Hessian at the start', async () => {
    expect(await onTheLine.value(G, mu)).toBeCloseTo(outputs.J_at_y, 10);
    const at = derivatives(termsFunction(G.terms!, 'atoms', 5), Float64Array.from(inputs.y));
    expect(largestGap(at.first, outputs.grad_at_y)).toBeLessThan(TIGHT);
    // The oracle's Hessian has the tether 1 / (N gamma) on its diagonal.
    const withTether = rows(at).map((row, i) => row.map((v, j) => v + (i === j ? 1 / (5 * inputs.gamma) : 0)));
    expect(largestGap(withTether.flat(), outputs.hess_at_y.flat())).toBeLessThan(TIGHT);
  });

  test('the minimiser, its objective and its residual', async () => {
    const { measure, objective, status, residual } = await onTheLine.prox(G, mu, inputs.gamma, context);
    expect(status).toBe('ok');
    expect(residual).toBeLessThan(1e-12);
    expect(largestGap(numbers(measure), outputs.minimiser)).toBeLessThan(TIGHT);
    expect(objective).toBeCloseTo(outputs.J_min, 10);
  });
});

describe('piecewise linear quantile functions', () => {
  const { inputs, outputs } = oracles.jko1d_piecewise_linear_quantile_m1;
  const G = confined(inputs.lam);
  const mu = linear(...inputs.y);

  test('value, derivative and Hessian at the start', async () => {
    expect(await onTheLine.value(G, mu)).toBeCloseTo(outputs.J_at_y, 10);
    const at = derivatives(termsFunction(G.terms!, 'linear', 5), Float64Array.from(inputs.y));
    expect(largestGap(at.first, outputs.grad_at_y)).toBeLessThan(TIGHT);
    const mass = (i: number, j: number): number =>
      i === j ? (i === 0 || i === 4 ? 1 : 2) / 12 : Math.abs(i - j) === 1 ? 1 / 24 : 0;
    const withTether = rows(at).map((row, i) => row.map((v, j) => v + mass(i, j) / inputs.gamma));
    expect(largestGap(withTether.flat(), outputs.hess_at_y.flat())).toBeLessThan(TIGHT);
  });

  test('the minimiser, its objective and the distance to it', async () => {
    const { measure, objective, moved2 } = await onTheLine.prox(G, mu, inputs.gamma, context);
    expect(largestGap(numbers(measure), outputs.minimiser)).toBeLessThan(TIGHT);
    expect(objective).toBeCloseTo(outputs.J_min, 10);
    expect(moved2).toBeCloseTo(outputs.W2sq, 10);
  });

  test('porous medium, m = 2: no node can be moved for the better, and the virial identity holds', async () => {
    const H = energy('porous', {
      entropy: 0,
      internal: [{ weight: 1, power: 2 }],
      potential: quadratic(inputs.lam),
      constant: 0,
    });
    // By hand at y: h = 0.9, 0.7, 0.4, 1.3; U = (1/4) sum 1 / (4 h) and the potential of m = 1.
    const U = [0.9, 0.7, 0.4, 1.3].reduce((sum, h) => sum + 1 / (16 * h), 0);
    const V = outputs.J_at_y + [0.9, 0.7, 0.4, 1.3].reduce((sum, h) => sum + Math.log(4 * h) / 4, 0);
    expect(await onTheLine.value(H, mu)).toBeCloseTo(U + V, 12);
    const { measure, objective } = await onTheLine.prox(H, mu, inputs.gamma, context);
    const x = numbers(measure);
    for (let i = 0; i < 5; i++)
      for (const shift of [-1e-4, 1e-4]) {
        const nu = linear(...x.with(i, x[i]! + shift));
        const there = (await onTheLine.value(H, nu)) + (await onTheLine.distance2(mu, nu)) / (2 * inputs.gamma);
        expect(there).toBeGreaterThan(objective!);
      }
  });
});

describe('potentials alone', () => {
  const { inputs, outputs } = oracles.jko_potential_prox;
  const laws = {
    abs: laplace(),
    quadratic: gaussian({ mean: [0] }),
    quartic: quartic(),
    double_well: doubleWell(),
  };
  const gammaOf = (name: string): number => (name === 'double_well' ? inputs.gamma_double_well : inputs.gamma);

  for (const [name, law] of Object.entries(laws))
    for (const make of [atoms, linear])
      test(`the proximal map of ${name}, on ${make(0, 1).kind}`, async () => {
        const G = potentialEnergy(law);
        const { measure, status, residual } = await onTheLine.prox(G, make(...inputs.x), gammaOf(name), context);
        expect(status).toBe('ok');
        expect(residual).toBeLessThan(1e-13);
        expect(largestGap(numbers(measure), outputs[name as keyof typeof outputs])).toBeLessThan(TIGHT);
      });

  test('beyond 1 / -lambda the step says that its minimiser need not be unique', async () => {
    const { status, message } = await onTheLine.prox(
      potentialEnergy(laws.double_well),
      atoms(...inputs.x),
      1.5,
      context,
    );
    expect(status).toBe('not-converged');
    expect(message).toMatch(/only -1-convex; use a size below 1/);
  });
});

describe('interactions of atoms', () => {
  const { inputs, outputs } = oracles.jko_interaction_1d_particles;
  const mu = atoms(...inputs.y);
  const step = async (G: Functional, gamma = inputs.gamma) => {
    const { measure, status } = await onTheLine.prox(G, mu, gamma, context);
    expect(status).toBe('ok');
    return numbers(measure);
  };

  test('quadratic', async () => {
    const G = interactionEnergy(quadraticInteraction(), inputs.k);
    expect(largestGap(await step(G), outputs.quadratic)).toBeLessThan(TIGHT);
  });

  test('|z|, whose energy is known by ranks', async () => {
    const G = interactionEnergy(absoluteInteraction());
    expect(await onTheLine.value(G, mu)).toBeCloseTo(outputs.E_abs_at_y, 12);
    expect(largestGap(await step(G), outputs.attractive)).toBeLessThan(TIGHT);
    const collapsed = await step(G, inputs.gamma_collapse);
    expect(largestGap(collapsed, outputs.attractive_collapse)).toBeLessThan(TIGHT);
    expect(new Set(collapsed).size).toBe(3);
  });

  test('-|z|, also from a single point', async () => {
    const G = interactionEnergy(absoluteInteraction(), -1);
    expect(largestGap(await step(G), outputs.repulsive)).toBeLessThan(TIGHT);
    const { measure } = await onTheLine.prox(G, atoms(2, 2, 2, 2), 0.5, context);
    expect(largestGap(numbers(measure), [1.625, 1.875, 2.125, 2.375])).toBeLessThan(TIGHT);
  });

  test('log gas: the equilibrium lies at the zeros of a Hermite polynomial', async () => {
    const { inputs: gas, outputs: rest } = oracles.loggas_hermite_equilibrium;
    const G = sum([potentialEnergy(gaussian({ mean: [0] })), interactionEnergy(logarithmicInteraction(), -gas.c)]);
    const start = atoms(...Array.from({ length: gas.N }, (_, i) => i / gas.N));
    // A step so long that the tether adds less than 1e-11 to the potential's curvature.
    const { measure, status } = await onTheLine.prox(G, start, 1e11, context);
    expect(status).toBe('ok');
    expect(largestGap(numbers(measure), rest.equilibrium)).toBeLessThan(TIGHT);
    expect((await onTheLine.moments(measure)).covariance[0]![0]).toBeCloseTo(rest.second_moment, 10);
  });
});

describe('the exact flow of +-|z|', () => {
  const { inputs, outputs } = oracles.interaction_abs_exact_flow;
  const uniform = linear(...Array.from({ length: 11 }, (_, i) => inputs.a + ((inputs.b - inputs.a) * i) / 10));
  const attraction = interactionEnergy(absoluteInteraction());
  const ends = (mu: typeof uniform): number[] => [numbers(mu)[0]!, numbers(mu).at(-1)!];

  test('a uniform law shrinks linearly: one step of size t is the flow at t', async () => {
    expect(await onTheLine.value(attraction, uniform)).toBeCloseTo(outputs.energy_t0, 12);
    const { measure } = await onTheLine.prox(attraction, uniform, inputs.t, context);
    // Quadrature of |z| across cells is exact up to the rounding of differences of 1e-12.
    expect(largestGap(ends(measure), outputs.support_attractive)).toBeLessThan(1e-9);
    expect(await onTheLine.value(attraction, measure)).toBeCloseTo(outputs.energy_t, 9);
  });

  test('and is a point from the collapse time on', async () => {
    const { measure, status } = await onTheLine.prox(attraction, uniform, 1.2 * outputs.collapse_time, context);
    expect(status).toBe('ok');
    expect(largestGap(numbers(measure), Array(11).fill(0.5))).toBeLessThan(1e-9);
  });

  test('a point becomes uniform under -|z|', async () => {
    const repulsion = interactionEnergy(absoluteInteraction(), -1);
    const { measure } = await onTheLine.prox(repulsion, linear(...Array(11).fill(inputs.c)), inputs.t, context);
    expect(largestGap(ends(measure), outputs.support_repulsive)).toBeLessThan(1e-9);
  });
});

test('W2 of discrete laws is that of the monotone coupling, also for different numbers of atoms', async () => {
  const { inputs, outputs } = oracles.w2_discrete_1d;
  const repeated = (x: number[], w: number[], n: number) =>
    atoms(...x.flatMap((v, i) => Array<number>(Math.round(w[i]! * n)).fill(v)));
  const [x1, w1, x2, w2] = [inputs.x1, inputs.w1, inputs.x2, inputs.w2];
  expect(await onTheLine.distance2(repeated(x1, w1, 10), repeated(x2, w2, 10))).toBeCloseTo(outputs.W2sq, 12);
  expect(await onTheLine.distance2(repeated(x1, w1, 10), repeated(x2, w2, 5))).toBeCloseTo(outputs.W2sq, 12);
});

describe('MMD^2 / 2 with k = -|x - y| to U[0, 1]', () => {
  const { inputs, outputs } = oracles.mmd_energy_kernel_flow_1d;
  const DRAWS = 1000;
  /** Its draws are the middles of equal parts: the law to 1 / (2 DRAWS) in its distribution function. */
  const uniform: Distribution = {
    id: 'uniform',
    dimension: 1,
    sample: (n) => ({ shape: [n, 1], data: Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n) }),
  };
  const byDraws = mmd(uniform, energyKernel(1), rng, { samples: DRAWS });
  /** The same in closed form for laws in [0, 1], grad = 2 (Q - u): with draws the slope is a staircase. */
  const exactly: Functional = {
    id: 'mmd',
    facets: {
      quantile: {
        value: ({ nodes }) => {
          const n = nodes.data.length - 1;
          const a = Array.from(nodes.data, (x, i) => x - i / n);
          return a.slice(1).reduce((sum, r, i) => sum + (r * r + r * a[i]! + a[i]! ** 2) / (3 * n), 0);
        },
        gradient: ({ nodes }) => Float64Array.from(nodes.data, (x, i) => 2 * (x - i / (nodes.data.length - 1))),
      },
    },
  };
  const start = linear(...Array<number>(9).fill(inputs.c));
  const ends = (x: readonly number[]): number[] => [x[0]!, x.at(-1)!];

  test('has the value of the oracle at a point, and the closed form beside it', async () => {
    // The middles are off by 1 / (3 DRAWS^2) in E|Y - Y'|.
    expect(2 * (await onTheLine.value(byDraws, atoms(inputs.c)))).toBeCloseTo(outputs.MMD2_delta, 6);
    const mu = linear(...Array.from({ length: 41 }, (_, i) => 0.1 + 0.6 * (i / 40) ** 1.5));
    const [found, closed] = await Promise.all([byDraws, exactly].map((G) => onTheLine.gradient(G, mu)));
    // Gauss points of a cell do not act on themselves: an error of a share of 1 / 40.
    expect(largestGap(found!.data, closed!.data)).toBeLessThan(0.02);
    expect(await onTheLine.value(byDraws, mu)).toBeCloseTo(await onTheLine.value(exactly, mu), 3);
  });

  test('is solved by value and gradient alone', async () => {
    const { measure, status, residual } = await onTheLine.prox(exactly, start, inputs.gamma, context);
    expect(status).toBe('ok');
    expect(residual).toBeLessThan(1e-10);
    const all = Array.from({ length: 9 }, (_, i) => (inputs.c + (2 * inputs.gamma * i) / 8) / (1 + 2 * inputs.gamma));
    expect(largestGap(numbers(measure), all)).toBeLessThan(TIGHT);
    expect(largestGap(ends(numbers(measure)), outputs.jko1_support)).toBeLessThan(TIGHT);
  });

  test('many steps tend to the flow', async () => {
    const after = async (count: number): Promise<number[]> => {
      let mu = start;
      for (let i = 0; i < count; i++) mu = (await onTheLine.prox(exactly, mu, inputs.t / count, context)).measure;
      return ends(numbers(mu));
    };
    const [few, more] = [await after(8), await after(16)];
    // First order in gamma; extrapolated, second, which is (1 / 32)^2.
    expect(largestGap(more!, outputs.flow_support)).toBeLessThan(0.02);
    expect(
      largestGap(
        more!.map((v, i) => 2 * v - few![i]!),
        outputs.flow_support,
      ),
    ).toBeLessThan(1e-3);
  });
});
