import {
  defineScheme,
  energy,
  ensure,
  stepFromProx,
  type Functional,
  type Scheme,
  type StepBounds,
} from '@wasserflow/core';
import { cholesky, inverseSquareRoot, matrixOf, type Rows } from '@wasserflow/geometry';
import { z } from 'zod';
import { affineInvariantBounds, explicitBounds } from './bounds.js';
import { matrixOption } from './matrix-option.js';
import { pullBackPotential } from './pullback-functional.js';
import { quadraticForm } from './quadratic-form.js';

/** A mirror map: the negative entropy, or int x^T Q x / 2 drho by its Q, symmetric positive definite. */
export type MirrorMap = 'entropy' | { readonly precision: Rows };

function mirrorFunctional(phi: MirrorMap): Functional {
  if (phi === 'entropy') return energy('mirror map', { entropy: 1, constant: 0 });
  const Q = matrixOf(phi.precision);
  const skew = phi.precision.some((row, i) => row.some((q, j) => q !== phi.precision[j]?.[i]));
  ensure(
    !skew && cholesky(Q) !== undefined,
    'E_ARGUMENT',
    'the precision of the mirror map is not symmetric positive definite',
  );
  return energy('mirror map', { entropy: 0, potential: quadraticForm(phi.precision), constant: 0 });
}

/** Those of forward Euler in the coordinates y = Q^(1/2) x, where L is that of V(Q^(-1/2) y). */
function quadraticBounds(precision: Rows): (G: Functional) => StepBounds {
  const A = inverseSquareRoot(matrixOf(precision));
  return ({ id, terms }) => {
    const V = (terms?.interactions ?? []).length === 0 ? terms?.potential : undefined;
    const smoothness = V && pullBackPotential(V, A).smoothness;
    return explicitBounds({ id, ...(terms && { terms }), ...(smoothness !== undefined && { smoothness }) });
  };
}

/**
 * Mirror descent: the gradient step is made in the dual of a mirror map phi,
 *
 * grad_W phi(p_{n+1}) o T = grad_W phi(p_n) - gamma grad_W G(p_n),  p_{n+1} = T_# p_n.
 *
 * With phi = int x^T Q x / 2 it is gradient descent preconditioned by Q^-1, stable for gamma L < 1 (without entropy
 * gamma L < 2), L the largest eigenvalue of Q^(-1/2) Hess V Q^(-1/2). With phi the negative entropy it converges
 * on KL to a Gaussian at the local rate 1 - 2 gamma, whatever the target's condition; phi does not see translations, so
 * the means have to agree.
 * @see bonet2024mirror
 */
export const mirror = (phi: MirrorMap = 'entropy'): Scheme => {
  const map = mirrorFunctional(phi);
  return {
    id: 'mirror',
    requires: () => [
      { operation: 'gradient' },
      { operation: 'gradient', functional: map },
      { operation: 'combine' },
      { operation: 'mirror', functional: map },
    ],
    bounds: phi === 'entropy' ? affineInvariantBounds : quadraticBounds(phi.precision),
    init: (measure) => ({ measure }),
    async step({ measure }, { functional, space }, { gamma }) {
      const dual: unknown = await space.gradient(map, measure);
      const gradient: unknown = await space.gradient(functional, measure);
      const moved: unknown = await space.combine([
        { weight: 1, of: dual },
        { weight: -gamma, of: gradient },
      ]);
      return stepFromProx(await space.mirror(map, measure, moved));
    },
  };
};

export const mirrorDefinition = defineScheme({
  id: 'mirror',
  title: 'Mirror descent, with the negative entropy or a quadratic form as mirror map',
  options: z.strictObject({
    phi: z
      .union([z.literal('entropy'), z.strictObject({ precision: matrixOption })], {
        error: 'expected `entropy`, or { precision: [[...], ...] }',
      })
      .default('entropy'),
  }),
  cite: ['bonet2024mirror'],
  create: ({ phi }) => mirror(phi),
});
