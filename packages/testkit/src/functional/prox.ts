import type { Findings } from '../check.js';
import type { Subject } from '../space/subject.js';

/** A small step, in length^2 per nat, of laws whose size is about one. */
const GAMMA = 0.05;

// Of values on cells and in float32, beside the tolerance of the host.
const ROUNDING = 1e-3;

/** A proximal step ends well, and G + W2^2 / (2 gamma) at its end is no more than G where it began. */
export async function proxFindings({ space, functional: G, measure, rng, tolerance }: Subject): Promise<Findings> {
  const { measure: next, status, message } = await space.prox(G, measure, GAMMA, { rng });
  if (status !== 'ok') return [`a proximal step of \`${G.id}\` by ${GAMMA} ends \`${status}\`: ${message ?? ''}`];
  const before = await space.value(G, measure);
  const after = (await space.value(G, next)) + (await space.distance2(measure, next)) / (2 * GAMMA);
  const slack = (tolerance + ROUNDING) * (1 + Math.abs(before));
  return after <= before + slack
    ? []
    : [`a proximal step of \`${G.id}\` raises its objective from ${before} to ${after}`];
}
