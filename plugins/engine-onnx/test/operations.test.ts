import { ops, valueAndGradient, type NdArray, type Tensor } from '@wasserflow/tensor';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { onnxEngine } from '../src/engine.js';
import { eager, expectClose, normal, positive, useCpu } from './eager.js';

type Inputs = Record<string, Tensor>;
type Case = readonly [name: string, fn: (inputs: Inputs) => Tensor, inputs: Record<string, NdArray>];

const {
  abs,
  add,
  broadcastTo,
  concat,
  cos,
  cumsum,
  div,
  erf,
  exp,
  expandDims,
  fill,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  logSumExp,
  matMul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  neg,
  onesLike,
  pad,
  pow,
  reciprocal,
  relu,
  reshape,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  slice,
  softmax,
  softplus,
  split,
  sqrt,
  square,
  squeeze,
  stack,
  step,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  tile,
  transpose,
  unstack,
  where,
  zerosLike,
} = ops;

const a = normal('a', [3, 4]);
const b = normal('b', [3, 4]);
const row = normal('row', [4]);
const column = normal('column', [3, 1]);
const up = positive('up', [3, 4]);
const wide: NdArray = { shape: [9], data: Float32Array.of(-100, -30, -3, -0.5, 0, 0.5, 3, 30, 100) };
const small: NdArray = { shape: [5], data: Float32Array.of(-1e-7, 1e-8, 1e-5, 0.3, 3) };
const x3 = normal('x3', [2, 3, 4]);

const unary: Case[] = (
  [
    ['abs', abs, a],
    ['neg', neg, a],
    ['reciprocal', reciprocal, up],
    ['square', square, a],
    ['sqrt', sqrt, up],
    ['rsqrt', rsqrt, up],
    ['exp', exp, a],
    ['log', log, up],
    ['log1p', log1p, up],
    ['log1p of small numbers', log1p, small],
    ['sin', sin, a],
    ['cos', cos, a],
    ['tanh', tanh, a],
    ['sigmoid', sigmoid, a],
    ['softplus', softplus, a],
    ['softplus far out', softplus, wide],
    ['erf', erf, a],
    ['relu', relu, a],
    ['silu', silu, a],
    ['sign', sign, a],
    ['step', step, a],
    ['step with a slope', (x: Tensor) => mul(x, step(x, 0.25)), a],
    ['softmax', softmax, a],
    ['zerosLike', (x: Tensor) => add(x, zerosLike(x)), a],
    ['onesLike', (x: Tensor) => mul(x, onesLike(x)), a],
    ['stopGradient', (x: Tensor) => mul(x, stopGradient(x)), a],
  ] as [string, (x: Tensor) => Tensor, NdArray][]
).map(([name, f, x]) => [name, (inputs) => f(inputs.x!), { x }]);

const pairs = { x: a, y: b };
const binary: Case[] = [
  ['add', ({ x, y }) => add(x!, y!), pairs],
  ['add a row', ({ x, y }) => add(square(x!), y!), { x: a, y: row }],
  ['sub a column', ({ x, y }) => sub(x!, square(y!)), { x: a, y: column }],
  ['mul', ({ x, y }) => mul(x!, y!), pairs],
  ['mul of a column and a row', ({ x, y }) => mul(x!, y!), { x: column, y: row }],
  ['div', ({ x, y }) => div(x!, y!), { x: a, y: up }],
  ['pow', ({ x, y }) => pow(x!, y!), { x: up, y: b }],
  ['pow of a scalar', ({ x }) => pow(ops.scalar(0.9), x!), { x: a }],
  ['maximum', ({ x, y }) => maximum(x!, y!), pairs],
  ['minimum', ({ x, y }) => minimum(x!, y!), pairs],
  ['where', ({ x, y }) => where(greater(x!, y!), square(x!), mul(y!, 3)), pairs],
  ['where less', ({ x, y }) => where(less(x!, y!), mul(x!, y!), y!), pairs],
  ['where greaterEqual', ({ x, y }) => where(greaterEqual(x!, y!), x!, square(y!)), pairs],
  ['where lessEqual', ({ x, y }) => where(lessEqual(x!, 0), x!, square(y!)), pairs],
];

const shapes: Case[] = [
  ['reshape', ({ x }) => square(reshape(x!, [2, -1])), { x: a }],
  ['expandDims', ({ x }) => square(expandDims(x!, -1)), { x: a }],
  ['squeeze', ({ x }) => square(squeeze(x!)), { x: column }],
  ['transpose', ({ x }) => square(transpose(x!)), { x: a }],
  ['transpose with a permutation', ({ x }) => square(transpose(x!, [1, 2, 0])), { x: x3 }],
  ['tile', ({ x }) => square(tile(x!, [2, 3])), { x: a }],
  ['broadcastTo', ({ x }) => square(broadcastTo(x!, [2, 3, 4])), { x: row }],
  ['broadcastTo along the last axis', ({ x }) => square(broadcastTo(x!, [3, 4])), { x: column }],
  ['slice', ({ x }) => square(slice(x!, [1, 1], [2, -1])), { x: a }],
  [
    'pad',
    ({ x }) =>
      square(
        pad(
          x!,
          [
            [1, 0],
            [2, 1],
          ],
          0.5,
        ),
      ),
    { x: a },
  ],
  ['concat', ({ x, y }) => square(concat([x!, y!], -1)), { x: a, y: column }],
  [
    'split',
    ({ x }) => {
      const [l, r] = split(x!, [1, 3], 1);
      return mul(l!, r!);
    },
    { x: a },
  ],
  [
    'split evenly',
    ({ x }) => {
      const [l, r] = split(x!, 2, 1);
      return mul(l!, r!);
    },
    { x: a },
  ],
  ['stack', ({ x, y }) => square(stack([x!, y!], 1)), pairs],
  [
    'unstack',
    ({ x }) => {
      const [p, q, r] = unstack(x!, 0);
      return mul(mul(p!, q!), r!);
    },
    { x: a },
  ],
  ['fill', ({ x }) => mul(x!, fill([3, 4], 2.5)), { x: a }],
  ['a constant tensor', ({ x }) => mul(x!, tensor([[1], [2], [-3]])), { x: a }],
];

const reductions: Case[] = [
  ['sum', ({ x }) => square(sum(x!)), { x: a }],
  ['sum over the first axis', ({ x }) => square(sum(x!, 0)), { x: a }],
  ['sum over the last axis', ({ x }) => square(sum(x!, -1, true)), { x: a }],
  ['sum over two axes', ({ x }) => square(sum(x!, [0, 2])), { x: x3 }],
  ['mean', ({ x }) => square(mean(x!, 1)), { x: a }],
  ['max', ({ x }) => square(max(x!, 1)), { x: a }],
  ['max of all', ({ x }) => square(max(x!)), { x: a }],
  ['min', ({ x }) => square(min(x!, 0)), { x: a }],
  ['cumsum', ({ x }) => square(cumsum(x!, 1)), { x: a }],
  ['cumsum, exclusive and reversed', ({ x }) => square(cumsum(x!, 0, true, true)), { x: a }],
  ['logSumExp', ({ x }) => square(logSumExp(x!, 1)), { x: a }],
];

const left = { nn: [3, 4], tn: [4, 3] } as const;
const right = { nn: [4, 5], nt: [5, 4] } as const;
const square2 = (x: Tensor): Tensor => mul(x, x);
const products: Case[] = [
  ['matMul', ({ x, y }) => square2(matMul(x!, y!)), { x: normal('l', left.nn), y: normal('r', right.nn) }],
  [
    'matMul tn',
    ({ x, y }) => square2(matMul(x!, y!, true, false)),
    { x: normal('l', left.tn), y: normal('r', right.nn) },
  ],
  [
    'matMul nt',
    ({ x, y }) => square2(matMul(x!, y!, false, true)),
    { x: normal('l', left.nn), y: normal('r', right.nt) },
  ],
  [
    'matMul tt',
    ({ x, y }) => square2(matMul(x!, y!, true, true)),
    { x: normal('l', left.tn), y: normal('r', right.nt) },
  ],
  [
    'matMul of transposes',
    ({ x, y }) => square2(matMul(transpose(x!), transpose(y!))),
    { x: normal('l', left.tn), y: normal('r', right.nt) },
  ],
  ['matMul of batches', ({ x, y }) => square2(matMul(x!, y!)), { x: x3, y: normal('r', [2, 4, 5]) }],
  [
    'matMul of batches, transposed',
    ({ x, y }) => square2(matMul(x!, y!, true, true)),
    { x: x3, y: normal('r', [2, 5, 3]) },
  ],
  ['matMul of a batch and a matrix', ({ x, y }) => square2(matMul(x!, y!)), { x: x3, y: normal('r', right.nn) }],
  ['matMul of a matrix and a batch', ({ x, y }) => square2(matMul(x!, y!)), { x: normal('l', [5, 3]), y: x3 }],
  ['a layer', ({ x, w, b }) => tanh(add(matMul(x!, w!), b!)), { x: a, w: normal('w', right.nn), b: normal('b', [5]) }],
];

const weigh = (t: Tensor): Tensor => {
  const weights = tensor(
    Array.from({ length: t.size }, (_, i) => Math.cos(i)),
    t.shape,
  );
  return sum(mul(t, weights));
};

/** f weighted to a scalar, its gradient, and the gradient of a weighted sum of that: all derivatives count. */
const derivatives = (f: (inputs: Inputs) => Tensor) => (inputs: Inputs) => {
  const first = valueAndGradient((p: Inputs) => ({ loss: weigh(f(p)) }));
  const second = valueAndGradient((p: Inputs) => {
    const leaves = Object.values(first(p).gradient).map((g) => sum(square(g)));
    return { loss: leaves.reduce((total, v) => add(total, v)) };
  });
  return { value: f(inputs), first: first(inputs).gradient, second: second(inputs).gradient };
};

const engine = onnxEngine({ threads: 1 });
beforeAll(useCpu);
afterAll(() => engine.dispose());

const groups = { unary, binary, shapes, reductions, products };
for (const [group, cases] of Object.entries(groups))
  describe(`${group}: value, first and second derivatives as eager tfjs has them`, () => {
    it.each(cases)('%s', async (name, f, inputs) => {
      const fn = derivatives(f);
      const program = await engine.compile(name, fn as never, inputs as never);
      expectClose((await program.run(inputs as never)) as never, eager(fn as never, inputs));
      program.dispose();
    });
  });
