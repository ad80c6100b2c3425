import { ensure, type Distribution, type Facets, type Functional } from '@wasserflow/core';
import { divergenceOnFlows } from './flow.js';
import { divergenceOnGrid } from './grid.js';
import { lacksOf } from './lacks.js';
import { divergenceOnLine } from './quantile.js';
import { pointwiseTarget, type RatioDivergence } from './ratio.js';

/**
 * The functional with what the density ratio gives on grids (where V is known pointwise), on the line (where log Z is
 * known too) and on flows (where V is a tensor function and log Z is known), and with the facets given beside. No
 * convexity is claimed: none is proved.
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
  const flow = divergenceOnFlows(divergence, target);
  const facets: Partial<Facets> = {
    ...(known && known.dimension <= 2 && { grid: divergenceOnGrid(divergence, known) }),
    ...(known?.dimension === 1 &&
      known.logNormalizer !== undefined &&
      divergence.atZero === 0 && {
        quantile: divergenceOnLine(divergence, { ...known, logNormalizer: known.logNormalizer }),
      }),
    ...(flow && { flow }),
    ...more,
  };
  const further = divergence.ofBatch ? ', or one whose V is a tensor function and whose log Z is known' : '';
  ensure(
    Object.keys(facets).length > 0,
    'E_UNSUPPORTED',
    `\`${id}\` needs a Gaussian target, or one on R^1 or R^2 whose potential is known at single points${further}; \`${target.id}\` is no such law`,
  );
  return { id, facets, target, lacks: lacksOf(divergence, target, facets) };
}
