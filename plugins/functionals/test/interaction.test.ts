import { createWasserflow, energy, splitEnergy, type Interaction } from '@wasserflow/core';
import {
  absoluteInteraction,
  gaussianInteraction,
  interactionEnergy,
  internalEnergy,
  logarithmicInteraction,
  morseInteraction,
  powerInteraction,
  quadraticInteraction,
} from '@wasserflow/functionals';
import plugin from '@wasserflow/functionals';
import type { Tensor } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { computed } from './laws.js';

const morse = { attraction: 0.7, attractionLength: 2, repulsion: 1.3, repulsionLength: 0.6 };
const forms: [string, Interaction, (r: number) => number][] = [
  ['quadratic', quadraticInteraction(), (r) => r ** 2 / 2],
  ['power 3', powerInteraction(3), (r) => r ** 3 / 3],
  ['power 5', powerInteraction(5), (r) => r ** 5 / 5],
  ['power 3/2', powerInteraction(1.5), (r) => r ** 1.5 / 1.5],
  ['power -1', powerInteraction(-1), (r) => -1 / r],
  ['absolute', absoluteInteraction(), (r) => r],
  ['logarithmic', logarithmicInteraction(), (r) => Math.log(r)],
  ['gaussian', gaussianInteraction(0.8), (r) => -Math.exp(-(r ** 2) / 1.28)],
  ['morse', morseInteraction(morse), (r) => 1.3 * Math.exp(-r / 0.6) - 0.7 * Math.exp(-r / 2)],
];

describe.each(forms)('%s', (_, W, exact) => {
  const squares = [0.09, 0.5, 1, 2.7, 9];

  it('is what it says, in float64 and as tensors', async () => {
    const values = await computed(W.value, [squares]);
    const slopes = await computed(W.slope, [squares]);
    for (const [i, s] of squares.entries()) {
      const { value, first } = W.at(s);
      expect(value).toBeCloseTo(exact(Math.sqrt(s)), 12);
      // float32 of numbers up to 50
      expect(values[i]).toBeCloseTo(value, 4);
      expect(slopes[i]).toBeCloseTo(first, 4);
    }
  });

  it('has the derivatives that differences give', () => {
    const h = 1e-5;
    for (const s of squares) {
      const [less, more] = [W.at(s - h), W.at(s + h)];
      expect(W.at(s).first).toBeCloseTo((more.value - less.value) / (2 * h), 6);
      expect(W.at(s).second).toBeCloseTo((more.first - less.first) / (2 * h), 4);
    }
  });

  it('is finite where a point meets itself, but for what says that it is singular', async () => {
    const { value, first, second } = W.at(0);
    expect(Math.abs(value) === Infinity).toBe(W.singular === true);
    expect([first, second].every(Number.isFinite)).toBe(true);
    expect((await computed(W.slope, [[0]]))[0]).toBeCloseTo(first, 6);
  });

  it('curves as little and as much as it says', () => {
    // Hess W has the eigenvalues 2 f' + 4 s f'' along z and 2 f' across.
    const curvatures = Array.from({ length: 400 }, (_, i) => {
      const { first, second } = W.at((i + 1) * 0.02);
      return [2 * first + 4 * (i + 1) * 0.02 * second, 2 * first];
    }).flat();
    expect(Math.min(...curvatures)).toBeGreaterThanOrEqual((W.convexity ?? -Infinity) - 1e-12);
    expect(Math.max(...curvatures)).toBeLessThanOrEqual((W.smoothness ?? Infinity) + 1e-12);
  });
});

it('the modulus of the Gaussian well is attained at |z|^2 = 3 w^2', () => {
  const W = gaussianInteraction(0.8);
  const { first, second } = W.at(3 * 0.64);
  expect(2 * first + 4 * 3 * 0.64 * second).toBeCloseTo(W.convexity!, 12);
});

describe('the smoothness of interaction energies', () => {
  const x = [-0.02, -0.01, 0.015, 0.015];
  /** The second derivative along x + t v over |v|^2 in L2, of weight / 2 times the double mean of W. */
  const curvature = (W: Interaction, weight: number, v: readonly number[]): number => {
    const value = (t: number): number => {
      const at = x.map((a, i) => a + t * v[i]!);
      return (weight / 32) * at.reduce((sum, a) => sum + at.reduce((s, b) => s + W.at((a - b) ** 2).value, 0), 0);
    };
    const h = 1e-3;
    return (value(h) - 2 * value(0) + value(-h)) / (h * h) / (v.reduce((sum, a) => sum + a * a, 0) / 4);
  };

  it('is weight * L, reached by velocities without a mean', () => {
    const well = gaussianInteraction(0.8);
    const declared = interactionEnergy(well, 3).smoothness!;
    expect(declared).toBeCloseTo(3 / 0.64, 12);
    // The points are 0.04 apart beside a width of 0.8: (0.04 / 0.8)^2 less.
    expect(curvature(well, 3, [1, -1, 1, -1])).toBeGreaterThan(0.99 * declared);
    for (const v of [
      [1, 0, 0, 0],
      [1, 1, 1, 1],
      [1, -1, 1, -1],
      [2, -1, 0.5, 0],
    ])
      // prettier-ignore
      expect(curvature(well, 3, v)).toBeLessThanOrEqual(declared + 1e-6);
  });

  it('of a repulsion is what W lacks in convexity, and adds to that of V', () => {
    const kappa = gaussianInteraction(0.8).convexity!;
    expect(interactionEnergy(gaussianInteraction(0.8), -2).smoothness).toBeCloseTo(-2 * kappa, 12);
    expect(interactionEnergy(quadraticInteraction(), -2).smoothness).toBe(0);
    const V = { dimension: 1, gradient: (y: Tensor) => y, smoothness: 4 };
    const terms = { entropy: 1, potential: V, constant: 0 };
    const pulled = { ...terms, interactions: [{ weight: 3, interaction: quadraticInteraction() }] };
    expect(energy('G', pulled).smoothness).toBe(7);
    expect(splitEnergy(energy('G', pulled))!.smooth.smoothness).toBe(7);
  });

  it('is not claimed where W has a kink or no bound', () => {
    for (const W of [absoluteInteraction(), powerInteraction(3), logarithmicInteraction(), morseInteraction(morse)])
      for (const weight of [1, -1]) expect(interactionEnergy(W, weight)).not.toHaveProperty('smoothness');
  });
});

it('energies claim the convexity that is proved, and no more', () => {
  expect(interactionEnergy(absoluteInteraction()).convexity).toBe(0);
  expect(interactionEnergy(absoluteInteraction(), -1)).not.toHaveProperty('convexity');
  expect(interactionEnergy(logarithmicInteraction())).not.toHaveProperty('convexity');
  expect(internalEnergy({ power: 2 }).convexity).toBe(0);
  expect(internalEnergy({ power: 0.5 })).not.toHaveProperty('convexity');
  expect(internalEnergy({ power: 2, weight: 3 }).terms).toEqual({
    entropy: 0,
    internal: [{ weight: 3, power: 2 }],
    constant: 0,
  });
});

describe('in a config', () => {
  const wasserflow = createWasserflow({ plugins: [plugin] });
  const made = async (reference: unknown) => (await wasserflow.create('functional', reference)).value.terms!;

  it('forms have their options', async () => {
    const { interactions } = await made({ id: 'interaction', form: 'power', power: 4, weight: -2 });
    expect(interactions![0]!.weight).toBe(-2);
    expect(interactions![0]!.interaction.at(4).value).toBe(4);
    expect(
      (await made({ id: 'interaction', form: 'morse', ...morse })).interactions![0]!.interaction.at(0).value,
    ).toBeCloseTo(0.6, 12);
  });

  it('what says nothing is refused in a sentence', async () => {
    await expect(made({ id: 'interaction', form: 'quadratic', power: 3 })).rejects.toThrow(
      '`power` says nothing of the form `quadratic`, which takes no numbers but `weight`',
    );
    await expect(made({ id: 'interaction', form: 'power' })).rejects.toThrow('needs `power`');
    await expect(made({ id: 'interaction', form: 'gaussian', width: 0 })).rejects.toThrow(
      '`width` is 0; it has to be above 0',
    );
    await expect(made({ id: 'internal', power: 1 })).rejects.toThrow('for int rho log rho use `entropy`');
  });
});
