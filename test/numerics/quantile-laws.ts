/** What the tests of space `quantile` share. */
import type { QuantileMeasure } from '@wasserflow/core';
import { quantileSpace, type QuantileOptions } from '@wasserflow/space-quantile';
import { gaussian } from '@wasserflow/targets';
import { stream } from '@wasserflow/tensor';

export const rng = stream('quantile');
export const context = { rng };

export const normal = (mean: number, sigma: number) => gaussian({ mean: [mean], variance: sigma ** 2 });

export const line = (options: QuantileOptions = {}) =>
  quantileSpace(normal(0, 1), options) as Required<ReturnType<typeof quantileSpace>>;

export const numbers = ({ nodes }: QuantileMeasure): number[] => Array.from(nodes.data);
