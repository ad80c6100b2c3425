import { quasiNewton, withSecant, type Secant, type Vectors } from '@wasserflow/geometry';
import { expect, it } from 'vitest';

type Vector = readonly number[];

const plus = (u: Vector, weight: number, v: Vector): Vector => u.map((a, i) => a + weight * v[i]!);
/** <u, v> under weights, so that the recursion has to use it throughout. */
const inner = (u: Vector, v: Vector): number => u.reduce((sum, a, i) => sum + (i + 1) * a * v[i]!, 0);
const vectors: Vectors<Vector> = { inner, plus, guess: (g, scale) => g.map((a) => a * scale) };

/** The gradient of <x, A x> / 2 in this inner product, A self-adjoint in it. */
const hessian = (x: Vector): Vector => [2 * x[0]! + 0.6 * x[1]!, 0.3 * x[0]! + x[1]!];

it('learns the inverse Hessian of a quadratic from as many moves as there are dimensions, conjugate ones', () => {
  const move: Vector = [1, 0.4];
  // Conjugate to the first: <second, A move> = 0.
  const image = hessian(move);
  const second: Vector = [2 * image[1]!, -image[0]!];
  expect(inner(second, image)).toBeCloseTo(0, 14);
  let secants: Secant<Vector>[] = [];
  for (const x of [move, second])
    secants = withSecant(secants, { x: [0, 0], g: [0, 0] }, { x, g: hessian(x) }, vectors, 5);
  const point: Vector = [-0.7, 1.3];
  const found = quasiNewton(hessian(point), secants, vectors);
  for (const [i, a] of point.entries()) expect(found[i]).toBeCloseTo(a, 12);
});

it('knows its guess alone before the first move, and the scale of a secant after', () => {
  expect(quasiNewton([3, 4], [], vectors, 0.5)).toEqual([1.5, 2]);
  const [secant] = withSecant([], { x: [0, 0], g: [0, 0] }, { x: [1, 0], g: [4, 0] }, vectors, 5);
  expect(quasiNewton([0, 1], [secant!], vectors)).toEqual([0, 0.25]);
});

it('keeps the last moves, and none along which the slope falls', () => {
  const at = (a: number) => ({ x: [a, 0], g: [a, 0] });
  let secants: Secant<Vector>[] = [];
  for (const a of [1, 2, 3]) secants = withSecant(secants, at(0), at(a), vectors, 2);
  expect(secants.map(({ move }) => move[0])).toEqual([3, 2]);
  expect(withSecant(secants, at(0), { x: [1, 0], g: [-1, 0] }, vectors, 2)).toEqual(secants);
});
