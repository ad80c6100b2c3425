/**
 * Numeric factors move outwards, through everything linear: they meet and multiply there, and products of
 * matrices take the last one for nothing (the alpha of Gemm).
 */
import { sizeOf } from '@wasserflow/tensor';
import type { Node } from '../graph/node.js';
import { add, mul, sameShape, uniformValue } from '../graph/operations.js';
import { number } from './identities.js';
import type { Rule } from './simplify.js';

/** Linear in the first input, with a result that is not larger. */
const linear = new Set(['Reshape', 'Transpose', 'ReduceSum', 'Slice', 'CumSum']);
const copying = new Set(['Expand', 'Tile']);

/** x as c * base. */
export function factored(x: Node): readonly [base: Node, factor: number] {
  if (x.op !== 'Mul' || x.type !== 'float32') return [x, 1];
  const [base, second] = x.inputs as [Node, Node];
  const factor = uniformValue(second);
  return factor === undefined || !sameShape(base.shape, x.shape) ? [x, 1] : [base, factor];
}

export const times = (x: Node, factor: number): Node => (factor === 1 ? x : mul(x, number(factor)));

/** Far from where float32 overflows or loses digits. */
const safe = (factor: number): boolean => Math.abs(factor) > 1e-20 && Math.abs(factor) < 1e20;

function outOfProduct(node: Node): Node | undefined {
  const [a, b] = node.inputs as [Node, Node];
  const [[x, p], [y, q]] = [factored(a), factored(b)];
  if ((p === 1 && q === 1) || !safe(p * q)) return undefined;
  if (node.op === 'MatMul') return times({ ...node, inputs: [x, y] }, p * q);
  if (node.op === 'Div') return safe(p / q) ? times({ ...node, inputs: [x, y] }, p / q) : undefined;
  const value = uniformValue(b);
  if (value !== undefined) return sameShape(a.shape, node.shape) ? mul(x, number(p * value)) : undefined;
  return times(mul(x, y), p * q);
}

/** (c X) s = X (c s) where s is smaller. */
function intoSmaller(node: Node): Node | undefined {
  const [large, small] = [...node.inputs].sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape)) as [Node, Node];
  const [x, factor] = factored(large);
  if (factor === 1 || uniformValue(small) !== undefined) return undefined;
  return mul(x, times(small, factor));
}

function outOfSum({ inputs: [a, b] }: Node): Node | undefined {
  const [[x, p], [y, q]] = [factored(a!), factored(b!)];
  if (p === 1 && q === 1) return undefined;
  if (p === q) return times(add(x, y), p);
  return p === -q && p !== 1 && q !== 1 ? times(add(x, times(y, -1)), p) : undefined;
}

export const factors: Rule = (node) => {
  if (node.type !== 'float32') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  if (linear.has(node.op)) {
    const [base, factor] = factored(a);
    return factor === 1 ? undefined : times({ ...node, inputs: [base] }, factor);
  }
  if (node.op === 'Mul' && copying.has(a.op) && uniformValue(b) !== undefined && sameShape(a.shape, node.shape))
    return { ...a, inputs: [times(a.inputs[0]!, uniformValue(b)!)] };
  if (node.op === 'Mul' && sizeOf(a.shape) !== sizeOf(b.shape) && uniformValue(b) === undefined)
    return intoSmaller(node);
  if (node.op === 'Mul' || node.op === 'Div' || node.op === 'MatMul') return outOfProduct(node);
  return node.op === 'Add' ? outOfSum(node) : undefined;
};
