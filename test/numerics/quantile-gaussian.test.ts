/** Space `quantile` beside the closed forms on Gaussians. */
import { energy, type QuantileMeasure } from '@wasserflow/core';
import { kl } from '@wasserflow/functionals';
import { logSlope } from '@wasserflow/testkit';
import { describe, expect, test } from 'vitest';
import oracles from './oracles/quantile.json' with { type: 'json' };
import { context, line, normal, numbers, rng } from './quantile-laws.js';

/** KL to N(mean, 1 / precision). */
const klTo = (mean: number, precision: number) => kl(normal(mean, precision ** -0.5));

const spread = async (mu: QuantileMeasure): Promise<number> => Math.sqrt((await line().moments(mu)).covariance[0]![0]!);
const mean = async (mu: QuantileMeasure): Promise<number> => (await line().moments(mu)).mean[0]!;

describe('one JKO step on KL between Gaussians', () => {
  const { inputs, outputs } = oracles.jko_kl_gaussian_1d;

  test.each(inputs.map((input, i) => ({ ...input, to: outputs[i]! })))(
    'from N($m, $sigma) with gamma $gamma',
    async ({ m, sigma, m_star, lam, gamma, to }) => {
      const space = line({ nodes: 200 });
      const mu = await space.represent(normal(m, sigma), rng);
      const { measure, status, objective, moved2 } = await space.prox(klTo(m_star, lam), mu, gamma, context);
      expect(status).toBe('ok');
      // Means are exact; all else carries what 200 cells do to Gaussian tails, whose entropy is off by 4e-3.
      expect(await mean(measure)).toBeCloseTo(to.m, 10);
      expect(Math.abs((await spread(measure)) - to.sigma)).toBeLessThan(1e-3 * to.sigma);
      expect(Math.abs((await space.value(klTo(m_star, lam), measure)) - to.KL_after)).toBeLessThan(5e-3);
      expect(Math.abs(objective! - to.JKO_objective)).toBeLessThan(5e-3);
      expect(Math.abs(moved2! - to.W2sq_step)).toBeLessThan(1e-3 * Math.max(to.W2sq_step, to.sigma ** 2));
    },
  );

  test.each([
    // In W2 the unresolved tails of the two end parts decide: n^(-1/2), up to a logarithm. Their share of the
    // entropy is n^-1 for `linear`, n^-1 log n for `atoms`. Away from the ends nodes are better by an order.
    ['linear', { value: 0.95, w2: 0.5, inside: 1.4 }],
    ['atoms', { value: 0.8, w2: 0.45, inside: 1.4 }],
  ] as const)('converges under refinement, as %s', async (kind, orders) => {
    const sizes = [50, 100, 200, 400];
    const [input, to] = [inputs[1]!, outputs[1]!];
    const G = klTo(input.m_star, input.lam);
    const errors = [];
    for (const nodes of sizes) {
      const space = line({ nodes, kind });
      const mu = await space.represent(normal(input.m, input.sigma), rng);
      const { measure } = await space.prox(G, mu, input.gamma, context);
      const exact = await space.represent(normal(to.m, to.sigma), rng);
      const gaps = numbers(measure).map((x, i) => Math.abs(x - numbers(exact)[i]!));
      errors.push({
        value: Math.abs((await space.value(G, measure)) - to.KL_after),
        w2: Math.sqrt(await space.distance2(measure, exact)),
        inside: Math.max(...gaps.slice(nodes / 5, (4 * nodes) / 5)),
      });
    }
    for (const name of ['value', 'w2', 'inside'] as const) {
      const fitted = -logSlope(
        sizes,
        errors.map((e) => e[name]),
      );
      expect(fitted).toBeGreaterThan(orders[name]);
    }
    expect(errors.at(-1)!.inside).toBeLessThan(4e-5);
  });
});

test('heat flow: JKO steps of the entropy show the errors of the exact scheme', async () => {
  const { inputs, outputs } = oracles.heat_flow_jko_1d;
  const space = line({ nodes: 400 });
  const heat = energy('entropy', { entropy: 1, constant: 0 });
  for (const [i, count] of inputs.K.slice(0, 3).entries()) {
    let mu = await space.represent(normal(0, inputs.s0), rng);
    for (let k = 0; k < count; k++) mu = (await space.prox(heat, mu, inputs.T / count, context)).measure;
    // The oracle is |sigma - exact| of closed-form steps, which fall short; 400 cells leave 1e-5.
    expect(outputs.exact_sigma - (await spread(mu))).toBeCloseTo(outputs.errors[i]!, 4);
  }
});

test('one step of BDF2, through the proximal map of two anchors', async () => {
  const { inputs, outputs } = oracles.bdf2_jko_1d_step;
  const space = line({ nodes: 400 });
  const [before, now] = await Promise.all([inputs.p0, inputs.p1].map(([m, s]) => space.represent(normal(m!, s!), rng)));
  const { measure, status } = await space.anchoredProx(
    klTo(0, inputs.lam),
    [
      { weight: 1 / inputs.gamma, measure: now! },
      { weight: -1 / (4 * inputs.gamma), measure: before! },
    ],
    context,
  );
  expect(status).toBe('ok');
  expect(await mean(measure)).toBeCloseTo(outputs.m, 10);
  expect(Math.abs((await spread(measure)) - outputs.sigma)).toBeLessThan(1e-4);
});
