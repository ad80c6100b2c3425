import { ensure, type Distribution, type Facets, type Functional } from '@wasserflow/core';
import { divergenceOnGrid } from './divergence-grid.js';
import { divergenceOnLine } from './divergence-quantile.js';
import { pointwiseTarget, type RatioDivergence } from './ratio-divergence.js';

/**
 * The functional with what the density ratio gives on grids (where V is known pointwise) and on the line (where
 * log Z is known too), and with the facets given beside. No convexity is claimed: none is proved.
 *
 * @throws WasserflowError E_UNSUPPORTED when no space knows it
 */
export function divergenceFunctional(
  divergence: RatioDivergence,
  target: Distribution,
  more: Partial<Facets>,
): Functional {
  const { id } = divergence;
  const known = pointwiseTarget(target, id);
  const facets: Partial<Facets> = {
    ...(known && known.dimension <= 2 && { grid: divergenceOnGrid(divergence, known) }),
    ...(known?.dimension === 1 &&
      known.logNormalizer !== undefined &&
      divergence.atZero === 0 && {
        quantile: divergenceOnLine(divergence, { ...known, logNormalizer: known.logNormalizer }),
      }),
    ...more,
  };
  ensure(
    Object.keys(facets).length > 0,
    'E_UNSUPPORTED',
    `\`${id}\` needs a Gaussian target, or one on R^1 or R^2 whose potential is known at single points; \`${target.id}\` is neither`,
  );
  return { id, facets, target };
}
