import { ops, type Tensor, type TensorTree } from '@wasserflow/tensor';
import type { Block, DivergenceEstimator, Solver, VelocityField } from '@wasserflow/core';

export interface NeuralOdeOptions {
  readonly field: VelocityField;
  readonly solver: Solver;
  readonly divergence: DivergenceEstimator;
  /** Solver steps on [0, 1]. */
  readonly steps: number;
}

/**
 * T(x) = x(1) of x' = v(x, t), x(0) = x, by `steps` steps of a solver on [0, 1].
 *
 * In training, log|det DT(x)| is the integral of div v along the path by the same steps, which differs from
 * that of the discrete map by the solver's error. `tangent` carries directions through the same steps, and so
 * has the derivative of the discrete map itself. The inverse runs the steps backwards.
 * @see xu2023jkoiflow, grathwohl2019ffjord
 */
export function neuralOde({ field, solver, divergence, steps }: NeuralOdeOptions): Block {
  const h = 1 / steps;

  /** Integrates a state of several tensors; `right(i)` is the right-hand side of step i. */
  function integrate(
    right: (i: number) => RightHandSide,
    from: readonly Tensor[],
    direction: 1 | -1,
  ): readonly Tensor[] {
    let state = from;
    for (let i = 0; i < steps; i++) {
      const t = direction === 1 ? i * h : 1 - i * h;
      state = solver.step(right(i), state, t, direction * h);
    }
    return state;
  }

  const velocity =
    (parameters: TensorTree): RightHandSide =>
    ([x], t) => [field.value(parameters, x!, t)];

  return {
    init: (rng, dimension) => field.init(rng, dimension),
    ...(divergence.noise && {
      noise: (rng, n, dimension) =>
        Array.from({ length: steps }, (_, i) => divergence.noise!(rng.fork(i), n, dimension)),
    }),
    forward(parameters, x, logDet, noise) {
      if (logDet === 'none') return { y: integrate(() => velocity(parameters), [x], 1)[0]! };
      const right =
        (i: number): RightHandSide =>
        ([at], t) => {
          const { value, divergence: div } = divergence.evaluate(
            field,
            parameters,
            at!,
            t,
            (noise as readonly Tensor[])?.[i],
          );
          return [value, div];
        };
      const [y, l] = integrate(right, [x, ops.zeros([x.shape[0]!])], 1);
      return { y: y!, logDet: l! };
    },
    tangent(parameters, x, u) {
      const right: RightHandSide = ([at, direction], t) => {
        const { value, tangent } = field.jvp(parameters, at!, t, direction!);
        return [value, tangent];
      };
      const [y, tangent] = integrate(() => right, [x, u], 1);
      return { y: y!, tangent: tangent! };
    },
    inverse: (parameters, y) => integrate(() => velocity(parameters), [y], -1)[0]!,
  };
}

type RightHandSide = (state: readonly Tensor[], t: number) => Tensor[];
