/** Fields and measures at random in any space, made by its own calculus: gradients of potential energies. */
import { energy, type Functional, type Potential } from '@wasserflow/core';
import { ops, type Stream, type Tensor } from '@wasserflow/tensor';
import type { Subject } from './subject.js';

type Matrix = readonly (readonly number[])[];
type Vector = readonly number[];

const dot = (a: Vector, b: Vector): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const times = (A: Matrix, x: Vector): number[] => A.map((row) => dot(row, x));
const asColumn = (x: Vector): Tensor => ops.tensor([...x], [x.length, 1]);

/** V(x) = x^T P x / 2 + b . x + a sin(w . x), known in every way that a space may ask for. */
export interface Probe {
  readonly P: Matrix;
  readonly b: Vector;
  readonly a: number;
  readonly w: Vector;
}

function tensorFunctions({ P, b, a, w }: Probe): Pick<Potential, 'value' | 'gradient'> {
  const linear = (x: Tensor): Tensor => ops.matMul(x, ops.tensor(P.map((row) => [...row])));
  const phase = (x: Tensor): Tensor => ops.matMul(x, asColumn(w));
  return {
    value(x) {
      const quadratic = ops.mul(ops.sum(ops.mul(x, linear(x)), 1), 1 / 2);
      const rest = ops.add(ops.matMul(x, asColumn(b)), ops.mul(ops.sin(phase(x)), a));
      return ops.add(quadratic, ops.squeeze(rest, [1]));
    },
    gradient: (x) =>
      ops.add(ops.add(linear(x), ops.tensor([...b])), ops.mul(ops.mul(ops.cos(phase(x)), a), ops.tensor([...w]))),
  };
}

const pointwise = ({ P, b, a, w }: Probe): NonNullable<Potential['pointwise']> => ({
  value: (x) => dot(x, times(P, x)) / 2 + dot(b, x) + a * Math.sin(dot(w, x)),
  gradient: (x) => times(P, x).map((g, i) => g + b[i]! + a * Math.cos(dot(w, x)) * w[i]!),
  hessian: (x) => P.map((row, i) => row.map((p, j) => p - a * Math.sin(dot(w, x)) * w[i]! * w[j]!)),
});

/** The potential energy int V drho of a probe: its Wasserstein gradient is grad V. */
export const probeEnergy = (probe: Probe): Functional => {
  const { P, b, a } = probe;
  const centred = a === 0 && b.every((x) => x === 0);
  const potential: Potential = {
    dimension: b.length,
    ...tensorFunctions(probe),
    pointwise: pointwise(probe),
    ...(centred && { quadratic: { precision: P, center: b, constant: 0 } }),
  };
  return energy('probe', { entropy: 0, potential, constant: 0 });
};

const zeros = (d: number): number[] => Array.from({ length: d }, () => 0);
export const identity = (d: number, scale = 1): number[][] =>
  Array.from({ length: d }, (_, i) => Array.from({ length: d }, (__, j) => (i === j ? scale : 0)));

/** int |x|^2 / 2 drho: its Wasserstein gradient is x, for a measure in any space. */
export const halfSquare = (d: number): Functional => probeEnergy({ P: identity(d), b: zeros(d), a: 0, w: zeros(d) });

const normals = (rng: Stream, n: number): number[] => Array.from(rng.normal([n]).data);
const rowsOf = (numbers: readonly number[], d: number): number[][] =>
  Array.from({ length: d }, (_, i) => numbers.slice(i * d, (i + 1) * d));

/** A random matrix of Frobenius norm `size`. */
export function randomMatrix(rng: Stream, d: number, size: number): number[][] {
  const numbers = normals(rng, d * d);
  const norm = Math.sqrt(dot(numbers, numbers));
  return rowsOf(
    numbers.map((x) => (size * x) / norm),
    d,
  );
}

export function randomSymmetric(rng: Stream, d: number, size: number): number[][] {
  const A = randomMatrix(rng, d, 1);
  const S = A.map((row, i) => row.map((x, j) => (x + A[j]![i]!) / 2));
  const norm = Math.sqrt(S.flat().reduce((sum, x) => sum + x * x, 0));
  return S.map((row) => row.map((x) => (size * x) / norm));
}

export function randomDirection(rng: Stream, d: number): number[] {
  const x = normals(rng, d);
  const norm = Math.sqrt(dot(x, x));
  return x.map((v) => v / norm);
}

/** A random V with Hess V between -1 and 1, so that id + t grad V is a Brenier map for |t| < 1. */
const randomProbe = (rng: Stream, d: number): Probe => ({
  P: randomSymmetric(rng.fork('P'), d, 0.7),
  b: normals(rng.fork('b'), d),
  a: 0.3,
  w: randomDirection(rng.fork('w'), d),
});

/** A random gradient field at a measure, of length about one; bent where the space has fields that are not affine. */
export const randomField = ({ space, rng }: Subject, mu: unknown, name: string): Promise<any> =>
  space.gradient(probeEnergy(randomProbe(rng.fork('field', name), space.dimension)), mu);

/** x -> b, as a field at mu. */
export const constantField = ({ space }: Subject, mu: unknown, b: Vector): Promise<any> =>
  space.gradient(probeEnergy({ P: identity(b.length, 0), b, a: 0, w: zeros(b.length) }), mu);

/** x -> A x with symmetric A, as a field at mu. */
export const linearField = ({ space }: Subject, mu: unknown, A: Matrix): Promise<any> =>
  space.gradient(probeEnergy({ P: A, b: zeros(A.length), a: 0, w: zeros(A.length) }), mu);

/** A measure near mu: its image under a random Brenier map. */
export async function nearby(subject: Subject, mu: unknown, name: string, size = 0.4): Promise<any> {
  return subject.space.push(mu, await randomField(subject, mu, name), size);
}

/** |u - v|^2 in L2(mu). */
export async function squaredGap({ space }: Subject, mu: unknown, u: unknown, v: unknown): Promise<number> {
  const gap: unknown = await space.combine([
    { weight: 1, of: u },
    { weight: -1, of: v },
  ]);
  return space.inner(mu, gap, gap);
}
