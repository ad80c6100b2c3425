import type { Anchor, GridMeasure, ProxResult } from '@wasserflow/core';
import { gridOf } from '../cells/grid.js';
import { quantileMean } from '../transport/quantile-mean.js';

// So small a part of a cell is beyond what masses on cells tell of a quantile function.
const SHARE = 0.01;

/**
 * argmin over rho of G(rho) + sum_i w_i W2^2(mu_i, rho) on a line, where the sum is that to one law and a constant:
 * with w = sum_i w_i and Q = sum_i w_i Q_i / w it is w |Q - Q_rho|^2, a proximal step of size 1 / (2 w) from the law
 * with the quantile function Q. Negative weights may leave Q no quantile function; the step is then one from the
 * nearest, which need not be the minimiser, and is `not-converged`.
 *
 * @param prox - the proximal step of G
 * @throws WasserflowError E_ARGUMENT unless the weights add up to a positive number
 * @see matthes2019variational
 */
export async function anchoredProx(
  anchors: readonly Anchor<GridMeasure>[],
  prox: (from: GridMeasure, gamma: number) => Promise<ProxResult<GridMeasure>>,
): Promise<ProxResult<GridMeasure>> {
  const { measure, apart } = quantileMean(anchors);
  const weight = anchors.reduce((sum, anchor) => sum + anchor.weight, 0);
  // Its objective and distance are from that law, not from the anchors.
  const { objective: _, moved2: __, ...result } = await prox(measure, 1 / (2 * weight));
  const short = Number(apart.toPrecision(2));
  if (!(apart > SHARE * gridOf(measure).spacing[0]!)) return result;
  return {
    ...result,
    status: result.status === 'non-finite' ? 'non-finite' : 'not-converged',
    message: `the weighted mean of the quantile functions falls somewhere, by ${short} in W2, so that the step was made from the law nearest to it; take smaller steps, or space \`quantile\``,
  };
}
