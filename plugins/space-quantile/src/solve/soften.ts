import { pointwiseOf, type EnergyTerms, type Functional, type PointwisePotential } from '@wasserflow/core';
import { kinkFinder, type Kink } from '../energy/kinks.js';

/** V where each |x - z| that makes a kink is the root of (x - z)^2 + width^2. */
function softPotential(V: PointwisePotential, kinks: readonly Kink[], width: number): PointwisePotential {
  const sum = (x: number, of: (offset: number, root: number) => number): number =>
    kinks.reduce((s, { at, jump }) => s + (jump / 2) * of(x - at, Math.hypot(x - at, width)), 0);
  return {
    value: ([x]) => V.value([x!]) + sum(x!, (o, root) => root - Math.abs(o)),
    gradient: ([x]) => [V.gradient([x!])[0]! + sum(x!, (o, root) => o / root - Math.sign(o))],
    hessian: ([x]) => [[V.hessian([x!])[0]![0]! + sum(x!, (_, root) => width ** 2 / root ** 3)]],
  };
}

const withPotential = (G: Functional, terms: EnergyTerms, pointwise: PointwisePotential): Functional => ({
  ...G,
  terms: { ...terms, potential: { dimension: 1, pointwise } },
});

/** The widths of kinks one after the other, as shares of the length that counts. */
const WIDTHS = Array.from({ length: 8 }, (_, k) => 10 ** -k);

/**
 * G with the kinks of its potential between two points rounded off, less and less: minimisers then lead to one that
 * may sit on a kink. Undefined where there are no kinks.
 */
export function softenings(G: Functional, lower: number, upper: number): readonly Functional[] | undefined {
  const { terms } = G;
  const V = terms?.potential && pointwiseOf(terms.potential);
  if (!terms || !V) return undefined;
  const kinks = kinkFinder({ slope: (x) => V.gradient([x])[0]!, curvature: (x) => V.hessian([x])[0]![0]! })(
    lower,
    upper,
  );
  if (kinks.length === 0) return undefined;
  return WIDTHS.map((share) => withPotential(G, terms, softPotential(V, kinks, share * (upper - lower))));
}
