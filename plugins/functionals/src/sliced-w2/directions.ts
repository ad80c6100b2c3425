/** Directions of projections onto lines. */
import type { NdArray, Stream } from '@wasserflow/tensor';

export type Directions = readonly (readonly number[])[];

/** Unit vectors: on a half-circle equally spaced, which no draw of directions can better; else at random. */
export function directionsOf(d: number, count: number, rng: Stream): Directions {
  if (d === 1) return [[1]];
  const angle = (k: number): number => ((k + 1 / 2) * Math.PI) / count;
  if (d === 2) return Array.from({ length: count }, (_, k) => [Math.cos(angle(k)), Math.sin(angle(k))]);
  const { data } = rng.normal([count, d]);
  return Array.from({ length: count }, (_, k) => {
    const v = Array.from(data.subarray(k * d, (k + 1) * d));
    return v.map((a) => a / Math.hypot(...v));
  });
}

/** theta . x for points `[n, d]`. */
export function projected({ shape: [n = 0, d = 1], data }: NdArray, theta: readonly number[]): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let k = 0; k < d; k++) out[i]! += theta[k]! * data[i * d + k]!;
  return out;
}
