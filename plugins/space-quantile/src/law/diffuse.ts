import type { QuantileMeasure } from '@wasserflow/core';
import { measureOf, metricOf, nodesOf, partsOf, spreadOf, type Nodes } from '../measure.js';
import { normalCdf, normalDensity } from '@wasserflow/geometry';
import { quantilesOf, type Smooth } from './invert.js';
import { requantise } from './requantise.js';

/** Beyond so many standard deviations the normal law has no mass that float64 could count. */
const REACH = 9;

/** P(Z <= z), the density of Z at z, and int_{-inf}^z P(Z <= t) dt. */
interface Normal {
  readonly below: number;
  readonly density: number;
  readonly integral: number;
}

function normalAt(z: number): Normal {
  if (z < -REACH) return { below: 0, density: 0, integral: 0 };
  if (z > REACH) return { below: 1, density: 0, integral: z };
  const [below, density] = [normalCdf(z), normalDensity(z)];
  return { below, density, integral: z * below + density };
}

/** P(Z + U <= .) and its density for U uniform on a cell, from the ends of the cell, z left and y right of it. */
function cellAt(z: number, y: number, left: Normal, right: Normal): readonly [number, number] {
  const width = z - y;
  // Across a narrow cell the quotients below would cancel; the mean of its ends is as good there.
  if (width < 1e-4) return [(left.below + right.below) / 2, (left.density + right.density) / 2];
  return [(left.integral - right.integral) / width, (left.below - right.below) / width];
}

function smoothed(mu: QuantileMeasure, sigma: number): Smooth {
  const x = nodesOf(mu);
  const n = partsOf(mu.kind, x.length);
  const ofPart = (at: readonly Normal[], z: Nodes, i: number): readonly [number, number] =>
    mu.kind === 'atoms' ? [at[i]!.below, at[i]!.density] : cellAt(z[i]!, z[i + 1]!, at[i]!, at[i + 1]!);
  return {
    lower: x[0]! - REACH * sigma,
    upper: x.at(-1)! + REACH * sigma,
    at(point) {
      const z = x.map((v) => (point - v) / sigma);
      const normals = Array.from(z, normalAt);
      let [below, density] = [0, 0];
      for (let i = 0; i < n; i++) {
        const [b, d] = ofPart(normals, z, i);
        below += b;
        density += d;
      }
      return { below: below / n, density: density / (n * sigma) };
    },
  };
}

/** mu * N(0, variance): the exact law of the sum, re-quantised; mean and variance stay exact. */
export function diffuse(mu: QuantileMeasure, variance: number): QuantileMeasure {
  if (variance === 0) return mu;
  const x: Nodes = nodesOf(mu);
  const own = spreadOf(metricOf(mu.kind, x.length), x) ** 2;
  const quantiles = quantilesOf(smoothed(mu, Math.sqrt(variance)));
  return measureOf(mu.kind, requantise(quantiles, mu.kind, partsOf(mu.kind, x.length), own + variance));
}
