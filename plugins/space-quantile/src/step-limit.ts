import {
  diffusivityOf,
  smallestLimit,
  summandsOf,
  type Functional,
  type QuantileMeasure,
  type StepLimit,
} from '@wasserflow/core';
import { gapsOf, nodesOf, partsOf } from './measure.js';

/**
 * The largest stable explicit step of diffusion: the least of h^2 / (2 D) over the gaps h (`atoms`), of h^2 / (6 D)
 * (`linear`), D the diffusivity at the density of the gap. It is 2 over a bound of the eigenvalues of the Hessian of
 * entropy and internal energies in the metric, gap by gap; exact for equal gaps, for many of them.
 */
function ofDiffusion(G: Functional, mu: QuantileMeasure): StepLimit | undefined {
  const diffusivity = diffusivityOf(G);
  if (diffusivity === undefined) return undefined;
  const x = nodesOf(mu);
  const n = partsOf(mu.kind, x.length);
  const factor = mu.kind === 'linear' ? 6 : 2;
  const ofGap = (h: number): number => {
    const D = diffusivity(1 / (n * h));
    return D > 0 ? h ** 2 / (factor * D) : Infinity;
  };
  const size = gapsOf(x).reduce((least, h) => Math.min(least, ofGap(h)), Infinity);
  if (size === Infinity) return undefined;
  return {
    size,
    name: `h^2 / (${factor} D)`,
    beyond: 'explicit diffusion on space `quantile` is unstable (h: its smallest gap, D: the diffusivity there)',
  };
}

/** The limits that facets tell of themselves: of weight * G it is that of G over the weight. */
const ofFacets = (G: Functional, mu: QuantileMeasure): (StepLimit | undefined)[] =>
  summandsOf(G).map(({ weight, of }) => {
    const limit = of.facets?.quantile?.stepLimit?.(mu);
    return limit && weight > 0 ? { ...limit, size: limit.size / weight } : undefined;
  });

/** The largest explicit step at mu that is stable for each part of G by itself; undefined where none sets a limit. */
export const stepLimit = (G: Functional, mu: QuantileMeasure): StepLimit | undefined =>
  smallestLimit([ofDiffusion(G, mu), ...ofFacets(G, mu)]);
