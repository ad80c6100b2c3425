import { createCatalogue, type Controller } from '@wasserflow/core';
import plugin, { adaptiveSize, constantSize, geometricSizes, jko, listedSizes, theorySize } from '@wasserflow/schemes';
import { describe, expect, it } from 'vitest';
import { lineEnergy, problemOf } from './line.js';

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

describe('adaptive', () => {
  const judge = (error: number, order = 1, max = Infinity) =>
    adaptiveSize({ first: 1, tolerance: 0.01, order, max }).judge!({ step: 1, gamma: 0.5, error });

  it('accepts what is within the tolerance', () => {
    expect([0, 0.01, 0.0101, Infinity].map((error) => judge(error).accept)).toEqual([true, true, false, false]);
  });

  it('goes on with 0.9 gamma (tolerance / error)^(1 / (p + 1)), from a fifth to five times gamma', () => {
    expect(judge(0.0025).size).toBeCloseTo(0.5 * 0.9 * 2, 14);
    expect(judge(0.01 / 27, 2).size).toBeCloseTo(0.5 * 0.9 * 3, 14);
    expect(judge(0.04).size).toBeCloseTo((0.5 * 0.9) / 2, 14);
    expect([judge(Infinity).size, judge(1e9).size]).toEqual([0.1, 0.1]);
    expect([judge(0).size, judge(1e-12).size]).toEqual([2.5, 2.5]);
    expect(judge(0, 1, 0.7).size).toBe(0.7);
  });

  it('takes its size from what was proposed last', () => {
    const { next } = adaptiveSize({ first: 1, tolerance: 0.01, max: 2 });
    const after = (proposed: number) => ({ step: 1, gamma: 1, info: { proposed }, metrics: {} });
    expect([next(1, undefined), next(2, after(0.3)), next(2, after(3))]).toEqual([1, 0.3, 2]);
  });
});

it('theory is of a problem', () => {
  const bound = theorySize(0.5).bind!({ problem: problemOf(lineEnergy(4)), scheme: jko() });
  expect(first(bound, 2)).toEqual([0.125, 0.125]);
  expect(() => theorySize().next(1, undefined)).toThrow('has to be bound');
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
    ['adaptive', { first: 1, tolerance: 0 }, 'a tolerance has to be a positive number, but got 0'],
    ['theory', { fraction: -1 }, 'a fraction has to be a positive number, but got -1'],
  ])('%s %o', (id, options, expected) => expect(message(id, options)).toBe(expected));
});
