/** What the training of a block tells of itself. */
import type { ProxResult } from '@wasserflow/core';
import type { FlowMeasure } from './measure.js';

/** No block can be trained from here: the functional is not a number to begin with. */
export const farFromTarget = (mu: FlowMeasure, staying: number): ProxResult<FlowMeasure> => ({
  measure: mu,
  status: 'non-finite',
  iterations: 0,
  message: `block ${mu.blocks.length + 1}: the functional at its start is ${staying} in float32, for it sees the ratio of densities, which is beyond all bounds; start nearer to the target, or use \`kl\``,
});

export const failedBlock = (mu: FlowMeasure, iteration: number): ProxResult<FlowMeasure> => ({
  measure: mu,
  status: 'non-finite',
  iterations: iteration,
  message: `block ${mu.blocks.length + 1}, iteration ${iteration}: the loss is not a number; try a smaller learning rate, gradient clipping (optimizer.clip), or a smaller step size`,
});

/** Nats per dimension by which a trained loss may be above that of not moving: far above its sampling error. */
const SLACK = 0.05;

/** The identity is among the maps: a block that does worse than it has not been trained. */
export function convergence(
  mu: FlowMeasure,
  loss: number,
  staying: number,
  dimension: number,
): Pick<ProxResult<FlowMeasure>, 'status' | 'message'> {
  if (loss <= staying + SLACK * dimension) return { status: 'ok' };
  return {
    status: 'not-converged',
    message: `block ${mu.blocks.length + 1} is worse than not moving at all: its loss is ${loss.toPrecision(4)}, that of the identity ${staying.toPrecision(4)}; try a smaller learning rate or more iterations`,
  };
}
