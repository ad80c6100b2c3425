import type { QuantileMeasure } from '@wasserflow/core';
import { metricOf, nodesOf, partsOf } from './measure.js';
import { form } from './tridiagonal.js';

/** Q at the left and right end of the interval (from, to) inside one part. */
function endsIn(mu: QuantileMeasure, part: number, from: number, to: number): readonly [number, number] {
  const x = nodesOf(mu);
  if (mu.kind === 'atoms') return [x[part]!, x[part]!];
  const n = x.length - 1;
  const at = (u: number): number => x[part]! + (u * n - part) * (x[part + 1]! - x[part]!);
  return [at(from), at(to)];
}

/** int |Q1 - Q2|^2 du over the common refinement of both partitions; on each interval both are linear. */
function refined(mu: QuantileMeasure, nu: QuantileMeasure): number {
  const n = partsOf(mu.kind, mu.nodes.data.length);
  const m = partsOf(nu.kind, nu.nodes.data.length);
  let sum = 0;
  // In units of 1 / (n m) all ends are whole numbers.
  for (let i = 0, j = 0, at = 0; i < n && j < m;) {
    const next = Math.min((i + 1) * m, (j + 1) * n);
    const [from, to] = [at / (n * m), next / (n * m)];
    const [a, b] = endsIn(mu, i, from, to);
    const [c, d] = endsIn(nu, j, from, to);
    sum += ((to - from) / 3) * ((a - c) ** 2 + (a - c) * (b - d) + (b - d) ** 2);
    if (next === (i + 1) * m) i++;
    if (next === (j + 1) * n) j++;
    at = next;
  }
  return sum;
}

/**
 * W2^2(mu, nu) = int |Q_mu - Q_nu|^2 du, length squared: exact, also between laws of different kinds or numbers
 * of nodes.
 */
export function distance2(mu: QuantileMeasure, nu: QuantileMeasure): number {
  const [x, y] = [nodesOf(mu), nodesOf(nu)];
  if (mu.kind !== nu.kind || x.length !== y.length) return refined(mu, nu);
  const a = x.map((v, i) => v - y[i]!);
  return form(metricOf(mu.kind, a.length), a, a);
}
