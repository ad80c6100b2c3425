import { defineKernel, type Definition, type Kernel, type RadialFunction, type RadialKernel } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';
import { z } from 'zod';
import { bandwidthFor, bandwidthOption, type Bandwidth } from './bandwidth.js';

/** k(x, y) = of(|x - y|^2 / h^2). */
export function withBandwidth(of: RadialFunction, bandwidth: number): RadialKernel {
  const factor = 1 / bandwidth ** 2;
  return {
    bandwidth,
    at: (s) => {
      const { value, first, second, third } = of.at(s * factor);
      const jet = { value, first: first * factor, second: second * factor ** 2 };
      return third === undefined ? jet : { ...jet, third: third * factor ** 3 };
    },
    value: (s) => of.value(ops.mul(s, factor)),
    slope: (s) => ops.mul(of.slope(ops.mul(s, factor)), factor),
    scaled: { of, factor },
  };
}

/** The kernel of a radial function with a bandwidth, fixed or from the points that it is asked for. */
export const radialKernel = (id: string, of: RadialFunction, bandwidth: Bandwidth): Kernel => ({
  id,
  radial: (points) => withBandwidth(of, bandwidthFor(bandwidth, points)),
});

interface KernelText {
  readonly id: string;
  readonly title: string;
  readonly cite: readonly string[];
}

/** The definition of a kernel whose only option is its bandwidth. */
export const defineRadialKernel = ({ id, title, cite }: KernelText, of: RadialFunction): Definition<'kernel'> =>
  defineKernel({
    id,
    title,
    cite,
    options: z.strictObject({ bandwidth: bandwidthOption }),
    create: ({ bandwidth }) => radialKernel(id, of, bandwidth),
  });
