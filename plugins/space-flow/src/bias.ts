import type { Block, FlowFacet } from '@wasserflow/core';

/** How the training of a block by this loss is biased, as a sentence; undefined where it is not. */
export function biasOf(id: string, facet: FlowFacet, block: Block, dimension: number): string | undefined {
  // On the line there is one direction to probe.
  if (!facet.needsLogDensity || !block.noise || dimension === 1) return undefined;
  return `the loss of \`${id}\` is not linear in log|det DT|, and noise in the block's estimate of it biases it; set space.block.divergence=exact, for ${dimension} Jacobian-vector products in the place of one`;
}
