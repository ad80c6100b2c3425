import type { NdArray, Tensor } from '@wasserflow/tensor';

/** f(s), f'(s), f''(s) at one number, and f'''(s) where a smooth f gives it: for gradients of Stein discrepancies. */
export interface Jet {
  readonly value: number;
  readonly first: number;
  readonly second: number;
  readonly third?: number;
}

/**
 * A function of two points by their squared distance s = |x - y|^2. Where f' is infinite at s = 0 (the absolute
 * value, the logarithm) it is given as 0 there: a point does not act on itself.
 */
export interface RadialFunction {
  /** f and its derivatives by s >= 0, in float64. */
  readonly at: (s: number) => Jet;
  /** f(s), elementwise; a pure tensor function. */
  readonly value: (s: Tensor) => Tensor;
  /** f'(s), elementwise; a pure tensor function. */
  readonly slope: (s: Tensor) => Tensor;
  /** The same function by another: f(s) = of(factor s). What is compiled for `of` then serves every bandwidth. */
  readonly scaled?: { readonly of: RadialFunction; readonly factor: number };
}

/** An even interaction W(z) = f(|z|^2), with the facts that are proved of it. */
export interface Interaction extends RadialFunction {
  /** k, where W(z) = k |z|^2 / 2. */
  readonly quadratic?: number;
  /** W(0) is infinite, so that a point is left out of its own sum. */
  readonly singular?: boolean;
  /** Largest proved kappa with Hess W >= kappa I. */
  readonly convexity?: number;
  /** Smallest proved L with Hess W <= L I. */
  readonly smoothness?: number;
}

/** A radial kernel with the bandwidth that was used, a length. */
export interface RadialKernel extends RadialFunction {
  readonly bandwidth: number;
}

/** A kernel k(x, y), positive definite unless it is `conditional`. */
export interface Kernel {
  readonly id: string;
  /**
   * Positive definite only conditionally: sum_ij c_i c_j k(x_i, x_j) >= 0 where the c_i add up to zero. That is enough
   * between laws of one mass, not for SVGD and Stein's method.
   */
  readonly conditional?: true;
  /** The kernel for these points `[n, d]`; its bandwidth comes from them where the rule says so. */
  readonly radial?: (points: NdArray) => RadialKernel;
  /** k(x, y) = x . y + 1, which is not radial. */
  readonly linear?: true;
}
