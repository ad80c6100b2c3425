import type { Kind, Nodes } from '../measure.js';

/** G(rho) + W |Q - center|^2: what anchors come down to, up to a constant. */
export interface Anchored {
  readonly kind: Kind;
  readonly center: Nodes;
  /** W = 1 / (2 gamma). */
  readonly weight: number;
}

export const gammaOf = ({ weight }: Anchored): number => 1 / (2 * weight);
