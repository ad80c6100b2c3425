/** Clouds and functions that the tests of sums over pairs share. */
import type { ParticleMeasure, RadialFunction } from '@wasserflow/core';
import { ops, stream, type NdArray } from '@wasserflow/tensor';

/** e^(-s/2). */
export const gaussianFunction: RadialFunction = {
  at: (s) => ({ value: Math.exp(-s / 2), first: -Math.exp(-s / 2) / 2, second: Math.exp(-s / 2) / 4 }),
  value: (s) => ops.exp(ops.mul(s, -0.5)),
  slope: (s) => ops.mul(ops.exp(ops.mul(s, -0.5)), -0.5),
};

/** -|z|, whose slope is infinite at zero. */
export const distanceFunction: RadialFunction = {
  at: (s) => ({ value: -Math.sqrt(s), first: s > 0 ? -0.5 / Math.sqrt(s) : 0, second: s > 0 ? 0.25 * s ** -1.5 : 0 }),
  value: (s) => ops.neg(ops.sqrt(s)),
  slope: (s) => ops.mul(ops.mul(ops.step(s), ops.rsqrt(ops.maximum(s, 1e-30))), -0.5),
};

/** Points about (shift, ..., shift), weights 1, 2, 3, 1, 2, 3, ... in proportion where asked for. */
export function cloud(name: string, n: number, d: number, weighted: boolean, shift = 0): ParticleMeasure {
  const { shape, data } = stream(name).normal([n, d]);
  const points: NdArray = { shape, data: data.map((v) => v + shift) as Float32Array };
  const masses = Float64Array.from({ length: n }, (_, i) => (weighted ? 1 + (i % 3) : 1));
  const total = masses.reduce((a, b) => a + b);
  return { points, ...(weighted && { weights: { shape: [n], data: masses.map((m) => m / total) } }) };
}

export const rowsOf = (mu: ParticleMeasure): number[][] =>
  Array.from({ length: mu.points.shape[0]! }, (_, i) => rowOf(mu, i));

export const massesOf = (mu: ParticleMeasure): number[] =>
  Array.from({ length: mu.points.shape[0]! }, (_, i) => massOf(mu, i));

export const rowOf = ({ points: { shape, data } }: ParticleMeasure, i: number): number[] =>
  Array.from(data.subarray(i * shape[1]!, (i + 1) * shape[1]!));

export const massOf = ({ points, weights }: ParticleMeasure, i: number): number =>
  weights?.data[i] ?? 1 / points.shape[0]!;

export const squared = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, v, k) => sum + (v - y[k]!) ** 2, 0);
