import type { Distribution } from '@wasserflow/core';
import { defineShape, shapeDistribution, withDefaults, type NoisyShape, type ShapeOptions } from './noisy-shape.js';

const defaults = { noise: 0.1, scale: 2 };

/** Half of the points on the upper unit half circle, half on a lower one that starts inside it. */
const shape: NoisyShape = {
  id: 'moons',
  uniforms: 2,
  point([which, along]) {
    const angle = Math.PI * along!;
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    return which! < 0.5 ? [x - 0.5, y - 0.1] : [0.5 - x, 0.4 - y];
  },
};

/**
 * Two interleaved half circles.
 * @see grathwohl2019ffjord
 */
export const moons = (options: ShapeOptions = {}): Distribution =>
  shapeDistribution(shape, withDefaults(options, defaults));

export const moonsDefinition = defineShape({ id: 'moons', title: 'Two half moons', defaults, create: moons });
