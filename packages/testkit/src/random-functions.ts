/** Random differentiable functions of random trees, for engines to agree on. */
import {
  ops,
  stream,
  valueAndGradient,
  type ArrayTree,
  type NdArray,
  type Stream,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';

type Unary = (x: Tensor) => Tensor;

const unary: readonly Unary[] = [
  ops.tanh,
  ops.sigmoid,
  ops.softplus,
  ops.sin,
  (x) => ops.mul(x, 0.5),
  (x) => ops.add(x, 1),
  (x) => ops.relu(x),
  (x) => ops.sub(x, ops.mean(x, 0, true)),
  (x) => ops.div(x, ops.add(ops.square(x), 1)),
  (x) => ops.concat([x, ops.neg(x)], 1),
  (x) => ops.slice(x, [0, 0], [x.shape[0]!, Math.ceil(x.shape[1]! / 2)]),
  (x) => ops.reshape(ops.transpose(x), x.shape),
  (x) => ops.softmax(x),
  (x) => ops.maximum(x, ops.mul(x, -0.3)),
];

const pick = <T>(rng: Stream, from: readonly T[]): T => from[rng.integers(1, from.length)[0]!]!;

/** A chain of random operations and products with the tree's matrices; every choice depends on the seed alone. */
function compute(seed: number, x: Tensor, weights: readonly Tensor[]): Tensor {
  const rng = stream('random-function').fork(seed);
  let y = x;
  for (const [i, w] of weights.entries()) {
    for (let k = 0; k < 3; k++) y = pick(rng.fork(i, k), unary)(y);
    const columns = y.shape[1]!;
    // Any width meets any matrix: what is too wide is cut, what is too narrow is padded.
    const [rows = 1] = w.shape;
    y =
      columns > rows
        ? ops.slice(y, [0, 0], [y.shape[0]!, rows])
        : ops.pad(y, [
            [0, 0],
            [0, rows - columns],
          ]);
    y = ops.matMul(y, w);
  }
  return y;
}

export interface RandomFunction {
  readonly inputs: ArrayTree;
  readonly fn: (inputs: TensorTree) => TensorTree;
}

/** A function of `{ x, weights }` of random shapes that returns its value and all its gradients. */
export function randomFunction(seed: number): RandomFunction {
  const rng = stream('random-shapes').fork(seed);
  const [n = 1, depth = 1] = Array.from(rng.integers(2, 4), (v) => v + 1);
  const widths = Array.from(rng.integers(depth + 1, 6), (v) => v + 1);
  const weights: NdArray[] = widths.slice(1).map((out, i) => rng.fork('w', i).normal([widths[i]!, out]));
  return {
    inputs: { x: rng.fork('x').normal([n, widths[0]!]), weights },
    fn(inputs) {
      const objective = (p: TensorTree) => {
        const { x, weights: w } = p as unknown as { x: Tensor; weights: readonly Tensor[] };
        const y = compute(seed, x, w);
        return { loss: ops.mean(ops.square(y)), aux: { y } };
      };
      const { loss, aux, gradient } = valueAndGradient(objective)(inputs);
      return { loss, y: aux!.y, gradient };
    },
  };
}
