/** Draws of a target that stand for it. */
import { ensure, type Distribution } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { z } from 'zod';
import { atomsLine, normalLine, type LineLaw } from './line-law.js';

export type Sampler = NonNullable<Distribution['sample']>;

/** @throws WasserflowError E_UNSUPPORTED when the law has no `sample` */
export function samplerOf({ id, sample }: Distribution, user: string): Sampler {
  ensure(
    sample,
    'E_UNSUPPORTED',
    `\`${user}\` compares with draws of its target, but \`${id}\` cannot be sampled; use a target that can, e.g. { id: gaussian, ... }`,
  );
  return sample;
}

/** `compute` at the first call. */
export function lazily<T>(compute: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: compute() }).value;
}

const sorted = ({ data }: NdArray): number[] => Array.from(data).sort((a, b) => a - b);

/** The target on the line: in closed form where it is Gaussian, else by draws. */
export function lineLaw({ gaussian }: Distribution, draws: () => NdArray): () => LineLaw {
  if (gaussian) return lazily(() => normalLine(gaussian.mean[0]!, Math.sqrt(gaussian.covariance[0]![0]!)));
  return lazily(() => atomsLine(sorted(draws())));
}

/** Number of draws, as an option. */
export const samplesOption = z
  .int({ error: 'expected a whole number of at least 2, e.g. 1000' })
  .min(2, { error: 'expected a whole number of at least 2, e.g. 1000' })
  .default(1000);
