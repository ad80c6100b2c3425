import type { Distribution, Functional, Potential } from '@wasserflow/core';
import { entropy, kl, potentialEnergy } from '@wasserflow/functionals';
import plugin from '@wasserflow/functionals';
import { expect, it } from 'vitest';

const potential: Potential = {
  dimension: 1,
  quadratic: { precision: [[2]], center: [1], constant: 0 },
  convexity: 2,
  smoothness: 2,
};
const known: Distribution = { id: 'known', dimension: 1, potential, logNormalizer: 0.57 };
const upToConstant: Distribution = { id: 'up-to-constant', dimension: 1, potential };
const samples: Distribution = { id: 'digits', dimension: 1 };

it('kl is entropy plus potential plus log Z, with what its potential knows', () => {
  const expected: Functional = {
    id: 'kl',
    terms: { entropy: 1, potential, constant: 0.57 },
    convexity: 2,
    smoothness: 2,
    target: known,
  };
  expect(kl(known)).toEqual(expected);
  expect(kl(upToConstant).terms!.constant).toBe(0);
});

it('claims no convexity that its potential does not prove', () => {
  const { convexity: _, ...bare } = potential;
  expect(kl({ ...known, potential: bare })).not.toHaveProperty('convexity');
});

it('entropy is convex and has no minimiser', () => {
  expect(entropy()).toEqual({ id: 'entropy', terms: { entropy: 1, constant: 0 }, convexity: 0 });
});

it('potential integrates the potential of its target, which is not its minimiser', () => {
  const G = potentialEnergy(known);
  expect(G.terms).toEqual({ entropy: 0, potential, constant: 0 });
  expect(G).toMatchObject({ convexity: 2, smoothness: 2 });
  expect(G).not.toHaveProperty('target');
});

it('a law without a density is refused in one sentence', () => {
  for (const [id, make] of Object.entries({ kl, potential: potentialEnergy }))
    expect(() => make(samples)).toThrow(
      `\`${id}\` needs a law with a known density, but \`digits\` is known by samples only; use a target such as`,
    );
});

it('the plugin contributes them all', () => {
  expect(plugin.contributes.map(({ kind }) => kind)).toEqual(plugin.contributes.map(() => 'functional'));
  expect(plugin.contributes.map(({ id }) => id).sort()).toEqual(
    [
      'kl',
      'entropy',
      'congestion',
      'internal',
      'potential',
      'interaction',
      'reverse-kl',
      'chi-square',
      'renyi',
      'hellinger',
      'jensen-shannon',
      'fisher',
      'mmd',
      'ksd',
      'w2',
      'sliced-w2',
      'sinkhorn',
      'sum',
      'scale',
      'custom',
    ].sort(),
  );
});
