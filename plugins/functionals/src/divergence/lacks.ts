import type { Distribution, Facets } from '@wasserflow/core';
import type { RatioDivergence } from './ratio.js';

const QUANTILE_EMPTY =
  'a quantile function has no density beyond its ends, and where the target has mass there it is +infinity';
const FLOW_INVERSES =
  'it is a mean over draws of the target, at which the density of a flow takes the inverses of all its blocks, and over its own points it would miss what they have not reached';

function reasons({ atZero, ofBatch }: RatioDivergence, { id, dimension }: Distribution): Record<keyof Facets, string> {
  const pointwise = `V of its target \`${id}\` has to be known at single points`;
  return {
    gaussian: `for its target \`${id}\` it has no closed form, and no quadrature stands in for one`,
    particles: 'it compares densities, and points have none',
    quantile: atZero === Infinity ? QUANTILE_EMPTY : (livesElsewhere(dimension, 1) ?? `${pointwise}, with log Z`),
    grid: livesElsewhere(dimension, 2) ?? pointwise,
    flow: ofBatch ? `V of its target \`${id}\` has to be a tensor function, and log Z known` : FLOW_INVERSES,
  };
}

/** What keeps a law from a space of few dimensions. */
export const livesElsewhere = (dimension: number, most: number): string | undefined =>
  dimension > most ? `it lives on R^${dimension}` : undefined;

const list = (names: readonly string[]): string =>
  names.map((name, i) => `${i === 0 ? '' : i === names.length - 1 ? ' or ' : ', '}\`${name}\``).join('');

/** Why a functional of densities is unknown on the spaces without a facet, each reason with the spaces that have one. */
export function withAdvice(
  why: Readonly<Record<keyof Facets, string>>,
  facets: Partial<Facets>,
): Readonly<Record<string, string>> {
  const advice = `use space ${list(Object.keys(facets))}`;
  const absent = Object.entries(why).filter(([space]) => !(space in facets));
  return Object.fromEntries(absent.map(([space, reason]) => [space, `${reason}; ${advice}`]));
}

/** Why the divergence to this target is unknown on the spaces on which it has no facet. */
export const lacksOf = (
  divergence: RatioDivergence,
  target: Distribution,
  facets: Partial<Facets>,
): Readonly<Record<string, string>> => withAdvice(reasons(divergence, target), facets);
