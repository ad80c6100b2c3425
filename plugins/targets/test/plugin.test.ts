import { createCatalogue } from '@wasserflow/core';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import plugin from '../src/index.js';

const catalogue = createCatalogue([plugin]);
const optionsOf = (id: string) => catalogue.find('distribution', id, '').options as z.ZodType;
const complaint = (id: string, options: unknown) => optionsOf(id).safeParse(options).error?.issues[0]?.message;

describe('the plugin', () => {
  it('contributes the targets as distributions', () => {
    expect(catalogue.list().map(({ definition }) => `${definition.kind} ${definition.id}`)).toEqual([
      'distribution gaussian',
      'distribution gaussian-mixture',
      'distribution quartic',
      'distribution double-well',
      'distribution laplace',
      'distribution logistic-posterior',
    ]);
  });

  it('says in a sentence what type an option must have', () => {
    expect(complaint('gaussian', { covariance: 'I' })).toMatch(
      /^expected a number s, for the covariance s I, a list of variances, or a matrix/,
    );
    expect(complaint('gaussian', { mean: 1 })).toBe('expected a list of numbers');
    expect(complaint('gaussian', { dimension: 1.5 })).toBe('expected a whole number');
    expect(complaint('gaussian-mixture', {})).toBe('expected a list of points, e.g. [[-1, 0], [1, 0]]');
    expect(
      complaint('gaussian', {
        mean: [0, 1],
        covariance: [
          [1, 0],
          [0, 1],
        ],
      }),
    ).toBeUndefined();
  });
});
