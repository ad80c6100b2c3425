import { defineDistribution, type Distribution } from '@wasserflow/core';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { scaleOption } from './noisy-shape.js';

export interface PinwheelOptions {
  readonly arms?: number | undefined;
  /** Standard deviation along an arm, before scaling. */
  readonly radial?: number | undefined;
  /** Standard deviation across an arm, before scaling. */
  readonly tangential?: number | undefined;
  /** An arm turns by rate * exp(distance along it). */
  readonly rate?: number | undefined;
  /** Factor on everything. */
  readonly scale?: number | undefined;
}
type Resolved = { readonly [K in keyof PinwheelOptions]-?: number };

function drawPoints({ arms, radial, tangential, rate, scale }: Resolved, n: number, rng: Stream): NdArray {
  const arm = rng.integers(n, arms);
  const z = rng.normal([n, 2]).data;
  const data = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const along = 1 + radial * z[2 * i]!;
    const across = tangential * z[2 * i + 1]!;
    const angle = (2 * Math.PI * arm[i]!) / arms + rate * Math.exp(along);
    data[2 * i] = scale * (along * Math.cos(angle) + across * Math.sin(angle));
    data[2 * i + 1] = scale * (across * Math.cos(angle) - along * Math.sin(angle));
  }
  return { shape: [n, 2], data };
}

/**
 * Gaussians stretched along the arms of a wheel and bent with the distance from its hub: with
 * f ~ N((1, 0), diag(radial^2, tangential^2)) and arm k of m, x = scale R(-(2 pi k / m + rate e^(f_1))) f.
 * @see johnson2016composing, grathwohl2019ffjord
 */
export function pinwheel(options: PinwheelOptions = {}): Distribution {
  const { arms = 5, radial = 0.3, tangential = 0.1, rate = 0.25, scale = 2 } = options;
  const resolved = { arms, radial, tangential, rate, scale };
  return { id: 'pinwheel', dimension: 2, columns: ['x', 'y'], sample: (n, rng) => drawPoints(resolved, n, rng) };
}

const deviation = (fallback: number) => z.number().positive('expected a standard deviation above 0').default(fallback);

export const pinwheelDefinition = defineDistribution({
  id: 'pinwheel',
  title: 'A pinwheel of bent Gaussians',
  cite: ['johnson2016composing', 'grathwohl2019ffjord'],
  options: z.object({
    arms: z.int().min(1, 'expected at least 1 arm').default(5),
    radial: deviation(0.3),
    tangential: deviation(0.1),
    rate: z.number().default(0.25),
    scale: scaleOption(2),
  }),
  create: pinwheel,
});
