// A functional of one's own: G(rho) = strength/2 * trace of the covariance of rho, which is the quadratic
// interaction energy 1/4 * strength * E|X - X'|^2. It imports the public packages only; a config names it
// with `plugins: [<path of the compiled file>]` and `functional: { id: variance, strength: 2 }`.
import { defineFunctional, definePlugin, type GaussianMeasure } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { z } from 'zod';

const fromMean = (x: Tensor): Tensor => ops.sub(x, ops.mean(x, 0, true));
const trace = (m: GaussianMeasure['covariance']): number => m.reduce((sum, row, i) => sum + row[i]!, 0);
const identity = (d: number): number[][] =>
  Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => +(i === j)));
const scaled = (m: GaussianMeasure['covariance'], factor: number): number[][] =>
  m.map((row) => row.map((a) => a * factor));

const variance = defineFunctional({
  id: 'variance',
  title: 'Half the trace of the covariance, times a strength',
  options: z.strictObject({ strength: z.number().positive().default(1) }),
  create: ({ strength }) => ({
    id: 'variance',
    facets: {
      gaussian: {
        value: ({ covariance }) => (strength / 2) * trace(covariance),
        // grad of the first variation: strength (x - mean).
        gradient: ({ mean }) => ({
          linear: scaled(identity(mean.length), strength),
          center: mean,
          constant: mean.map(() => 0),
        }),
        // x -> mean + (x - mean) / (1 + gamma strength).
        prox: ({ mean, covariance }, gamma) => ({ mean, covariance: scaled(covariance, (1 + gamma * strength) ** -2) }),
      },
      particles: { gradient: (points) => ops.mul(fromMean(points), strength) },
      flow: {
        needsLogDet: false,
        loss: ({ y }) => ops.mul(ops.mean(ops.sum(ops.square(fromMean(y)), 1)), strength / 2),
      },
    },
  }),
});

export default definePlugin({ name: 'wasserflow-plugin-variance', contract: 1, contributes: [variance] });
