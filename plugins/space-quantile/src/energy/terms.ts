import { ensure, pointwiseOf, type EnergyTerms, type Potential } from '@wasserflow/core';
import { partsOf, type Kind } from '../measure.js';
import { interactionEnergy } from './interaction.js';
import { entropyOf, internalOf } from './internal.js';
import { sumOf, type NodeFunction } from './node-function.js';
import { potentialEnergy } from './potential.js';

function pointwise(potential: Potential) {
  const V = pointwiseOf(potential);
  ensure(V, 'E_UNSUPPORTED', 'on space `quantile` a potential has to be known in float64 (`pointwise`)');
  return V;
}

const constantOf = (value: number): NodeFunction => ({
  value: () => value,
  add: () => undefined,
  repels: false,
  dense: false,
});

/**
 * G as a function of the nodes: entropy and internal energies through the gaps, the potential and interactions by
 * quadrature that is exact for polynomials of low degree.
 * @throws WasserflowError E_UNSUPPORTED when the potential is not known in float64.
 */
export function termsFunction(terms: EnergyTerms, kind: Kind, nodes: number): NodeFunction {
  const { entropy, internal = [], potential, interactions = [], constant } = terms;
  const n = partsOf(kind, nodes);
  return sumOf([
    ...(entropy === 0 ? [] : [entropyOf(entropy, n)]),
    ...internal.filter(({ weight }) => weight !== 0).map((term) => internalOf(term, n)),
    ...(potential ? [potentialEnergy(pointwise(potential), kind, nodes)] : []),
    ...interactions.filter(({ weight }) => weight !== 0).map((term) => interactionEnergy(term, kind, nodes)),
    constantOf(constant),
  ]);
}
