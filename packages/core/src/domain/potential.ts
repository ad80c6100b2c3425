import { gradientByRow, ops, type Tensor } from '@wasserflow/tensor';

/** V(x) = (x - center)^T precision (x - center) / 2 + constant, exact in float64. */
export interface Quadratic {
  readonly precision: readonly (readonly number[])[];
  readonly center: readonly number[];
  readonly constant: number;
}

/**
 * A function V: R^d -> R in length units of its argument, nats as value. It has `value`, or `gradient`
 * (a target known by its score -grad V only), or both.
 */
export interface Potential {
  readonly dimension: number;
  /** V at points `[n, d]`, as `[n]`; a pure tensor function. */
  readonly value?: (x: Tensor) => Tensor;
  /** grad V at points `[n, d]`, as `[n, d]`; a pure tensor function. */
  readonly gradient?: (x: Tensor) => Tensor;
  /** The same V as data, when it is quadratic. */
  readonly quadratic?: Quadratic;
  /** Largest proved lambda with Hess V >= lambda I. */
  readonly convexity?: number;
  /** Smallest proved L with Hess V <= L I. */
  readonly smoothness?: number;
}

/** grad V, by differentiation where the potential does not give it. */
export function potentialGradient(potential: Potential): (x: Tensor) => Tensor {
  if (potential.gradient) return potential.gradient;
  return gradientByRow(potential.value!);
}

/**
 * V as a function whose derivative is always grad V. Where only the gradient is known, the value is that of
 * the tangent <stop(grad V(x)), x>: right for descent, meaningless as a number.
 */
export function potentialForDescent(potential: Potential): (x: Tensor) => Tensor {
  if (potential.value) return potential.value;
  return (x) => ops.sum(ops.mul(ops.stopGradient(potential.gradient!(x)), x), 1);
}

const scaleRows = (rows: Quadratic['precision'], factor: number) => rows.map((row) => row.map((a) => a * factor));

/** weight * V. */
export function scalePotential(potential: Potential, weight: number): Potential {
  const { dimension, value, gradient, quadratic, convexity, smoothness } = potential;
  return {
    dimension,
    ...(value && { value: (x: Tensor) => ops.mul(value(x), weight) }),
    ...(gradient && { gradient: (x: Tensor) => ops.mul(gradient(x), weight) }),
    ...(quadratic && {
      quadratic: {
        ...quadratic,
        precision: scaleRows(quadratic.precision, weight),
        constant: quadratic.constant * weight,
      },
    }),
    ...(weight >= 0 && convexity !== undefined && { convexity: convexity * weight }),
    ...(weight >= 0 && smoothness !== undefined && { smoothness: smoothness * weight }),
  };
}
