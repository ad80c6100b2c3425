import * as tf from '@tensorflow/tfjs-core';
import { ops, type NdArray, type Tensor } from '@wasserflow/tensor';

export async function useCpu(): Promise<void> {
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  await tf.ready();
}

type Points = readonly (readonly number[])[];
const tensorOf = (at: Points): Tensor => ops.tensor(at.map((row) => [...row]));

/** A tensor function R^d -> R at points, in float32. */
export const valuesOf = (f: (x: Tensor) => Tensor, at: Points): number[] =>
  tf.tidy(() => f(tensorOf(at)).arraySync() as number[]);

/** A tensor function R^d -> R^d at points, in float32. */
export const vectorsOf = (f: (x: Tensor) => Tensor, at: Points): number[][] =>
  tf.tidy(() => f(tensorOf(at)).arraySync() as number[][]);

export const average = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length;

/** How many standard errors an average of independent draws is off; less than 5 but for a seed in two million. */
export function standardErrors(values: readonly number[], exact: number): number {
  const mean = average(values);
  const variance = average(values.map((v) => (v - mean) ** 2));
  return Math.abs(mean - exact) / Math.sqrt(variance / values.length);
}

export const column = ({ shape, data }: NdArray, j: number): number[] =>
  Array.from({ length: shape[0]! }, (_, i) => data[i * shape[1]! + j]!);

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, x, i) => s + x * b[i]!, 0);
export const apply = (m: Points, v: readonly number[]): number[] => m.map((row) => dot(row, v));

/** grad f by central differences, in float64. */
export const centralDifferences = (f: (x: readonly number[]) => number, x: readonly number[], h: number): number[] =>
  x.map((_, j) => {
    const moved = (by: number) => f(x.map((xi, i) => (i === j ? xi + by : xi)));
    return (moved(h) - moved(-h)) / (2 * h);
  });

/** Points of a square grid of `count`^2 cells over [-half, half]^2, and the area of a cell. */
export function grid(half: number, count: number): { points: number[][]; cell: number } {
  const step = (2 * half) / count;
  const axis = Array.from({ length: count }, (_, i) => -half + (i + 1 / 2) * step);
  return { points: axis.flatMap((x) => axis.map((y) => [x, y])), cell: step ** 2 };
}
