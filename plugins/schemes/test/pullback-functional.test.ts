/** G in other coordinates, against G itself at the image. */
import { energy, potentialGradient, type Functional, type Potential } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { pullBackFunctional } from '@wasserflow/schemes';
import { ops, type Tensor } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const A = [
  [1.5, 0.4],
  [-0.3, 0.8],
];
const det = 1.5 * 0.8 + 0.3 * 0.4;
const quadratic: Potential = {
  dimension: 2,
  quadratic: {
    precision: [
      [2, 0.5],
      [0.5, 1],
    ],
    center: [0.3, -0.2],
    constant: 0.7,
  },
};
/** V(x, y) = x^4 / 4 + x y, in each of its forms. */
const quartic: Potential = {
  dimension: 2,
  value: (x: Tensor) => {
    const [a, b] = ops.split(x, 2, 1) as [Tensor, Tensor];
    return ops.reshape(ops.add(ops.div(ops.pow(a, 4), 4), ops.mul(a, b)), [-1]);
  },
  pointwise: {
    value: ([x, y]) => x! ** 4 / 4 + x! * y!,
    gradient: ([x, y]) => [x! ** 3 + y!, x!],
    hessian: ([x]) => [
      [3 * x! ** 2, 1],
      [1, 0],
    ],
  },
  convexity: -2,
  smoothness: 8,
};
const image = ([x, y]: readonly number[]) => [A[0]![0]! * x! + A[0]![1]! * y!, A[1]![0]! * x! + A[1]![1]! * y!];
const potentialOf = (V: Potential): Potential =>
  pullBackFunctional(energy('G', { entropy: 0, potential: V, constant: 0 }), A).terms!.potential!;
const y = [0.6, -1.1];

describe('a potential is composed with A', () => {
  it('in one point, with its derivatives', () => {
    const { value, gradient, hessian } = potentialOf(quartic).pointwise!;
    expect(value(y)).toBeCloseTo(quartic.pointwise!.value(image(y)), 14);
    const h = 1e-5;
    const moved = (i: number, by: number) => y.map((v, k) => (k === i ? v + by : v));
    for (const i of [0, 1]) {
      expect(gradient(y)[i]).toBeCloseTo((value(moved(i, h)) - value(moved(i, -h))) / (2 * h), 8);
      for (const j of [0, 1])
        expect(hessian(y)[j]![i]).toBeCloseTo((gradient(moved(i, h))[j]! - gradient(moved(i, -h))[j]!) / (2 * h), 8);
    }
  });

  it('as a quadratic form', () => {
    const V = potentialOf(quadratic);
    const { precision, center, constant } = V.quadratic!;
    const at = [y[0]! - center[0]!, y[1]! - center[1]!];
    const form = at.reduce((sum, v, i) => sum + (v * (precision[i]![0]! * at[0]! + precision[i]![1]! * at[1]!)) / 2, 0);
    expect(form + constant).toBeCloseTo(V.pointwise!.value(y), 13);
    expect(image(center)[0]).toBeCloseTo(0.3, 14);
    expect(image(center)[1]).toBeCloseTo(-0.2, 14);
    // Trace and determinant of the Hessian give its spectrum.
    const [trace, product] = [precision[0]![0]! + precision[1]![1]!, 1.75 * det ** 2];
    expect(V.convexity! + V.smoothness!).toBeCloseTo(trace, 13);
    expect(V.convexity! * V.smoothness!).toBeCloseTo(product, 13);
  });

  it('as tensor functions of float32', async () => {
    const V = potentialOf(quartic);
    const engine = await tfjsEngine('cpu');
    const program = await engine.compile(
      'pulled back',
      ({ x }: { x: Tensor }) => ({ value: V.value!(x), gradient: potentialGradient(V)(x) }),
      { x: { shape: [1, 2] } },
    );
    const { value, gradient } = await program.run({ x: { shape: [1, 2], data: Float32Array.from(y) } });
    expect(value.data[0]).toBeCloseTo(V.pointwise!.value(y), 5);
    for (const i of [0, 1]) expect(gradient.data[i]).toBeCloseTo(V.pointwise!.gradient(y)[i]!, 5);
  });

  it('keeps bounds of its curvature that hold', () => {
    const { convexity, smoothness } = potentialOf(quartic);
    const stretch = 1.5 ** 2 + 0.4 ** 2 + 0.3 ** 2 + 0.8 ** 2;
    // The largest eigenvalue of A^T A by its trace and determinant.
    const most = stretch / 2 + Math.sqrt(stretch ** 2 / 4 - det ** 2);
    expect(convexity).toBeCloseTo(-2 * most, 13);
    expect(smoothness).toBeCloseTo(8 * most, 13);
  });
});

describe('densities see the volume', () => {
  const G = energy('G', { entropy: 1.5, internal: [{ weight: 2, power: 3 }], constant: 0.25 });

  it('the entropy by -log|det A|, internal energies by |det A|^(1 - m)', () => {
    const { entropy, internal, constant } = pullBackFunctional(G, A).terms!;
    expect(entropy).toBe(1.5);
    expect(constant).toBeCloseTo(0.25 - 1.5 * Math.log(det), 14);
    // int rho^3 of the uniform law on a square of side 1 is 1; on its image of area det it is det^-2.
    expect(internal![0]).toMatchObject({ power: 3, weight: expect.closeTo(2 * det ** -2, 14) });
  });
});

describe('what has no other coordinates', () => {
  const pull: Functional = energy('drift', {
    entropy: 0,
    interactions: [{ weight: 1, interaction: {} as never }],
    constant: 0,
  });
  it('is refused by name', () => {
    expect(() => pullBackFunctional({ id: 'mmd' }, A)).toThrow('only a functional made of terms');
    expect(() => pullBackFunctional(pull, A)).toThrow('`drift` has an interaction by distance');
    const turned = [
      [0, -1],
      [1, 0],
    ];
    expect(pullBackFunctional(pull, turned).terms!.interactions).toBe(pull.terms!.interactions);
  });
});
