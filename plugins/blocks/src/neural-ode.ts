import { ops, type Tensor, type TensorTree } from '@wasserflow/tensor';
import type { Block, DivergenceEstimator, LogDetMode, Solver, VelocityField } from '@wasserflow/core';

export interface NeuralOdeOptions {
  readonly field: VelocityField;
  readonly solver: Solver;
  readonly divergence: DivergenceEstimator;
  /** Solver steps on [0, 1]. */
  readonly steps: number;
  /** Corrections of the inverse; each multiplies its error by the solver's round-trip error. */
  readonly corrections: number;
}

/**
 * T(x) = x(1) of x' = v(x, t), x(0) = x, by `steps` steps of a solver on [0, 1].
 *
 * log|det DT(x)| is the integral of div v along the path, by the same steps. Training, sampling and
 * likelihood use the same steps, hence the same map. The inverse runs the steps backwards, S, and then
 * corrects x <- x + S(y) - S(T(x)).
 * @see xu2023jkoiflow, grathwohl2019ffjord
 */
export function neuralOde({ field, solver, divergence, steps, corrections }: NeuralOdeOptions): Block {
  const h = 1 / steps;

  function flow(parameters: TensorTree, from: Tensor, direction: 1 | -1): Tensor {
    const f = ([x]: readonly Tensor[], t: number) => [field.value(parameters, x!, t)];
    let state: Tensor[] = [from];
    for (let i = 0; i < steps; i++) {
      const t = direction === 1 ? i * h : 1 - i * h;
      state = solver.step(f, state, t, direction * h);
    }
    return state[0]!;
  }

  function flowWithLogDet(
    parameters: TensorTree,
    from: Tensor,
    estimator: DivergenceEstimator | 'exact',
    noise?: readonly Tensor[],
  ) {
    let state: Tensor[] = [from, ops.zeros([from.shape[0]!])];
    for (let i = 0; i < steps; i++) {
      const f = ([x]: readonly Tensor[], t: number) => {
        const { value, divergence: div } =
          estimator === 'exact'
            ? field.divergence(parameters, x!, t)
            : estimator.evaluate(field, parameters, x!, t, noise?.[i]);
        return [value, div];
      };
      state = solver.step(f, state, i * h, h);
    }
    return { y: state[0]!, logDet: state[1]! };
  }

  return {
    init: (rng, dimension) => field.init(rng, dimension),
    ...(divergence.noise && {
      noise: (rng, n, dimension) =>
        Array.from({ length: steps }, (_, i) => divergence.noise!(rng.fork(i), n, dimension)),
    }),
    forward(parameters, x, logDet: LogDetMode, noise) {
      if (logDet === 'none') return { y: flow(parameters, x, 1) };
      return flowWithLogDet(
        parameters,
        x,
        logDet === 'exact' ? 'exact' : divergence,
        noise as readonly Tensor[] | undefined,
      );
    },
    inverse(parameters, y) {
      const guess = flow(parameters, y, -1);
      let x = guess;
      for (let i = 0; i < corrections; i++) {
        const roundTrip = flow(parameters, flow(parameters, x, 1), -1);
        x = ops.add(x, ops.sub(guess, roundTrip));
      }
      return x;
    },
  };
}
