import { ensure, type Distribution, type Potential } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import {
  defineShape,
  shapeDistribution,
  withDefaults,
  type NoisyShape,
  type ShapeDefaults,
  type ShapeOptions,
} from './noisy-shape.js';

const COUNT = 8;
const defaults = { noise: 1 / 8, scale: 2 * Math.SQRT2 };

const centre = (k: number): [number, number] => {
  const angle = (2 * Math.PI * k) / COUNT;
  return [Math.cos(angle), Math.sin(angle)];
};

const shape: NoisyShape = {
  id: 'eight-gaussians',
  uniforms: 1,
  point: ([which]) => centre(Math.floor(COUNT * which!)),
};

/**
 * V = -log q. All centres c have length r, so that with s the standard deviation of each component
 * V(x) = (|x|^2 + r^2) / (2 s^2) - log sum_c exp(<c, x> / s^2) + log(16 pi s^2).
 */
function potentialOf({ noise, scale }: ShapeDefaults): Potential {
  const variance = (scale * noise) ** 2;
  const slopes = [0, 1].map((j) => Array.from({ length: COUNT }, (_, k) => (centre(k)[j]! * scale) / variance));
  const constant = scale ** 2 / (2 * variance) + Math.log(2 * Math.PI * COUNT * variance);
  return {
    dimension: 2,
    value(x: Tensor) {
      const towards = ops.logSumExp(ops.matMul(x, ops.tensor(slopes)));
      const size = ops.mul(ops.sum(ops.square(x), 1), 1 / (2 * variance));
      return ops.add(ops.sub(size, towards), constant);
    },
    // Hess V = I/s^2 - Cov(c | x)/s^4.
    smoothness: 1 / variance,
  };
}

/**
 * Eight equally weighted Gaussians on a circle of radius `scale`, each component with standard deviation
 * `scale * noise`; its density is exact, normalised.
 * @see grathwohl2019ffjord
 */
export function eightGaussians(options: ShapeOptions = {}): Distribution {
  const blur = withDefaults(options, defaults);
  ensure(blur.noise > 0, 'E_CONFIG', `eight Gaussians have a density only with \`noise\` above 0, not ${blur.noise}`);
  return { ...shapeDistribution(shape, blur), potential: potentialOf(blur), logNormalizer: 0 };
}

export const eightGaussiansDefinition = defineShape({
  id: 'eight-gaussians',
  title: 'Eight Gaussians on a circle, with their exact density',
  defaults,
  create: eightGaussians,
});
