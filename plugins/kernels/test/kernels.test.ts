import type { Kernel, RadialFunction } from '@wasserflow/core';
import { pairSumGradient, pairSumValue, radialProducts } from '@wasserflow/geometry';
import { onnxEngine } from '@wasserflow/engine-onnx';
import plugin, {
  bandwidthFor,
  energyKernel,
  gaussianProfile,
  inverseMultiquadricProfile,
  laplaceProfile,
  linearKernel,
  radialKernel,
} from '@wasserflow/kernels';
import { fromRows, stream, type NdArray, type Tensor } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';

const engine = onnxEngine({ threads: 1 });
const points = stream('points').normal([60, 2]);

const kernels: Kernel[] = [
  radialKernel('gaussian', gaussianProfile, 0.7),
  radialKernel('inverse-multiquadric', inverseMultiquadricProfile, 0.7),
  radialKernel('laplace', laplaceProfile, 0.7),
  energyKernel(1),
  energyKernel(1.5),
];

/** Each kernel by its formula. */
const formulas: ((r: number) => number)[] = [
  (r) => Math.exp(-(r ** 2) / (2 * 0.7 ** 2)),
  (r) => 1 / Math.sqrt(1 + (r / 0.7) ** 2),
  (r) => Math.exp(-r / 0.7),
  (r) => -r,
  (r) => -(r ** 1.5),
];

async function evaluate(f: (s: Tensor) => Tensor, s: NdArray): Promise<NdArray> {
  const program = await engine.compile('f', ({ at }: { at: Tensor }) => ({ value: f(at) }), { at: s });
  const { value } = await program.run({ at: s });
  program.dispose();
  return value;
}

const each = kernels.map(
  (kernel, i) => [`${kernel.id} ${i}`, kernel.radial!(points) as RadialFunction, formulas[i]!] as const,
);

describe.each(each)('kernel %s', (_, f, formula) => {
  const squares = [0.01, 0.3, 1, 4, 30];

  it('is its formula, with its derivatives by the squared distance', () => {
    for (const s of squares) {
      const h = 1e-4 * s;
      const { value, first, second, third = 0 } = f.at(s);
      expect(value).toBeCloseTo(formula(Math.sqrt(s)), 12);
      // Central differences err by h^2 f''' relative to f': 2e-6 at the most.
      expect(first / ((formula(Math.sqrt(s + h)) - formula(Math.sqrt(s - h))) / (2 * h))).toBeCloseTo(1, 5);
      expect(second / ((f.at(s + h).first - f.at(s - h).first) / (2 * h))).toBeCloseTo(1, 5);
      const next = (f.at(s + h).second - f.at(s - h).second) / (2 * h);
      expect(third === 0 ? 1 : third / next).toBeCloseTo(1, 5);
    }
  });

  it('is the same on an engine, and finite where points meet', async () => {
    const at: NdArray = { shape: [6], data: Float32Array.from([0, ...squares]) };
    const [values, slopes] = [await evaluate(f.value, at), await evaluate(f.slope, at)];
    for (const [i, s] of Array.from(at.data).entries()) {
      const { value, first } = f.at(s);
      expect(Math.abs(values.data[i]! - value)).toBeLessThan(2e-6 * (1 + Math.abs(value)));
      expect(Math.abs(slopes.data[i]! - first)).toBeLessThan(2e-6 * (1 + Math.abs(first)));
    }
  });

  it('has no negative square under weights that add up to zero', () => {
    const c = [...stream('signs').normal([60]).data];
    const mean = c.reduce((a, b) => a + b, 0) / 60;
    let square = 0;
    for (let i = 0; i < 60; i++)
      for (let j = 0; j < 60; j++) {
        const s =
          (points.data[2 * i]! - points.data[2 * j]!) ** 2 + (points.data[2 * i + 1]! - points.data[2 * j + 1]!) ** 2;
        square += (c[i]! - mean) * (c[j]! - mean) * f.at(s).value;
      }
    expect(square).toBeGreaterThan(0);
  });
});

describe('bandwidths', () => {
  const line = fromRows([[0], [1], [3], [7]]);

  it('are numbers, or medians of distances', () => {
    // Distances 1, 2, 3, 4, 6, 7: the lower median is 3.
    expect(bandwidthFor(0.25, line)).toBe(0.25);
    expect(bandwidthFor('median', line)).toBe(3);
    expect(bandwidthFor('median-log', line)).toBeCloseTo(3 / Math.sqrt(2 * Math.log(5)), 14);
  });

  it('are recorded in the kernel', () => {
    const kernel = radialKernel('gaussian', gaussianProfile, 'median');
    expect(kernel.radial!(line).bandwidth).toBe(3);
    expect(kernel.radial!(line).at(9).value).toBeCloseTo(Math.exp(-0.5), 14);
  });

  it('are refused where there is no distance', () => {
    expect(() => bandwidthFor('median', fromRows([[1], [1], [1]]))).toThrow(/median distance.*is 0.*give `bandwidth`/);
  });

  it('have a sentence for what they cannot be', () => {
    const { options } = plugin.contributes.find(({ id }) => id === 'gaussian')!;
    const parse = (bandwidth: unknown) => (options as z.ZodType).safeParse({ bandwidth });
    expect(parse('median').success).toBe(true);
    expect(parse(0).error!.message).toMatch(/length above 0/);
    expect(parse('mean').error!.message).toMatch(/or the rule/);
  });
});

it('only the energy kernel is positive definite conditionally alone', () => {
  expect(kernels.filter(({ conditional }) => conditional).map(({ id }) => id)).toEqual(['energy', 'energy']);
});

describe('the energy kernel', () => {
  // MMD^2 = 2 E|X - Y| - E|X - X'| - E|Y - Y'| between a point at c and U[0, 1] by 400 midpoints: c = 0.2 gives
  // 2 (c^2 + (1 - c)^2) / 2 - 1/3 = 0.34666...; oracle `mmd_energy_kernel_flow_1d`.
  const uniform = { points: fromRows(Array.from({ length: 400 }, (_, i) => [(i + 0.5) / 400])) };
  const f = energyKernel(1).radial!(points);
  const products = radialProducts(engine);

  it('gives the energy distance of the oracle', async () => {
    const atom = { points: fromRows([[0.2]]) };
    const across = await pairSumValue(products, atom, { weight: -2, f, against: uniform });
    const within = await pairSumValue(products, uniform, { weight: 1, f });
    // The midpoint rule errs by 1 / 400^2; float32 by 1e-7.
    expect(across + within).toBeCloseTo(0.3466666666666666, 4);
  });

  it('moves quantiles along the exact flow: dQ/dt = 2 (u - F(Q))', async () => {
    // The cloud U[0, 1/2] by midpoints: the gradient of MMD^2 / 2 at Q(u) is 2 (Q(u) - u) / 1 = -u.
    const half = { points: fromRows(Array.from({ length: 200 }, (_, i) => [(i + 0.5) / 400])) };
    const own = await pairSumGradient(products, half, { weight: 0.5, f });
    const pull = await pairSumGradient(products, half, { weight: -1, f, against: uniform });
    for (const i of [3, 77, 199]) {
      const u = (i + 0.5) / 200;
      // An atom that meets one of the target's counts half of it: 1 / 400.
      expect(Math.abs(own[i]! + pull[i]! + u)).toBeLessThan(0.006);
    }
  });

  it('is refused beyond exponents of (0, 2)', () => {
    const { options } = plugin.contributes.find(({ id }) => id === 'energy')!;
    expect((options as z.ZodType).safeParse({ exponent: 2 }).error!.message).toMatch(/above 0 and below 2/);
  });
});

describe('the plugin', () => {
  it('contributes five kernels, one of them not radial', () => {
    expect(plugin.contributes.map(({ id }) => id)).toEqual(['gaussian', 'inverse-multiquadric', 'laplace', 'energy', 'linear']); // prettier-ignore
    expect(linearKernel()).toEqual({ id: 'linear', linear: true });
  });
});
