/**
 * Gradients of the allowed operations, every one built from allowed operations, so that it can be
 * differentiated again. tfjs's own table cannot: where it saves an operation's output (tanh, exp, ...)
 * or meets a comparison, the second derivative fails (tensorflow/tfjs issue 3252). Here only inputs are
 * saved, and comparisons have derivative zero.
 */
import tf = require('@tensorflow/tfjs-core');
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

type Attributes = Record<string, unknown>;
type Derivatives = Record<string, (() => Tensor) | undefined>;

/** Sums `dy` over the axes along which an operand of shape `shape` was broadcast. */
function sumTo(dy: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, shape);
}

const unary = (
  kernelName: string,
  derivative: (dy: Tensor, x: Tensor, attributes: Attributes) => Tensor,
): GradConfig => ({
  kernelName,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attributes) => ({ x: () => derivative(dy as Tensor, x!, attributes as Attributes) }),
});

const binary = (
  kernelName: string,
  da: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
  db: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
): GradConfig => ({
  kernelName,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, [a, b]) => ({
    a: () => sumTo(da(dy as Tensor, a!, b!), a!.shape),
    b: () => sumTo(db(dy as Tensor, a!, b!), b!.shape),
  }),
});

const flat = (kernelName: string, inputs: string[]): GradConfig => ({
  kernelName,
  inputsToSave: inputs,
  gradFunc: (_, saved) =>
    Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i]!.shape)])) as Derivatives as never,
});

/** dy where the mask holds, else zero; the mask has no derivative of its own. */
const masked = (dy: Tensor, mask: Tensor): Tensor => tf.where(mask, dy, tf.zerosLike(dy));

const elementwise: GradConfig[] = [
  unary('Identity', (dy) => tf.clone(dy)),
  unary('Cast', (dy) => dy),
  unary('Neg', (dy) => tf.neg(dy)),
  unary('Abs', (dy, x) => tf.mul(dy, tf.sign(x))),
  unary('Reciprocal', (dy, x) => tf.neg(tf.div(dy, tf.square(x)))),
  unary('Square', (dy, x) => tf.mul(dy, tf.mul(x, 2))),
  unary('Sqrt', (dy, x) => tf.div(dy, tf.mul(tf.sqrt(x), 2))),
  unary('Rsqrt', (dy, x) => tf.mul(dy, tf.div(tf.rsqrt(x), tf.mul(x, -2)))),
  unary('Exp', (dy, x) => tf.mul(dy, tf.exp(x))),
  unary('Log', (dy, x) => tf.div(dy, x)),
  unary('Log1p', (dy, x) => tf.div(dy, tf.add(x, 1))),
  unary('Sin', (dy, x) => tf.mul(dy, tf.cos(x))),
  unary('Cos', (dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  unary('Tanh', (dy, x) => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x))))),
  unary('Sigmoid', (dy, x) => {
    const s = tf.sigmoid(x);
    return tf.mul(dy, tf.mul(s, tf.sub(1, s)));
  }),
  unary('Softplus', (dy, x) => tf.mul(dy, tf.sigmoid(x))),
  unary('Erf', (dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI)))),
  unary('Relu', (dy, x) => tf.mul(dy, tf.step(x))),
  binary(
    'Add',
    (dy) => dy,
    (dy) => dy,
  ),
  binary(
    'Sub',
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),
  binary(
    'Multiply',
    (dy, _, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  binary(
    'RealDiv',
    (dy, _, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))),
  ),
  binary(
    'Pow',
    (dy, a, b) => tf.mul(dy, tf.mul(b, tf.pow(a, tf.sub(b, 1)))),
    (dy, a, b) => {
      const positive = tf.greater(a, 0);
      const logarithm = tf.log(tf.where(positive, a, tf.onesLike(a)));
      return tf.mul(dy, tf.mul(tf.pow(a, b), logarithm));
    },
  ),
  binary(
    'Maximum',
    (dy, a, b) => masked(dy, tf.greaterEqual(a, b)),
    (dy, a, b) => masked(dy, tf.less(a, b)),
  ),
  binary(
    'Minimum',
    (dy, a, b) => masked(dy, tf.lessEqual(a, b)),
    (dy, a, b) => masked(dy, tf.greater(a, b)),
  ),
  {
    kernelName: 'Select',
    inputsToSave: ['condition'],
    gradFunc: (dy, [condition]) => ({
      condition: () => tf.zeros(condition!.shape),
      t: () => masked(dy as Tensor, condition!),
      e: () => masked(dy as Tensor, tf.logicalNot(condition!)),
    }),
  },
];

const piecewiseConstant: GradConfig[] = [
  ...['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual'].map((name) => flat(name, ['a', 'b'])),
  ...['Step', 'Sign', 'Floor', 'ZerosLike', 'OnesLike', 'LogicalNot'].map((name) => flat(name, ['x'])),
];

const keptShape = (x: Tensor, axis: unknown): number[] =>
  tf.backend_util.expandShapeToKeepDim(
    tf.backend_util.computeOutAndReduceShapes(x.shape, axesOf(x, axis))[0],
    axesOf(x, axis),
  );
const axesOf = (x: Tensor, axis: unknown): number[] => tf.util.parseAxisParam(axis as number | number[], x.shape);

/** The derivative of max and min is shared evenly among equal extremes. */
const extremum = (kernelName: string, reduce: typeof tf.max): GradConfig =>
  unary(kernelName, (dy, x, { reductionIndices, axis }) => {
    const axes = axesOf(x, reductionIndices ?? axis);
    const hit = tf.cast(tf.equal(x, reduce(x, axes, true)), 'float32');
    const share = tf.div(hit, tf.sum(hit, axes, true));
    return tf.mul(tf.reshape(dy, keptShape(x, axes)), share);
  });

const reductions: GradConfig[] = [
  unary('Sum', (dy, x, { axis }) => tf.broadcastTo(tf.reshape(dy, keptShape(x, axis)), x.shape as never)),
  unary('Cumsum', (dy, _, { axis, exclusive, reverse }) =>
    tf.cumsum(dy, axis as number, exclusive as boolean, !(reverse as boolean)),
  ),
  extremum('Max', tf.max),
  extremum('Min', tf.min),
];

/** Derivatives of op(A) op(B), where op transposes or not; broadcast batch axes are summed. */
function matMulDerivatives(dy: Tensor, [a, b]: Tensor[], { transposeA, transposeB }: Attributes) {
  const da = () =>
    transposeA ? tf.matMul(b!, dy, transposeB as boolean, true) : tf.matMul(dy, b!, false, !(transposeB as boolean));
  const db = () =>
    transposeB ? tf.matMul(dy, a!, true, transposeA as boolean) : tf.matMul(a!, dy, !(transposeA as boolean), false);
  return { a: () => sumTo(da(), a!.shape), b: () => sumTo(db(), b!.shape) };
}

/** Tiling repeats x `reps` times along each axis: the derivative sums the copies. */
function untile(dy: Tensor, x: Tensor, { reps }: Attributes): Tensor {
  const copies = reps as number[];
  const split = copies.flatMap((r, i) => [r, x.shape[i]!]);
  const axes = copies.flatMap((r, i) => (r > 1 ? [2 * i] : []));
  return tf.reshape(axes.length > 0 ? tf.sum(tf.reshape(dy, split), axes) : dy, x.shape);
}

const afterPadding = (x: Tensor, begin: number[], size: number[]): [number, number][] =>
  x.shape.map((n, i) => [begin[i]!, n - begin[i]! - (size[i] === -1 ? n - begin[i]! : size[i]!)]);

/** The derivatives by the parts of a tensor: tfjs hands over the only one as it is. */
const partsOf = (dy: Tensor | Tensor[]): Tensor[] => (Array.isArray(dy) ? dy : [dy]);

const shapes: GradConfig[] = [
  unary('Reshape', (dy, x) => tf.reshape(dy, x.shape)),
  unary('Transpose', (dy, _, { perm }) => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[]))),
  unary('Tile', untile),
  unary('Slice', (dy, x, { begin, size }) => tf.pad(dy, afterPadding(x, begin as number[], size as number[]) as never)),
  unary('PadV2', (dy, x, { paddings }) =>
    tf.slice(
      dy,
      (paddings as number[][]).map(([before]) => before!),
      x.shape,
    ),
  ),
  {
    ...unary('ExpandDims', (dy, x) => tf.reshape(dy, x.shape)),
    inputsToSave: ['input'],
    gradFunc: (dy, [input]) => ({ input: () => tf.reshape(dy as Tensor, input!.shape) }),
  },
  {
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (dy, saved, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, saved[0]!.shape)[0]!;
      const parts = tf.split(
        dy as Tensor,
        saved.map((t) => t.shape[along]!),
        along,
      );
      return parts.map((part) => () => part) as never;
    },
  },
  {
    kernelName: 'SplitV',
    gradFunc: (dy, _, { axis }) => ({ x: () => tf.concat(partsOf(dy), axis as number) }),
  },
  {
    kernelName: 'Pack',
    saveAllInputs: true,
    gradFunc: (dy, _, { axis }) => tf.unstack(dy as Tensor, axis as number).map((part) => () => part) as never,
  },
  {
    kernelName: 'Unpack',
    gradFunc: (dy, _, { axis }) => ({ value: () => tf.stack(partsOf(dy), axis as number) }),
  },
  {
    kernelName: 'BatchMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, attributes) => matMulDerivatives(dy as Tensor, saved, attributes as Attributes),
  },
];

/** Puts this table in force; call it again after a library that registers tfjs's own table. */
export function registerGradients(): void {
  for (const config of [...elementwise, ...piecewiseConstant, ...reductions, ...shapes]) tf.registerGradient(config);
}
