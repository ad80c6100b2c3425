/** What mirror, kernel and regularised steps say where they cannot go. */
import { calculusOf, energy, type AffineField, type GaussianMeasure, type Potential } from '@wasserflow/core';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { expect, it } from 'vitest';

const mu: GaussianMeasure = { mean: [1], covariance: [[2]] };
const space = calculusOf(gaussianSpace({ id: 'initial', dimension: 1, gaussian: mu }));
const quadratic = (precision: number, center: number): Potential => ({
  dimension: 1,
  quadratic: { precision: [[precision]], center: [center], constant: 0 },
});
const field = (linear: number, constant: number): AffineField => ({
  linear: [[linear]],
  center: [1],
  constant: [constant],
});
const entropy = energy('entropy', { entropy: 3, constant: 0 });

it("mirror by a H: -a T' S^-1 = v with T = -a L^-1 S^-1, on the line S' = a^2 / (L^2 S)", async () => {
  const { measure, status } = await space.mirror(entropy, mu, field(-0.5, 0));
  expect(status).toBe('ok');
  expect(measure.mean).toEqual([1]);
  expect(measure.covariance[0]![0]).toBeCloseTo(9 / (0.25 * 2), 13);
  // grad of a H at the result, after the map x -> 1 + B (x - 1) with B = 3 / (0.5 * 2).
  const dual = await space.gradient(entropy, measure);
  expect(dual.linear[0]![0]! * 3).toBeCloseTo(-0.5, 14);
});

it('mirror says so where no density solves it', async () => {
  const flat = await space.mirror(entropy, mu, field(0, 0));
  expect(flat).toMatchObject({ status: 'non-finite', measure: mu });
  expect(flat.message).toContain('its linear part is singular');
  expect((await space.mirror(entropy, mu, field(NaN, 0))).message).toContain('not finite');
  const well = energy('well', { entropy: 0, potential: quadratic(2, 5), constant: 0 });
  expect((await space.mirror(well, mu, field(0, 1))).message).toContain('not positive definite');
  // y = c + v(x) / P
  const { measure } = await space.mirror(well, mu, field(1, -1));
  expect(measure.mean[0]).toBeCloseTo(4.5, 14);
  expect(measure.covariance[0]![0]).toBeCloseTo(0.5, 14);
});

it('mirror refuses a potential that is not strictly convex, and entropy with a potential', async () => {
  const saddle = energy('saddle', { entropy: 0, potential: quadratic(-1, 0), constant: 0 });
  await expect(space.mirror(saddle, mu, field(1, 0))).rejects.toThrow('has to be strictly convex');
  const both = energy('kl', { entropy: 1, potential: quadratic(1, 0), constant: 0 });
  await expect(space.mirror(both, mu, field(1, 0))).rejects.toThrow(
    '`mirror` of `kl` on space `gaussian`: as a mirror map',
  );
});

it('the regularised gradient needs an entropy, a quadratic potential, and a kernel', async () => {
  const potential = energy('potential', { entropy: 0, potential: quadratic(1, 0), constant: 0 });
  await expect(space.regularizedGradient(potential, mu, 0.1)).rejects.toThrow('needs an entropy of positive weight');
  const concave = energy('concave', { entropy: 1, potential: quadratic(-4, 0), constant: 0 });
  await expect(space.regularizedGradient(concave, mu, 0.25)).rejects.toThrow('has no kernel for T = 0.25');
  // Without a potential rho_T is the heat flow: N(m, s + 2 a T).
  const heat = await space.regularizedGradient(energy('heat', { entropy: 0.5, constant: 0 }), mu, 0.3);
  expect(heat.linear[0]![0]).toBeCloseTo(-0.5 / (2 + 0.3), 14);
});
