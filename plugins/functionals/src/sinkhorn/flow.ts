import type { FlowFacet } from '@wasserflow/core';
import { ops, type Tensor, type TensorTree } from '@wasserflow/tensor';
import type { Sampler } from '../laws/target-draws.js';

const squares = (x: Tensor): Tensor => ops.sum(ops.square(x), 1, true);

/** |x_i - y_j|^2 of points `[n, d]` and `[m, d]`, `[n, m]`. */
const costs = (x: Tensor, y: Tensor): Tensor =>
  ops.sub(ops.add(squares(x), ops.transpose(squares(y))), ops.mul(ops.matMul(x, y, false, true), 2));

/** -eps log mean_j e^((g_j - C_ij) / eps) along an axis, kept. */
function softMinimum(C: Tensor, g: Tensor, epsilon: Tensor, axis: 0 | 1): Tensor {
  const sums = ops.logSumExp(ops.div(ops.sub(g, C), epsilon), axis, true);
  return ops.mul(ops.sub(Math.log(C.shape[axis]!), sums), epsilon);
}

/** By this factor epsilon falls from sweep to sweep, from the largest cost to the one asked for. */
const ANNEALING = 0.5;

/** The epsilon of every sweep. */
const schedule = (C: Tensor, epsilon: number, sweeps: number): Tensor[] =>
  Array.from({ length: sweeps }, (_, k) => ops.maximum(ops.mul(ops.max(C), ANNEALING ** k), epsilon));

/** The plan with potential g at the columns, whose rows have their masses exactly, and g as one row more. */
function planOf(C: Tensor, g: Tensor, epsilon: number): Tensor {
  const f = softMinimum(C, g, ops.scalar(epsilon), 1);
  const [n = 1, m = 1] = C.shape;
  return ops.concat([ops.mul(ops.exp(ops.div(ops.sub(ops.add(f, g), C), epsilon)), 1 / (n * m)), g], 0);
}

function plan(C: Tensor, epsilon: number, sweeps: number): Tensor {
  let g: Tensor = ops.zeros([1, C.shape[1]!]);
  for (const at of schedule(C, epsilon, sweeps)) g = softMinimum(C, softMinimum(C, g, at, 1), at, 0);
  return planOf(C, g, epsilon);
}

/** Of points with themselves: averaged sweeps, which keep both potentials equal. */
function selfPlan(C: Tensor, epsilon: number, sweeps: number): Tensor {
  let g: Tensor = ops.zeros([1, C.shape[1]!]);
  for (const at of schedule(C, epsilon, sweeps))
    g = ops.mul(ops.add(g, ops.transpose(softMinimum(C, g, at, 1))), 1 / 2);
  return planOf(C, g, epsilon);
}

/**
 * The dual value of a plan that is optimal for its own columns: its cost and eps KL(plan | a x b), and what g makes of
 * the masses that its columns lack. Its derivative is that of the cost.
 */
function planCost(C: Tensor, found: Tensor, epsilon: number): Tensor {
  const [n = 1, m = 1] = C.shape;
  const [pi, g] = [ops.slice(found, [0, 0], [n, m]), ops.slice(found, [n, 0], [1, m])];
  const logRatio = ops.log(ops.mul(ops.maximum(pi, 1e-30), n * m));
  const cost = ops.sum(ops.mul(pi, ops.add(C, ops.mul(logRatio, epsilon))));
  return ops.add(cost, ops.sub(ops.mean(g), ops.sum(ops.mul(pi, g))));
}

export interface FlowPlanOptions {
  readonly epsilon: number;
  /** Sweeps of every plan: their number is fixed, as a compiled program has it. */
  readonly sweeps: number;
}

/**
 * Half the debiased Sinkhorn divergence between a batch and as many fresh draws of the target, less what the draws
 * have with themselves. Its gradient is that of the cost at the plans. Biased: the divergence of n points to n draws
 * is on average above that of their laws, and what the sweeps leave is in it.
 * @see genevay2018learning
 */
export const sinkhornOnFlows = (sample: Sampler, { epsilon, sweeps }: FlowPlanOptions): FlowFacet => ({
  needsLogDet: false,
  draw: (rng, n) => ({ reference: sample(n, rng) }),
  loss({ y }, drawn) {
    const { reference } = drawn as TensorTree & { reference: Tensor };
    const across = ops.withoutGradient((C) => plan(C!, epsilon, sweeps));
    const within = ops.withoutGradient((C) => selfPlan(C!, epsilon, sweeps));
    const [there, here] = [costs(y, reference), costs(y, y)];
    const own = planCost(here, within(here), epsilon);
    return ops.mul(ops.sub(planCost(there, across(there), epsilon), ops.mul(own, 1 / 2)), 1 / 2);
  },
});
