import { WasserflowError } from '@wasserflow/core';

/** What a divergence says where it is +infinity and asked for its gradient. */
export const infiniteDivergence = (reason: string): WasserflowError =>
  new WasserflowError('E_NUMERICS', `the divergence is +infinity and has no gradient: ${reason}`);

/** The same of a sum over cells, which knows no covariances. @throws WasserflowError E_NUMERICS at +infinity */
export function ensureFinite(id: string, value: number): void {
  if (value === Infinity)
    throw infiniteDivergence(
      `\`${id}\` sees the ratio of the densities of the measure and its target, which is beyond all bounds; start nearer to the target, or use \`kl\``,
    );
}
