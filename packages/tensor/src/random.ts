/**
 * Keyed random streams. A stream is a key; `fork` derives an independent stream from it by name, so that
 * the numbers of step 7 do not depend on how many were drawn before. Same key, same numbers, on every
 * machine: the bits come from xoroshiro128+, seeded with SHA-256 of the key.
 */
import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { sizeOf, type NdArray } from './ndarray.js';

/** What a stream needs to go on from where it stands: plain data. */
export interface StreamState {
  readonly key: string;
  readonly generator: readonly number[];
}

export interface Stream {
  /** Where this stream comes from, e.g. `7/step/3`. */
  readonly key: string;
  /** An independent stream, the same for the same names whatever was drawn here. */
  fork(...names: (string | number)[]): Stream;
  /** Standard normal numbers in float32. */
  normal(shape: readonly number[]): NdArray;
  /** -1 or 1 with probability one half each. */
  rademacher(shape: readonly number[]): NdArray;
  /** Uniform on [0, 1). */
  uniform(shape: readonly number[]): NdArray;
  /** `count` whole numbers, uniform on 0..below-1. */
  integers(count: number, below: number): Int32Array;
  /** 0..n-1 in random order. */
  permutation(n: number): Int32Array;
  state(): StreamState;
}

function seedOf(key: string): [number, number, number, number] {
  const digest = createHash('sha256').update(key).digest();
  return [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
}

const float32 = (shape: readonly number[], draw: () => number): NdArray => ({
  shape: [...shape],
  data: Float32Array.from({ length: sizeOf(shape) }, draw),
});

const unit = (g: RandomGenerator): number => (g.next() >>> 0) * 2 ** -32;

/** Box-Muller: two normal numbers from two uniform ones; the radius never takes log of zero. */
function fillNormal(g: RandomGenerator, out: Float32Array): void {
  for (let i = 0; i < out.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - unit(g)));
    const angle = 2 * Math.PI * unit(g);
    out[i] = radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
  }
}

function permute(g: RandomGenerator, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(unit(g) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** The generator is made at the first draw: most streams are only forked. */
function streamOf(key: string, make: () => RandomGenerator): Stream {
  let made: RandomGenerator | undefined;
  const generator = (): RandomGenerator => (made ??= make());
  return {
    key,
    fork: (...names) => stream([key, ...names].join('/')),
    normal(shape) {
      const data = new Float32Array(sizeOf(shape));
      fillNormal(generator(), data);
      return { shape: [...shape], data };
    },
    rademacher(shape) {
      const g = generator();
      return float32(shape, () => (g.next() < 0 ? -1 : 1));
    },
    uniform(shape) {
      const g = generator();
      return float32(shape, () => (g.next() >>> 8) * 2 ** -24);
    },
    integers(count, below) {
      const g = generator();
      return Int32Array.from({ length: count }, () => Math.floor(unit(g) * below));
    },
    permutation: (n) => permute(generator(), n),
    state: () => ({ key, generator: [...generator().getState()] }),
  };
}

/** The stream of a seed or a key. */
export function stream(key: number | string): Stream {
  const name = String(key);
  return streamOf(name, () => xoroshiro128plusFromState(seedOf(name)));
}

/** The stream that `state` was taken from, as it stood then. */
export const restoreStream = ({ key, generator }: StreamState): Stream =>
  streamOf(key, () => xoroshiro128plusFromState(generator));
