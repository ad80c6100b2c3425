/** Constant folding: what depends on constants only is computed now. */
import { sizeOf } from '@wasserflow/tensor';
import type { Node, Values } from '../graph/node.js';
import { constant, uniform, uniformValue, valuesOf } from '../graph/operations.js';
import type { Rule } from './simplify.js';

const unary: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Neg: (x) => -x,
  Sign: Math.sign,
  Floor: Math.floor,
  Relu: (x) => Math.max(x, 0),
  Reciprocal: (x) => 1 / x,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Log1p: Math.log1p,
  Sin: Math.sin,
  Cos: Math.cos,
  Tanh: Math.tanh,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  Not: (x) => 1 - x,
};

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Max: Math.max,
  Min: Math.min,
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  Equal: (a, b) => Number(a === b),
};

/** Operations that only move elements: equal elements stay equal. */
const moving = new Set(['Reshape', 'Expand', 'Tile', 'Transpose', 'Slice']);

const at = (values: Values, i: number): number => values[values.length === 1 ? 0 : i]!;

/** Elementwise on constants of the result's shape, or on constants whose elements are all equal. */
function elementwise(node: Node, f: (...numbers: number[]) => number): Node | undefined {
  const operands = node.inputs.map(({ values }) => values!);
  const longest = Math.max(...operands.map((values) => values.length));
  if (longest > 1 && longest !== sizeOf(node.shape)) return undefined;
  if (operands.some(({ length }) => length !== 1 && length !== longest)) return undefined;
  const numbers = Array.from({ length: longest }, (_, i) => f(...operands.map((values) => at(values, i))));
  return constant(valuesOf(node.type, numbers), node.shape, node.type);
}

function sumOfEqual(node: Node): Node | undefined {
  const value = uniformValue(node.inputs[0]!);
  if (value === undefined) return undefined;
  return uniform((value * sizeOf(node.inputs[0]!.shape)) / sizeOf(node.shape), node.shape, node.type);
}

export const fold: Rule = (node) => {
  if (node.inputs.length === 0 || node.inputs.some(({ op }) => op !== 'Constant')) return undefined;
  const f = unary[node.op] ?? binary[node.op];
  if (f) return elementwise(node, f);
  const [x] = node.inputs as [Node];
  if (moving.has(node.op) && uniformValue(x) !== undefined) return constant(x.values!, node.shape, node.type);
  if (node.op === 'Reshape') return constant(x.values!, node.shape, node.type);
  if (node.op === 'Cast' && node.type !== 'bool')
    return constant(valuesOf(node.type, x.values!), node.shape, node.type);
  return node.op === 'ReduceSum' ? sumOfEqual(node) : undefined;
};
