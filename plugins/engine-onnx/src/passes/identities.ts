/** Algebra that makes work disappear, and the normal form in which sums and factors are written. */
import { sizeOf } from '@wasserflow/tensor';
import type { Node } from '../graph/node.js';
import { add, expand, mul, reshape, sameShape, uniform, uniformValue } from '../graph/operations.js';
import type { Rule } from './simplify.js';

export const number = (value: number): Node => uniform(value);

/** x in the given shape, which it broadcasts to. */
export const broadcast = (x: Node, shape: readonly number[]): Node =>
  sameShape(x.shape, shape) ? x : sizeOf(x.shape) === sizeOf(shape) ? reshape(x, shape) : expand(x, shape);

const commutative = new Set(['Add', 'Mul', 'Max', 'Min']);
const broadcasting = new Set([...commutative, 'Sub', 'Div', 'Pow', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual']);

/** Constants stand second, so that the rules look for them in one place. */
export const constantsSecond: Rule = ({ op, inputs: [a, b], ...node }) =>
  commutative.has(op) && a!.op === 'Constant' && b!.op !== 'Constant' ? { ...node, op, inputs: [b!, a!] } : undefined;

/** A constant with equal elements needs no shape where the other operand has the result's. */
export const scalarConstants: Rule = (node) => {
  if (!broadcasting.has(node.op)) return undefined;
  const shrunk = node.inputs.map((x, i) => {
    const value = uniformValue(x);
    const other = node.inputs[1 - i]!;
    if (value === undefined || x.shape.length === 0 || !sameShape(other.shape, node.shape)) return x;
    return uniform(value, [], x.type);
  });
  return shrunk.every((x, i) => x === node.inputs[i]) ? undefined : { ...node, inputs: shrunk };
};

/** Differences as sums, quotients by a number as products: factors and terms then move freely. */
export const normalForm: Rule = ({ op, inputs: [a, b], type }) => {
  if (type !== 'float32') return undefined;
  if (op === 'Neg') return mul(a!, number(-1));
  if (op === 'Sub') return add(a!, mul(b!, number(-1)));
  const divisor = op === 'Div' ? uniformValue(b!) : undefined;
  return divisor !== undefined && divisor !== 0 && Number.isFinite(1 / divisor)
    ? mul(a!, { ...b!, values: Float32Array.of(1 / divisor) })
    : undefined;
};

/** x * 1, x + 0, x ^ 1, x * 0, and squares. */
export const identities: Rule = ({ op, inputs: [a, b], shape, type }) => {
  const value = b === undefined ? undefined : uniformValue(b);
  if (value === undefined) return undefined;
  if ((op === 'Mul' && value === 1) || (op === 'Add' && value === 0)) return broadcast(a!, shape);
  if (op === 'Mul' && value === 0) return uniform(0, shape, type);
  if (op === 'Pow' && value === 1) return broadcast(a!, shape);
  if (op === 'Pow' && value === 2) return broadcast(mul(a!, a!), shape);
  return undefined;
};

/** 0 / x, and a choice that is known. */
export const knownChoices: Rule = ({ op, inputs: [a, b, c], shape, type }) => {
  if (op === 'Div' && uniformValue(a!) === 0) return uniform(0, shape, type);
  if (op !== 'Where') return undefined;
  const condition = uniformValue(a!);
  if (condition !== undefined) return broadcast(condition ? b! : c!, shape);
  return b === c ? broadcast(b!, shape) : undefined;
};
