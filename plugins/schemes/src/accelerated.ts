import {
  defineScheme,
  ensure,
  type Functional,
  type Requirement,
  type Scheme,
  type SchemeState,
} from '@wasserflow/core';
import { z } from 'zod';
import { explicitBounds } from './bounds.js';
import { explicitStep, remembering } from './explicit-step.js';
import { explicitLimit } from './limits.js';
import { nesterovMomentum, stronglyConvexMomentum } from './momentum.js';
import { positive } from './controllers/size.js';

export interface AcceleratedOptions {
  readonly coefficients: 'strongly-convex' | 'nesterov';
  /** beta; the declared convexity of G by default. */
  readonly beta?: number | undefined;
  readonly r: number;
  readonly restart: boolean;
}

/** The velocity is a field at `measure`; `k` counts the steps since the last restart, from 1. */
export interface AcceleratedState<M = unknown, V = unknown> extends SchemeState<M> {
  readonly velocity?: V;
  readonly k: number;
}

const requirements: readonly Requirement[] = [
  { operation: 'gradient' },
  { operation: 'combine' },
  { operation: 'push' },
  { operation: 'carry' },
];

function betaOf({ id, convexity }: Functional, given: number | undefined): number {
  const beta = given ?? convexity;
  ensure(
    beta !== undefined && beta > 0,
    'E_UNSUPPORTED',
    `\`accelerated\` needs the modulus of convexity, and \`${id}\` ${beta === undefined ? 'declares none' : `has ${beta}`}; give \`beta\`, or choose { coefficients: nesterov }`,
  );
  return beta;
}

/**
 * The accelerated information-gradient flow of the Wasserstein metric, for gamma = tau:
 *
 * V' = c V - sqrt(tau) grad_W G(p_n),  p_{n+1} = (id + sqrt(tau) V')_# p_n,
 *
 * with V carried along by the particles. c = (1 - sqrt(beta tau)) / (1 + sqrt(beta tau)) for beta-convex G, or
 * (k - 1) / (k - 1 + r). In the limit of small steps G falls as exp(-sqrt(beta) t), or as 1 / t^2. With `restart` the
 * velocity is dropped when it points uphill, <V, grad_W G> > 0. Unbiased; near the minimiser stable for gamma L < 1.
 * @see wang2022accelerated
 */
export const accelerated = (options: Partial<AcceleratedOptions> = {}): Scheme<AcceleratedState> => {
  const { coefficients = 'strongly-convex', r = 3, restart = false } = options;
  const momentum = (G: Functional, k: number, gamma: number): number =>
    coefficients === 'nesterov' ? nesterovMomentum(k, r) : stronglyConvexMomentum(betaOf(G, options.beta), gamma);
  return {
    id: 'accelerated',
    requires(G) {
      if (coefficients === 'strongly-convex') betaOf(G, options.beta);
      return restart ? [...requirements, { operation: 'inner' }] : requirements;
    },
    bounds: explicitBounds,
    limitAt: explicitLimit(),
    init: (measure) => ({ measure, k: 1 }),
    async step({ measure, velocity, k }, problem, { gamma }) {
      const { functional, space } = problem;
      const root = Math.sqrt(gamma);
      const gradient: unknown = await space.gradient(functional, measure);
      const uphill = restart && velocity !== undefined && (await space.inner(measure, velocity, gradient)) > 0;
      const age = uphill ? 1 : k;
      const kept = velocity === undefined || uphill ? [] : [{ weight: momentum(functional, age, gamma), of: velocity }];
      const v: unknown = await space.combine([...kept, { weight: -root, of: gradient }]);
      const info = restart ? { restarted: Number(uphill) } : {};
      const step = explicitStep(await space.push(measure, v, root), problem, gamma, info);
      const carried = step.status === 'ok' ? { velocity: await space.carry(measure, v, root, v) } : {};
      return remembering(step, { ...carried, k: age + 1 });
    },
  };
};

export const acceleratedDefinition = defineScheme({
  id: 'accelerated',
  title: 'Accelerated information gradient: forward Euler with momentum',
  options: z.strictObject({
    coefficients: z.enum(['strongly-convex', 'nesterov']).default('strongly-convex'),
    beta: positive('beta').optional(),
    r: z.number().min(3).default(3),
    restart: z.boolean().default(false),
  }),
  cite: ['wang2022accelerated'],
  create: accelerated,
});
