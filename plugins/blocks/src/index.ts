import {
  defineBlock,
  defineDivergence,
  defineField,
  defineHead,
  defineOptimizer,
  definePlugin,
  defineSolver,
  part,
} from '@wasserflow/core';
import { adam, constantSchedule, cosineSchedule, exponentialSchedule, warmup, type Schedule } from '@wasserflow/tensor';
import { z } from 'zod';
import { silu, softplus, tanh } from './activations.js';
import { exactDivergence, finiteDifference, hutchinson } from './divergences.js';
import { standardise, whiten } from './heads.js';
import { mlp } from './mlp.js';
import { neuralOde } from './neural-ode.js';
import { euler, rk4 } from './solvers.js';

export * from './activations.js';
export * from './divergences.js';
export * from './heads.js';
export * from './mlp.js';
export * from './neural-ode.js';
export * from './solvers.js';

const positive = z.number().positive();

const mlpField = defineField({
  id: 'mlp',
  title: 'Multilayer perceptron v(x, t)',
  options: z.strictObject({
    hidden: z.array(z.int().positive()).min(1).default([64, 64]),
    activation: z.enum(['tanh', 'silu', 'softplus']).default('tanh'),
    /** Sharpness of softplus: log(1 + e^(beta a)) / beta. */
    beta: positive.default(1),
    time: z.boolean().default(true),
  }),
  create({ hidden, activation, beta, time }) {
    const activations = { tanh, silu, softplus: softplus(beta) };
    return mlp({ hidden, activation: activations[activation], time });
  },
});

const neuralOdeBlock = defineBlock({
  id: 'neural-ode',
  title: 'Neural ODE (continuous normalizing flow)',
  options: z.strictObject({
    steps: z.int().positive().default(3),
  }),
  parts: {
    field: part('field', 'mlp'),
    solver: part('solver', 'rk4'),
    divergence: part('divergence', 'hutchinson'),
  },
  cite: ['xu2023jkoiflow', 'grathwohl2019ffjord'],
  create: neuralOde,
});

const adamOptimizer = defineOptimizer({
  id: 'adam',
  title: 'Adam, with decoupled weight decay, clipping and a learning-rate schedule',
  options: z.strictObject({
    learningRate: positive.default(1e-3),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: positive.default(1e-8),
    weightDecay: z.number().nonnegative().default(0),
    /** Largest global norm of the gradient. */
    clip: positive.optional(),
    schedule: z
      .discriminatedUnion('id', [
        z.strictObject({ id: z.literal('constant') }),
        z.strictObject({
          id: z.literal('cosine'),
          steps: z.int().positive(),
          end: z.number().nonnegative().default(0),
        }),
        z.strictObject({ id: z.literal('exponential'), decay: positive, every: z.int().positive() }),
      ])
      .default({ id: 'constant' }),
    /** Updates over which the learning rate rises from zero. */
    warmup: z.int().nonnegative().default(0),
  }),
  cite: ['kingma2015adam', 'loshchilov2019decoupled'],
  create({ learningRate, schedule, warmup: rise, clip, ...rest }) {
    const after = scheduleOf(learningRate, schedule);
    return adam({ ...rest, ...(clip !== undefined && { clip }), learningRate: rise > 0 ? warmup(rise, after) : after });
  },
});

type ScheduleOptions =
  | { id: 'constant' }
  | { id: 'cosine'; steps: number; end: number }
  | { id: 'exponential'; decay: number; every: number };

function scheduleOf(rate: number, schedule: ScheduleOptions): Schedule {
  if (schedule.id === 'cosine') return cosineSchedule(rate, schedule.steps, schedule.end);
  if (schedule.id === 'exponential') return exponentialSchedule(rate, schedule.decay, schedule.every);
  return constantSchedule(rate);
}

export default definePlugin({
  name: '@wasserflow/blocks',
  contract: 1,
  contributes: [
    neuralOdeBlock,
    mlpField,
    defineSolver({ id: 'euler', title: 'Explicit Euler', create: () => euler }),
    defineSolver({ id: 'rk4', title: 'Classic Runge-Kutta, order 4', create: () => rk4 }),
    defineDivergence({
      id: 'exact',
      title: 'Exact divergence, d Jacobian-vector products',
      create: () => exactDivergence,
    }),
    defineDivergence({
      id: 'hutchinson',
      title: "Hutchinson's estimator, one Jacobian-vector product",
      options: z.strictObject({ probe: z.enum(['rademacher', 'gaussian']).default('rademacher') }),
      cite: ['hutchinson1989'],
      create: ({ probe }) => hutchinson(probe),
    }),
    defineDivergence({
      id: 'finite-difference',
      title: "Hutchinson's estimator by a difference quotient: biased, as in the JKO-iFlow code",
      options: z.strictObject({ sigma: positive.default(0.02) }),
      cite: ['xu2023jkoiflow'],
      create: ({ sigma }) => finiteDifference(sigma),
    }),
    defineHead({ id: 'whiten', title: 'Mean 0, covariance I', create: () => whiten }),
    defineHead({ id: 'standardise', title: 'Mean 0, variance 1 of every coordinate', create: () => standardise }),
    adamOptimizer,
  ],
});
