import { gradientByRow, ops, type Tensor } from '@wasserflow/tensor';

/** V(x) = (x - center)^T precision (x - center) / 2 + constant, exact in float64. */
export interface Quadratic {
  readonly precision: readonly (readonly number[])[];
  readonly center: readonly number[];
  readonly constant: number;
}

/** V(x), grad V(x) and Hess V(x) at one point `[d]`, in float64. */
export interface PointwisePotential {
  readonly value: (x: readonly number[]) => number;
  readonly gradient: (x: readonly number[]) => readonly number[];
  readonly hessian: (x: readonly number[]) => readonly (readonly number[])[];
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
  /** V at one point in float64, for the exact spaces. */
  readonly pointwise?: PointwisePotential;
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

/** V at single points in float64: as the potential gives it, or from its quadratic form. */
export function pointwiseOf({ pointwise, quadratic }: Potential): PointwisePotential | undefined {
  return pointwise ?? (quadratic && pointwiseQuadratic(quadratic));
}

function pointwiseQuadratic({ precision, center, constant }: Quadratic): PointwisePotential {
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const offset = (x: readonly number[]): number[] => x.map((v, i) => v - center[i]!);
  const gradient = (x: readonly number[]): number[] => precision.map((row) => dot(row, offset(x)));
  return { value: (x) => dot(offset(x), gradient(x)) / 2 + constant, gradient, hessian: () => precision };
}

const scaleRows = (rows: Quadratic['precision'], factor: number) => rows.map((row) => row.map((a) => a * factor));

const scalePointwise = ({ value, gradient, hessian }: PointwisePotential, weight: number): PointwisePotential => ({
  value: (x) => value(x) * weight,
  gradient: (x) => gradient(x).map((a) => a * weight),
  hessian: (x) => scaleRows(hessian(x), weight),
});

/** weight * V. */
export function scalePotential(potential: Potential, weight: number): Potential {
  const { dimension, value, gradient, pointwise, quadratic, convexity, smoothness } = potential;
  return {
    dimension,
    ...(value && { value: (x: Tensor) => ops.mul(value(x), weight) }),
    ...(gradient && { gradient: (x: Tensor) => ops.mul(gradient(x), weight) }),
    ...(pointwise && { pointwise: scalePointwise(pointwise, weight) }),
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
