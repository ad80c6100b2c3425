import type { Distribution } from '@wasserflow/core';
import { defineShape, shapeDistribution, withDefaults, type NoisyShape, type ShapeOptions } from './noisy-shape.js';

const defaults = { noise: 0.1, scale: 1 };

/** One and a half turns of an Archimedean spiral, uniform by area, offset by U(0,1)/2; and its mirror image. */
const shape: NoisyShape = {
  id: 'two-spirals',
  uniforms: 4,
  point([which, along, offsetX, offsetY]) {
    const angle = 3 * Math.PI * Math.sqrt(along!);
    const side = which! < 0.5 ? 1 / 3 : -1 / 3;
    return [side * (offsetX! / 2 - angle * Math.cos(angle)), side * (offsetY! / 2 + angle * Math.sin(angle))];
  },
};

/**
 * Two spirals that wind around each other.
 * @see grathwohl2019ffjord
 */
export const twoSpirals = (options: ShapeOptions = {}): Distribution =>
  shapeDistribution(shape, withDefaults(options, defaults));

export const twoSpiralsDefinition = defineShape({
  id: 'two-spirals',
  title: 'Two spirals',
  defaults,
  create: twoSpirals,
});
