import { defineDistribution, type Definition, type Distribution } from '@wasserflow/core';
import type { NdArray, NumberArray, Stream } from '@wasserflow/tensor';
import { z } from 'zod';

/** A point of the plane made from numbers that are uniform on [0, 1). */
export type PlanePoint = (u: NumberArray) => readonly [number, number];

/** Points or curves in the plane, blurred: x = scale (point + noise z), z ~ N(0, I). */
export interface NoisyShape {
  readonly id: string;
  /** How many uniform numbers `point` takes. */
  readonly uniforms: number;
  readonly point: PlanePoint;
}

export interface ShapeOptions {
  /** Standard deviation of the blur, before scaling. */
  readonly noise?: number | undefined;
  /** Factor on everything. */
  readonly scale?: number | undefined;
}
export type ShapeDefaults = { readonly [K in keyof ShapeOptions]-?: number };

function drawPoints({ uniforms, point }: NoisyShape, { noise, scale }: ShapeDefaults, n: number, rng: Stream): NdArray {
  const u = rng.uniform([n, uniforms]).data;
  const z = rng.normal([n, 2]).data;
  const data = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [x, y] = point(u.subarray(i * uniforms, (i + 1) * uniforms));
    data[2 * i] = scale * (x + noise * z[2 * i]!);
    data[2 * i + 1] = scale * (y + noise * z[2 * i + 1]!);
  }
  return { shape: [n, 2], data };
}

/** A shape as a law on R^2 that is known by its samples. */
export const shapeDistribution = (shape: NoisyShape, blur: ShapeDefaults): Distribution => ({
  id: shape.id,
  dimension: 2,
  columns: ['x', 'y'],
  sample: (n, rng) => drawPoints(shape, blur, n, rng),
});

export const withDefaults = ({ noise, scale }: ShapeOptions, defaults: ShapeDefaults): ShapeDefaults => ({
  noise: noise ?? defaults.noise,
  scale: scale ?? defaults.scale,
});

export const scaleOption = (scale: number) => z.number().positive('expected a scale above 0').default(scale);

interface ShapeContribution {
  readonly id: string;
  readonly title: string;
  readonly defaults: ShapeDefaults;
  readonly create: (options: ShapeDefaults) => Distribution;
}

export const defineShape = ({ id, title, defaults, create }: ShapeContribution): Definition<'distribution'> =>
  defineDistribution({
    id,
    title,
    cite: ['grathwohl2019ffjord'],
    options: z.object({
      noise: z.number().min(0, 'expected a noise of 0 or more').default(defaults.noise),
      scale: scaleOption(defaults.scale),
    }),
    create,
  });
