/** The network side of the flow space: blocks, and what a neural ODE block is made of. */
import type { ArrayTree, NdArray, Stream, Tensor, TensorTree } from '@wasserflow/tensor';

/** Whether log|det DT(x)| is wanted, as training has it: exact, or an estimate of it. */
export type LogDetMode = 'none' | 'estimate';

export type BlockOutput = {
  /** T(x), `[n, d]`. */
  readonly y: Tensor;
  /** log|det DT(x)|, `[n]`; there if it was asked for. */
  readonly logDet?: Tensor;
};

/** A parametrised invertible transport map T: R^d -> R^d. Pure functions on tensor trees. */
export interface Block {
  init(rng: Stream, dimension: number): ArrayTree;
  /** Random numbers that one `estimate` needs for `n` points, drawn on the host. */
  noise?(rng: Stream, n: number, dimension: number): ArrayTree;
  forward(parameters: TensorTree, x: Tensor, logDet: LogDetMode, noise?: TensorTree): BlockOutput;
  /**
   * T(x) and DT(x) u, exact for the very map that `forward` computes. Blocks whose `logDet` is an estimate or
   * a quadrature have it: likelihoods are computed from it, and inverses are checked and refined with it.
   */
  tangent?(parameters: TensorTree, x: Tensor, u: Tensor): { y: Tensor; tangent: Tensor };
  /** T^-1(y), `[n, d]`, or a first guess of it where the block has `tangent`. */
  inverse(parameters: TensorTree, y: Tensor): Tensor;
}

/** A velocity field v(x, t) on R^d with its Jacobian-vector products, exact and in forward mode. */
export interface VelocityField {
  init(rng: Stream, dimension: number): ArrayTree;
  /** v(x, t) at points `[n, d]`. */
  value(parameters: TensorTree, x: Tensor, t: number): Tensor;
  /** v(x, t) and Dv(x, t) u for tangents `u`, `[n, d]`. */
  jvp(parameters: TensorTree, x: Tensor, t: number, u: Tensor): { value: Tensor; tangent: Tensor };
  /** v(x, t) and its divergence `[n]`, exact. */
  divergence(parameters: TensorTree, x: Tensor, t: number): { value: Tensor; divergence: Tensor };
}

/** y' = f(y, t) for a state of several tensors; one step of size h. */
export interface Solver {
  readonly order: number;
  step(f: (y: readonly Tensor[], t: number) => Tensor[], y: readonly Tensor[], t: number, h: number): Tensor[];
}

/** An estimator of div v along the points. */
export interface DivergenceEstimator {
  readonly unbiased: boolean;
  /** Random numbers for one ODE step, drawn on the host. */
  noise?(rng: Stream, n: number, dimension: number): NdArray;
  evaluate(
    field: VelocityField,
    parameters: TensorTree,
    x: Tensor,
    t: number,
    noise?: Tensor,
  ): { value: Tensor; divergence: Tensor };
}

/**
 * An invertible map fitted to data before any training, e.g. whitening. Its logDet counts, so that
 * likelihoods and samples stay in the data's own units.
 */
export interface Head {
  /** Parameters from rows `[n, d]`, in float32. */
  fit(rows: NdArray): ArrayTree;
  /** As a block's `forward`; `logDet` is `[n]`. */
  forward(parameters: TensorTree, x: Tensor): { y: Tensor; logDet: Tensor };
  inverse(parameters: TensorTree, y: Tensor): Tensor;
}
