import { defineDistribution, type Distribution } from '@wasserflow/core';
import { z } from 'zod';
import { scaleOption, shapeDistribution, type NoisyShape } from './noisy-shape.js';

const COLUMNS = 4;
const SQUARES = 8;
const DEFAULT_SCALE = 2;

/** Unit squares [i, i+1) x [j, j+1) with i + j even, i and j from -2 to 1. */
const shape: NoisyShape = {
  id: 'checkerboard',
  uniforms: 3,
  point([across, up, which]) {
    const x = COLUMNS * across! - 2;
    const odd = Math.abs(Math.floor(x)) % 2;
    return [x, up! + odd - (which! < 0.5 ? 0 : 2)];
  },
};

/**
 * Uniform on the eight dark squares of a 4x4 board whose squares have side `scale`, centred at 0:
 * q = 1 / (8 scale^2) there, zero elsewhere.
 * @see grathwohl2019ffjord
 */
export const checkerboard = ({ scale = DEFAULT_SCALE }: { scale?: number | undefined } = {}): Distribution => ({
  ...shapeDistribution(shape, { noise: 0, scale }),
  negativeEntropy: -Math.log(SQUARES * scale ** 2),
});

export const checkerboardDefinition = defineDistribution({
  id: 'checkerboard',
  title: 'Uniform on the dark squares of a 4x4 board',
  cite: ['grathwohl2019ffjord'],
  options: z.object({ scale: scaleOption(DEFAULT_SCALE) }),
  create: checkerboard,
});
