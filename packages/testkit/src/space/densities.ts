import { energy } from '@wasserflow/core';
import { same } from '../check.js';
import { lack, type Law } from './subject.js';

const COUNT = 4000;
const negativeEntropy = energy('entropy', { entropy: 1, constant: 0 });

/** Mean of numbers, and its standard deviation. */
function meanOf(numbers: Float64Array): { mean: number; deviation: number } {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  return { mean, deviation: Math.sqrt(variance / numbers.length) };
}

export const densities: readonly Law[] = [
  {
    id: 'log-density',
    says: 'the mean of log rho over samples is int rho log rho',
    needs: ['logDensity', 'sample'],
    async check({ space, measure: mu, rng }) {
      if (lack(space, negativeEntropy, ['value']) !== undefined) return [];
      const points = await space.sample(mu, COUNT, rng.fork('sample'));
      const { mean, deviation } = meanOf(await space.logDensity(mu, points));
      return same(`the mean over ${COUNT} samples`, mean, await space.value(negativeEntropy, mu), 5 * deviation);
    },
  },
  {
    id: 'sample',
    says: 'samples are drawn by their stream alone, [n, d]',
    needs: ['sample'],
    async check({ space, measure: mu, rng }) {
      const [a, b] = [await space.sample(mu, 7, rng.fork('same')), await space.sample(mu, 7, rng.fork('same'))];
      const wrong = a.shape[0] !== 7 || a.shape[1] !== space.dimension;
      const differs = a.data.some((x, i) => x !== b.data[i]);
      return [
        ...(wrong ? [`7 samples have the shape [${a.shape.join(', ')}], not [7, ${space.dimension}]`] : []),
        ...(differs ? ['two draws from one stream differ'] : []),
      ];
    },
  },
];
