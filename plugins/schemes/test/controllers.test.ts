import { createCatalogue, type Controller } from '@wasserflow/core';
import plugin, { constantSize, geometricSizes, listedSizes } from '@wasserflow/schemes';
import { describe, expect, it } from 'vitest';

const first = (controller: Controller, count: number) =>
  Array.from({ length: count }, (_, i) => controller.next(i + 1, undefined));

describe('step sizes', () => {
  it('constant', () => expect(first(constantSize(0.4), 3)).toEqual([0.4, 0.4, 0.4]));

  it('list, and the run stops at its end', () =>
    expect(first(listedSizes([0.4, 0.2]), 4)).toEqual([0.4, 0.2, 'stop', 'stop']));

  it('geometric, up to a largest one', () => {
    expect(first(geometricSizes(0.25, 2), 4)).toEqual([0.25, 0.5, 1, 2]);
    expect(first(geometricSizes(0.25, 2, 0.8), 4)).toEqual([0.25, 0.5, 0.8, 0.8]);
    expect(first(geometricSizes(1, 0.5), 3)).toEqual([1, 0.5, 0.25]);
  });
});

describe('a size that is none is refused in one sentence', () => {
  const catalogue = createCatalogue([plugin]);
  const message = (id: string, options: unknown): string => {
    const schema = catalogue.find('controller', id, 'steps.size').options as unknown as {
      safeParse(given: unknown): { error?: { issues: { message: string }[] } };
    };
    return schema.safeParse(options).error?.issues[0]?.message ?? 'accepted';
  };
  it.each([
    ['constant', { size: -1 }, 'a step size has to be a positive number, but got -1'],
    ['constant', { size: 0 }, 'a step size has to be a positive number, but got 0'],
    ['constant', { size: 'big' }, 'a step size has to be a positive number, but got big'],
    ['constant', { size: Infinity }, 'a step size has to be a positive number, but got Infinity'],
    ['constant', { size: NaN }, 'a step size has to be a positive number, but got NaN'],
    ['list', { sizes: [1, -0.5] }, 'a step size has to be a positive number, but got -0.5'],
    ['list', { sizes: [] }, 'a list of step sizes has at least one'],
    ['geometric', { first: 1, ratio: 0 }, 'a ratio has to be a positive number, but got 0'],
    ['geometric', { first: 1, ratio: 2, max: -3 }, 'a step size has to be a positive number, but got -3'],
    ['geometric', { first: 1, ratio: 2 }, 'accepted'],
  ])('%s %o', (id, options, expected) => expect(message(id, options)).toBe(expected));
});
