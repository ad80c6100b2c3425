/** Every allowed operation with inputs at which it is twice differentiable. */
import { ndarray, ops, stream, type NdArray, type Tensor } from '@wasserflow/tensor';

export interface OperationCase {
  readonly name: string;
  readonly inputs: readonly NdArray[];
  readonly apply: (...x: Tensor[]) => Tensor;
}

const rng = stream('operations');

/** Values in [low, high], none closer than 0.1 to a kink at zero where the range holds it. */
function values(name: string, shape: readonly number[], low: number, high: number): NdArray {
  const { data } = rng.fork(name, ...shape).uniform(shape);
  const apart = (v: number) => (Math.abs(v) < 0.1 ? v + 0.2 : v);
  return ndarray(
    Float32Array.from(data, (u) => apart(low + (high - low) * u)),
    shape,
  );
}

const real = (name: string, ...shape: number[]): NdArray => values(name, shape, -1.5, 1.5);
const positive = (name: string, ...shape: number[]): NdArray => values(name, shape, 0.5, 2);

/** Distinct numbers, so that extremes do not change under small moves. */
function distinct(name: string, ...shape: number[]): NdArray {
  const count = shape.reduce((product, n) => product * n, 1);
  const order = rng.fork(name).permutation(count);
  return ndarray(
    Float32Array.from(order, (k) => (k - count / 2) * 0.3 + 0.15),
    shape,
  );
}

const one = (name: string, input: NdArray, apply: (x: Tensor) => Tensor): OperationCase => ({
  name,
  inputs: [input],
  apply,
});
const two = (name: string, a: NdArray, b: NdArray, apply: (a: Tensor, b: Tensor) => Tensor): OperationCase => ({
  name,
  inputs: [a, b],
  apply,
});

const x = real('x', 3, 4);
const y = real('y', 3, 4);
const p = positive('p', 3, 4);

const elementwise: OperationCase[] = [
  one('abs', x, ops.abs),
  one('cos', x, ops.cos),
  one('erf', x, ops.erf),
  one('exp', x, ops.exp),
  one('log', p, ops.log),
  one('log1p', p, ops.log1p),
  one('neg', x, ops.neg),
  one('reciprocal', p, ops.reciprocal),
  one('relu', x, ops.relu),
  one('rsqrt', p, ops.rsqrt),
  one('sigmoid', x, ops.sigmoid),
  one('sign', x, (a) => ops.mul(ops.sign(a), a)),
  one('silu', x, ops.silu),
  one('sin', x, ops.sin),
  one('softplus', x, ops.softplus),
  one('sqrt', p, ops.sqrt),
  one('square', x, ops.square),
  one('step', x, (a) => ops.mul(ops.step(a), ops.square(a))),
  one('stopGradient', x, (a) => ops.mul(ops.stopGradient(ops.ones([4])), a)),
  one('tanh', x, ops.tanh),
  one('withoutGradient', x, (a) => ops.mul(ops.withoutGradient(ops.square)(ops.add(ops.ones([4]), 1)), a)),
];

const binary: OperationCase[] = [
  two('add', x, y, ops.add),
  two('add, broadcast rows', x, real('row', 4), ops.add),
  two('add, broadcast columns', x, real('column', 3, 1), ops.add),
  two('sub', x, y, ops.sub),
  two('sub, broadcast', real('row', 4), x, ops.sub),
  two('mul', x, y, ops.mul),
  two('mul, broadcast', x, real('row', 4), ops.mul),
  two('mul, by a scalar', x, real('scalar'), ops.mul),
  two('div', x, p, ops.div),
  two('div, broadcast', x, positive('row', 4), ops.div),
  two('pow', p, y, ops.pow),
  two('pow, square', p, ndarray(Float32Array.of(2), []), ops.pow),
  two('maximum', x, y, ops.maximum),
  two('minimum', x, y, ops.minimum),
  two('greater', x, y, (a, b) => ops.where(ops.greater(a, b), ops.square(a), ops.mul(a, b))),
  two('greaterEqual', x, y, (a, b) => ops.where(ops.greaterEqual(a, b), ops.exp(a), b)),
  two('less', x, y, (a, b) => ops.where(ops.less(a, b), ops.mul(a, b), ops.square(b))),
  two('lessEqual', x, y, (a, b) => ops.where(ops.lessEqual(a, b), a, ops.exp(b))),
];

const reductions: OperationCase[] = [
  one('sum', x, (a) => ops.square(ops.sum(a))),
  one('sum, rows', x, (a) => ops.square(ops.sum(a, 0))),
  one('sum, columns kept', x, (a) => ops.square(ops.sum(a, 1, true))),
  one('mean', x, (a) => ops.square(ops.mean(a, 1))),
  one('max', distinct('max', 3, 4), (a) => ops.square(ops.max(a, 1))),
  one('min', distinct('min', 3, 4), (a) => ops.square(ops.min(a, 0, true))),
  one('logSumExp', x, (a) => ops.logSumExp(a)),
  one('softmax', x, ops.softmax),
  one('cumsum', x, (a) => ops.square(ops.cumsum(a, 1))),
  one('cumsum, exclusive and reversed', x, (a) => ops.square(ops.cumsum(a, 0, true, true))),
];

const products: OperationCase[] = [
  two('matMul', x, real('b', 4, 2), ops.matMul),
  two('matMul, first transposed', real('at', 4, 3), real('b', 4, 2), (a, b) => ops.matMul(a, b, true)),
  two('matMul, second transposed', x, real('bt', 2, 4), (a, b) => ops.matMul(a, b, false, true)),
  two('matMul, both transposed', real('at', 4, 3), real('bt', 2, 4), (a, b) => ops.matMul(a, b, true, true)),
  two('matMul, batched', real('ba', 2, 3, 4), real('bb', 2, 4, 2), (a, b) => ops.matMul(a, b)),
  two('matMul, batched against one', real('ba', 2, 3, 4), real('bc', 1, 4, 2), (a, b) => ops.matMul(a, b)),
];

const nonlinear = (a: Tensor): Tensor => ops.mul(a, ops.sin(a));

const shapes: OperationCase[] = [
  one('broadcastTo', real('row', 1, 4), (a) => nonlinear(ops.broadcastTo(a, [3, 4]))),
  two('concat', x, y, (a, b) => nonlinear(ops.concat([a, b], 1))),
  one('expandDims', x, (a) => nonlinear(ops.expandDims(a, 1))),
  one('pad', x, (a) =>
    nonlinear(
      ops.pad(a, [
        [1, 0],
        [0, 2],
      ]),
    ),
  ),
  one('reshape', x, (a) => nonlinear(ops.reshape(a, [2, 6]))),
  one('slice', x, (a) => nonlinear(ops.slice(a, [1, 0], [2, 3]))),
  one('split', x, (a) => ops.mul(...(ops.split(a, 2, 1) as [Tensor, Tensor]))),
  one('split, into one part', x, (a) => nonlinear(ops.split(a, 1, 1)[0]!)),
  one('squeeze', real('thin', 3, 1, 4), (a) => nonlinear(ops.squeeze(a, [1]))),
  two('stack', x, y, (a, b) => nonlinear(ops.stack([a, b], 1))),
  one('tile', x, (a) => nonlinear(ops.tile(a, [2, 3]))),
  one('transpose', real('cube', 2, 3, 4), (a) => nonlinear(ops.transpose(a, [2, 0, 1]))),
  one('unstack', x, (a) => ops.mul(ops.unstack(a, 0)[0]!, ops.unstack(a, 0)[2]!)),
  one('unstack, into one part', real('flat', 1, 4), (a) => nonlinear(ops.unstack(a, 0)[0]!)),
  one('where', x, (a) => ops.where(ops.greater(a, 0), ops.square(a), ops.neg(a))),
  one('zerosLike and onesLike', x, (a) => ops.mul(a, ops.add(ops.zerosLike(a), ops.onesLike(a)))),
];

export const operationCases: readonly OperationCase[] = [
  ...elementwise,
  ...binary,
  ...reductions,
  ...products,
  ...shapes,
];

/** An operation on single numbers, with what it computes in float64. */
export interface ScalarCase {
  readonly name: string;
  readonly domain: readonly [number, number];
  readonly apply: (x: Tensor) => Tensor;
  readonly reference: (x: number) => number;
  /** Size of the numbers inside it, where that is more than the size of the result. */
  readonly scale?: (x: number) => number;
}

const scalar = (
  name: string,
  domain: readonly [number, number],
  apply: (x: Tensor) => Tensor,
  reference: (x: number) => number,
): ScalarCase => ({ name, domain, apply, reference });

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Wide domains: tails are where fast versions of these functions go wrong. */
export const scalarCases: readonly ScalarCase[] = [
  scalar('abs', [-9, 9], ops.abs, Math.abs),
  scalar('cos', [-9, 9], ops.cos, Math.cos),
  scalar('exp', [-20, 5], ops.exp, Math.exp),
  scalar('log', [1e-6, 50], ops.log, Math.log),
  scalar('log1p', [-0.9, 50], ops.log1p, Math.log1p),
  scalar('neg', [-9, 9], ops.neg, (x) => -x),
  scalar('reciprocal', [0.1, 9], ops.reciprocal, (x) => 1 / x),
  scalar('relu', [-9, 9], ops.relu, (x) => Math.max(x, 0)),
  scalar('rsqrt', [0.1, 9], ops.rsqrt, (x) => 1 / Math.sqrt(x)),
  scalar('sigmoid', [-20, 20], ops.sigmoid, logistic),
  scalar('sign', [-9, 9], ops.sign, Math.sign),
  // x times a sigmoid that is rounded at one: the rounding is multiplied too.
  { ...scalar('silu', [-20, 20], ops.silu, (x) => x * logistic(x)), scale: Math.abs },
  scalar('sin', [-9, 9], ops.sin, Math.sin),
  scalar('softplus', [-20, 20], ops.softplus, (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0)),
  scalar(
    'softplus, sharp',
    [-3, 3],
    (x) => ops.mul(ops.softplus(ops.mul(x, 20)), 1 / 20),
    (x) => Math.log1p(Math.exp(-Math.abs(20 * x))) / 20 + Math.max(x, 0),
  ),
  scalar('sqrt', [0, 50], ops.sqrt, Math.sqrt),
  scalar('square', [-9, 9], ops.square, (x) => x * x),
  scalar('tanh', [-12, 12], ops.tanh, Math.tanh),
];
