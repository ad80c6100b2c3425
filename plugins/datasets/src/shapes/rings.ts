import type { Distribution } from '@wasserflow/core';
import { defineShape, shapeDistribution, withDefaults, type NoisyShape, type ShapeOptions } from './noisy-shape.js';

const defaults = { noise: 0.08 / 3, scale: 3 };

/** Radius 1/4, 1/2, 3/4 or 1, each with probability 1/4. */
const shape: NoisyShape = {
  id: 'rings',
  uniforms: 2,
  point([which, around]) {
    const radius = (Math.floor(4 * which!) + 1) / 4;
    const angle = 2 * Math.PI * around!;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  },
};

/**
 * Four concentric circles.
 * @see grathwohl2019ffjord
 */
export const rings = (options: ShapeOptions = {}): Distribution =>
  shapeDistribution(shape, withDefaults(options, defaults));

export const ringsDefinition = defineShape({ id: 'rings', title: 'Four rings', defaults, create: rings });
