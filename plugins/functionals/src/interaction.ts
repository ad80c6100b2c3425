import { defineFunctional, energy, ensure, type Functional, type Interaction } from '@wasserflow/core';
import { z } from 'zod';
import {
  absoluteInteraction,
  gaussianInteraction,
  logarithmicInteraction,
  morseInteraction,
  powerInteraction,
  quadraticInteraction,
} from './interaction/forms.js';

/**
 * The interaction energy weight / 2 * int int W(x - y) drho(x) drho(y); a point does not act on itself where
 * W(0) is infinite. Convex W and weight >= 0 leave a sum as convex as it was, and add no modulus: the energy does
 * not see translations. Hess W <= L I adds weight * L to the smoothness of a sum.
 *
 * Keller-Segel is entropy plus `logarithmic` with weight 2 chi on the line (critical chi = 1), and with weight
 * chi / (2 pi) in the plane (critical chi = 8 pi).
 *
 * @throws WasserflowError E_ARGUMENT when the weight is not finite
 * @see mccann1997convexity, ambrosio2008gradient
 */
export function interactionEnergy(interaction: Interaction, weight = 1): Functional {
  ensure(Number.isFinite(weight), 'E_ARGUMENT', `the weight of \`interaction\` is ${weight}; it has to be finite`);
  return energy('interaction', { entropy: 0, interactions: [{ weight, interaction }], constant: 0 });
}

const options = z.strictObject({
  form: z.enum(['quadratic', 'power', 'absolute', 'logarithmic', 'gaussian', 'morse']),
  /** Below zero repulsion becomes attraction and the other way round. */
  weight: z.number().default(1),
  /** p of |z|^p / p, for `power`. */
  power: z.number().optional(),
  /** w of -exp(-|z|^2 / (2 w^2)), for `gaussian`; a length. */
  width: z.number().optional(),
  attraction: z.number().optional(),
  attractionLength: z.number().optional(),
  repulsion: z.number().optional(),
  repulsionLength: z.number().optional(),
});
type Options = z.infer<typeof options>;

const used: Readonly<Record<Options['form'], readonly (keyof Options)[]>> = {
  quadratic: [],
  power: ['power'],
  absolute: [],
  logarithmic: [],
  gaussian: ['width'],
  morse: ['attraction', 'attractionLength', 'repulsion', 'repulsionLength'],
};

function refuseIdle(given: Options): void {
  const { form } = given;
  const known: readonly string[] = ['form', 'weight', ...used[form]];
  const idle = Object.keys(given).find((name) => !known.includes(name));
  const wanted = used[form].length > 0 ? `takes ${used[form].join(', ')}` : 'takes no numbers but `weight`';
  ensure(idle === undefined, 'E_CONFIG', `\`${idle}\` says nothing of the form \`${form}\`, which ${wanted}`);
}

const forms: Readonly<Record<Options['form'], (given: Options) => Interaction>> = {
  quadratic: quadraticInteraction,
  power({ power }) {
    ensure(power !== undefined, 'E_CONFIG', 'the form `power` needs `power`, the p of |z|^p / p, e.g. power: 1.5');
    return powerInteraction(power);
  },
  absolute: absoluteInteraction,
  logarithmic: logarithmicInteraction,
  gaussian: ({ width = 1 }) => gaussianInteraction(width),
  morse: ({ attraction = 1, attractionLength = 2, repulsion = 1, repulsionLength = 1 }) =>
    morseInteraction({ attraction, attractionLength, repulsion, repulsionLength }),
};

export const interactionDefinition = defineFunctional({
  id: 'interaction',
  title: 'Interaction energy 1/2 int int W(x - y)',
  options,
  cite: ['mccann1997convexity', 'ambrosio2008gradient'],
  example: { form: 'quadratic' },
  create(given) {
    refuseIdle(given);
    return interactionEnergy(forms[given.form](given), given.weight);
  },
});
