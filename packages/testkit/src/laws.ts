import type { GaussianMeasure } from '@wasserflow/core';

/** Two Gaussians in the plane whose covariances do not commute: where a suite starts, and where it leads to. */
export const gaussiansInPlane: Readonly<Record<'initial' | 'target', GaussianMeasure>> = {
  initial: {
    mean: [1, -1],
    covariance: [
      [2, 0.5],
      [0.5, 1],
    ],
  },
  target: {
    mean: [0, 0.5],
    covariance: [
      [1, -0.3],
      [-0.3, 0.5],
    ],
  },
};
