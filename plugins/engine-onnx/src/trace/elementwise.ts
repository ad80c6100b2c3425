/** What the elementwise kernels of tfjs append to the graph. */
import type { Node } from '../graph/node.js';
import { add, binary, cast, mul, unary, uniform, where } from '../graph/operations.js';
import { elementType } from './backend.js';
import type { Kernels } from './kernels.js';

const float = (x: Node): Node => cast(x, 'float32');

const one =
  (op: string) =>
  ({ x }: Record<string, Node>): Node =>
    unary(op, x!);

/** Operations on real numbers: other types are converted. */
const real =
  (op: string) =>
  ({ x }: Record<string, Node>): Node =>
    unary(op, float(x!));

const two =
  (op: string) =>
  ({ a, b }: Record<string, Node>): Node =>
    binary(op, a!, b!);

const comparison =
  (op: string) =>
  ({ a, b }: Record<string, Node>): Node =>
    binary(op, a!, b!, 'bool');

/** 1 where x > 0, else `alpha`; NaN stays NaN. */
function step(x: Node, alpha: number): Node {
  const zero = uniform(0, [], x.type);
  const positive = cast(binary('Greater', x, zero, 'bool'), x.type);
  return alpha === 0 ? positive : add(mul(positive, uniform(1 - alpha, [], x.type)), uniform(alpha, [], x.type));
}

export const elementwise: Kernels = {
  Abs: one('Abs'),
  Neg: one('Neg'),
  Sign: one('Sign'),
  Floor: real('Floor'),
  Relu: one('Relu'),
  Reciprocal: real('Reciprocal'),
  Sqrt: real('Sqrt'),
  Rsqrt: ({ x }) => unary('Reciprocal', unary('Sqrt', float(x!))),
  Square: ({ x }) => mul(x!, x!),
  Exp: real('Exp'),
  Log: real('Log'),
  Log1p: real('Log1p'),
  Sin: real('Sin'),
  Cos: real('Cos'),
  Tanh: real('Tanh'),
  Sigmoid: real('Sigmoid'),
  Softplus: real('Softplus'),
  Erf: real('Erf'),
  Add: two('Add'),
  Sub: two('Sub'),
  Multiply: two('Mul'),
  RealDiv: ({ a, b }) => binary('Div', float(a!), float(b!)),
  Pow: two('Pow'),
  Maximum: two('Max'),
  Minimum: two('Min'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Equal: comparison('Equal'),
  NotEqual: ({ a, b }) => unary('Not', binary('Equal', a!, b!, 'bool')),
  LogicalNot: one('Not'),
  Step: ({ x }, { alpha }) => step(x!, alpha as number),
  Select: ({ condition, t, e }) => where(condition!, t!, e!),
  Identity: ({ x }) => x!,
  Cast: ({ x }, { dtype }) => cast(x!, elementType(dtype as 'float32')),
  ZerosLike: ({ x }) => uniform(0, x!.shape, x!.type),
  OnesLike: ({ x }) => uniform(1, x!.shape, x!.type),
  Fill: (_, { shape, value, dtype }) =>
    uniform(value as number, shape as number[], elementType((dtype ?? 'float32') as 'float32')),
};
