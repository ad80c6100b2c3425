import { ensure, type Distribution } from '@wasserflow/core';
import { takeRows, type NdArray, type Stream } from '@wasserflow/tensor';

/** At most `limit` rows, drawn without replacement, so that sorted data are no matter. */
const someRows = (rows: NdArray, limit: number, rng: Stream): NdArray =>
  rows.shape[0]! <= limit ? rows : takeRows(rows, rng.permutation(rows.shape[0]!).subarray(0, limit));

/** @throws WasserflowError E_UNSUPPORTED when a law has neither held-out data nor draws. */
export function requireEvaluationPoints({ id, heldOutRows, sample }: Distribution, meter: string): void {
  ensure(
    heldOutRows ?? sample,
    'E_UNSUPPORTED',
    `meter \`${meter}\` needs data to judge by, but the initial law \`${id}\` has neither held-out rows nor \`sample\`; start from a law that can be sampled`,
  );
}

interface Choice {
  /** Most points. */
  readonly limit: number;
  /** Number of fresh draws where there are no held-out rows. */
  readonly draws: number;
  readonly rng: Stream;
}

/**
 * Points `[n, d]` of a law to judge a model by: its held-out rows, or fresh draws where it has none. For data
 * of which nothing was held out, those are training rows.
 * The same stream gives the same points, dequantisation included.
 */
export function evaluationPoints({ heldOutRows, sample }: Distribution, { limit, draws, rng }: Choice): NdArray {
  if (heldOutRows) return someRows(heldOutRows(rng.fork('rows')), limit, rng.fork('choice'));
  // `requireEvaluationPoints` has seen to it that there is one.
  return sample!(Math.min(draws, limit), rng.fork('draws'));
}
