import type { Distribution } from '@wasserflow/core';
import { ksd } from '@wasserflow/functionals';
import { stream } from '@wasserflow/tensor';
import { expect, it } from 'vitest';
import { energyKernel } from './kernels.js';

it('ksd refuses a kernel that is positive definite only conditionally', () => {
  const target: Distribution = { id: 'normal', dimension: 1, gaussian: { mean: [0], covariance: [[1]] } };
  expect(() => ksd(target, { ...energyKernel, conditional: true }, stream(0))).toThrow(
    '`ksd` needs a positive definite kernel, and `energy` is so only conditionally; use { id: inverse-multiquadric }',
  );
});
