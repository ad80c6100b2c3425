/** Laws on the line as data: nodes, metric, moments. */
import { ensure, type Moments, type QuantileMeasure } from '@wasserflow/core';
import type { Tridiagonal } from '@wasserflow/geometry';
import type { NdArray } from '@wasserflow/tensor';
import { form, norm, zeroTridiagonal } from './tridiagonal.js';

export type Kind = QuantileMeasure['kind'];

/** Numbers at the nodes, `[N]`. */
export type Nodes = Float64Array;

export const field = (data: Nodes): NdArray => ({ shape: [data.length], data });
export const measureOf = (kind: Kind, nodes: Nodes): QuantileMeasure => ({ kind, nodes: field(nodes) });

/** The numbers of a field or of a measure's nodes, in float64. */
export const numbersOf = ({ data }: NdArray): Nodes => (data instanceof Float64Array ? data : Float64Array.from(data));
export const nodesOf = ({ nodes }: QuantileMeasure): Nodes => numbersOf(nodes);

/** n: the law is made of n parts of mass 1/n, cells or atoms. */
export const partsOf = (kind: Kind, nodes: number): number => (kind === 'linear' ? nodes - 1 : nodes);

/** How many nodes hold n parts. */
export const nodeCount = (kind: Kind, parts: number): number => (kind === 'linear' ? parts + 1 : parts);

/** x_{i+1} - x_i, `[N - 1]`. */
export const gapsOf = (x: Nodes): Nodes => x.subarray(1).map((v, i) => v - x[i]!);

export const isMonotone = (x: Nodes): boolean => x.every((v, i) => i === 0 || v >= x[i - 1]!);

function linearMetric(n: number): Tridiagonal {
  const metric = zeroTridiagonal(n + 1);
  metric.diagonal.fill(2 / (3 * n));
  metric.diagonal[0] = metric.diagonal[n] = 1 / (3 * n);
  metric.off.fill(1 / (6 * n));
  return metric;
}

function atomsMetric(n: number): Tridiagonal {
  const metric = zeroTridiagonal(n);
  metric.diagonal.fill(1 / n);
  return metric;
}

/**
 * M with <u, v> = u^T M v, the inner product of L2(0, 1) on functions of the kind: for `linear`
 * |a|^2 = sum over cells of (a_l^2 + a_l a_r + a_r^2) / (3 n), for `atoms` |a|^2 = sum a_i^2 / n.
 */
export const metricOf = (kind: Kind, nodes: number): Tridiagonal =>
  kind === 'linear' ? linearMetric(nodes - 1) : atomsMetric(nodes);

const ones = (n: number): Nodes => new Float64Array(n).fill(1);

export const meanOf = (metric: Tridiagonal, x: Nodes): number => form(metric, ones(x.length), x);

/** The standard deviation, without cancellation. */
export function spreadOf(metric: Tridiagonal, x: Nodes): number {
  const mean = meanOf(metric, x);
  return norm(
    metric,
    x.map((v) => v - mean),
  );
}

export function momentsOf(mu: QuantileMeasure): Moments {
  const x = nodesOf(mu);
  const metric = metricOf(mu.kind, x.length);
  return { mean: [meanOf(metric, x)], covariance: [[spreadOf(metric, x) ** 2]] };
}

/** What is wrong with the nodes; undefined where all is well. */
export function defectOf({ nodes }: QuantileMeasure): string | undefined {
  const x = numbersOf(nodes);
  if (!x.every(Number.isFinite)) return 'the quantile function is not finite';
  const at = x.findIndex((v, i) => i > 0 && v < x[i - 1]!);
  return at < 0 ? undefined : `the quantile function falls from ${x[at - 1]} to ${x[at]} at node ${at}`;
}

/** @throws WasserflowError E_ARGUMENT unless both have the same nodes. */
export function ensureAlike(mu: QuantileMeasure, nu: QuantileMeasure): void {
  const told = ({ kind, nodes }: QuantileMeasure): string => `${kind} with ${nodes.data.length} nodes`;
  ensure(
    mu.kind === nu.kind && mu.nodes.data.length === nu.nodes.data.length,
    'E_ARGUMENT',
    () => `one quantile function is ${told(mu)}, the other ${told(nu)}; use the same kind and number for both`,
  );
}

/** (x -> a x)_# mu; a decreasing map reverses the order of the nodes. */
export function scaled(mu: QuantileMeasure, a: number): QuantileMeasure {
  const x = nodesOf(mu).map((v) => a * v);
  return measureOf(mu.kind, a < 0 ? x.toReversed() : x);
}
