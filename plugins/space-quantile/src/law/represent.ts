import { ensure, pointwiseOf, type Distribution, type QuantileMeasure } from '@wasserflow/core';
import type { Stream } from '@wasserflow/tensor';
import { measureOf, type Kind } from '../measure.js';
import { normalQuantile } from '@wasserflow/geometry';
import { densityLaw } from './density.js';
import { quantilesOf } from './invert.js';
import { requantise, type Quantiles } from './requantise.js';

/** @throws WasserflowError E_UNSUPPORTED when the law is not one on the line. */
export function ensureOnTheLine({ id, dimension }: Distribution): void {
  ensure(
    dimension === 1,
    'E_UNSUPPORTED',
    `space \`quantile\` holds laws on the line, and \`${id}\` lives on R^${dimension}; use space \`gaussian\`, \`particles\` or \`flow\``,
  );
}

interface Source {
  readonly quantiles: Quantiles;
  readonly variance?: number;
}

/** The quantile function, where the law is Gaussian or known by a density in float64. */
function sourceOf({ id, gaussian, potential, logNormalizer }: Distribution): Source | undefined {
  if (gaussian) {
    const [mean, variance] = [gaussian.mean[0]!, gaussian.covariance[0]![0]!];
    const sigma = Math.sqrt(variance);
    return { quantiles: (u) => u.map((p) => mean + sigma * normalQuantile(p)), variance };
  }
  const V = potential && pointwiseOf(potential);
  return V && { quantiles: quantilesOf(densityLaw(V, id, logNormalizer)) };
}

/** n draws in order. */
function drawn({ id, sample }: Distribution, n: number, rng: Stream): QuantileMeasure {
  ensure(
    sample,
    'E_UNSUPPORTED',
    `space \`quantile\` needs a law that is Gaussian, has a potential in float64, or can be sampled, and \`${id}\` is none of these`,
  );
  return measureOf('atoms', Float64Array.from(sample(n, rng).data).sort());
}

/** @throws WasserflowError E_UNSUPPORTED when no quantile function of the kind can be made of the law. */
export function ensureRepresentable(law: Distribution, kind: Kind): void {
  ensureOnTheLine(law);
  const hasQuantiles = law.gaussian !== undefined || (law.potential && pointwiseOf(law.potential)) !== undefined;
  ensure(
    hasQuantiles || kind === 'atoms',
    'E_UNSUPPORTED',
    `\`${law.id}\` is known by its samples only, which have no density; use { id: quantile, kind: atoms }, or space \`particles\``,
  );
}

/**
 * The law by n parts. Gaussian laws go by the quantile function of the normal law, laws with a potential in float64
 * by their distribution function, computed numerically; both keep mean and variance, infinite tails included, by
 * projection and a stretch (see `requantise`). Laws known by samples only become n sorted draws, for `atoms`.
 *
 * @throws WasserflowError E_UNSUPPORTED when the law is not on the line, or is known by samples only and the kind
 *   is `linear`.
 */
export function represent(law: Distribution, kind: Kind, n: number, rng: Stream): QuantileMeasure {
  ensureRepresentable(law, kind);
  const source = sourceOf(law);
  if (!source) return drawn(law, n, rng);
  return measureOf(kind, requantise(source.quantiles, kind, n, source.variance));
}
