/** Moves that cancel: chains of reshapes and transposes, and copies that broadcasting makes anyway. */
import type { Node } from '../graph/node.js';
import { broadcastShape, expand, reduce, reshape, sameShape, transpose } from '../graph/operations.js';
import { factored, times } from './factors.js';
import type { Rule } from './simplify.js';

const elementwise = new Set(
  'Add Sub Mul Div Pow Max Min Where Greater GreaterOrEqual Less LessOrEqual Equal'.split(' '),
);

const perm = (node: Node): readonly number[] => node.attributes.perm as readonly number[];

/** A transpose that moves only axes of size one keeps the order of the elements. */
const keepsOrder = (node: Node): boolean => {
  const moved = perm(node).filter((axis) => node.inputs[0]!.shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
};

export const reshapes: Rule = (node) => {
  const [x] = node.inputs as [Node];
  if (node.op === 'Transpose') {
    if (keepsOrder(node)) return reshape(x, node.shape);
    return x.op === 'Transpose'
      ? transpose(
          x.inputs[0]!,
          perm(node).map((axis) => perm(x)[axis]!),
        )
      : undefined;
  }
  if (node.op !== 'Reshape') return undefined;
  if (sameShape(x.shape, node.shape)) return x;
  return x.op === 'Reshape' ? reshape(x.inputs[0]!, node.shape) : undefined;
};

/** A sum that is reshaped to keep its axes, or to drop them, says so itself. */
export const keptAxes: Rule = (node) => {
  const [x] = node.inputs as [Node];
  if (node.op !== 'Reshape' || !x.op.startsWith('Reduce')) return undefined;
  const axes = x.attributes.axes as readonly number[];
  const other = reduce(x.op as 'ReduceSum', x.inputs[0]!, axes, x.attributes.keepdims ? 0 : 1);
  return sameShape(other.shape, node.shape) ? other : undefined;
};

/** Copies along axes of size one are broadcasts. */
export const tilesAreBroadcasts: Rule = (node) => {
  const [x] = node.inputs as [Node];
  if (node.op === 'Tile' && x.shape.every((n, i) => n === 1 || (node.attributes.repeats as number[])[i] === 1))
    return sameShape(x.shape, node.shape) ? x : expand(x, node.shape);
  if (node.op === 'Expand' && sameShape(x.shape, node.shape)) return x;
  return node.op === 'Expand' && x.op === 'Expand' ? expand(x.inputs[0]!, node.shape) : undefined;
};

/** Elementwise operations broadcast by themselves. */
export const implicitBroadcast: Rule = (node) => {
  if (!elementwise.has(node.op)) return undefined;
  const at = node.inputs.findIndex((x, i) => {
    if (x.op !== 'Expand') return false;
    const inputs = node.inputs.with(i, x.inputs[0]!);
    return sameShape(broadcastShape(...inputs.map(({ shape }) => shape)), node.shape);
  });
  return at < 0 ? undefined : { ...node, inputs: node.inputs.with(at, node.inputs[at]!.inputs[0]!) };
};

/** c move(x) as [move(x), c], where the move is a reshape or a transpose. */
function moved(node: Node): readonly [move: Node, factor: number] | undefined {
  const [base, factor] = factored(node);
  return base.op === 'Reshape' || base.op === 'Transpose' ? [base, factor] : undefined;
}

/** f(moved x, moved y) is f(x, y) moved, where both move alike. */
export const movesOutwards: Rule = (node) => {
  if (!elementwise.has(node.op) || node.inputs.length !== 2) return undefined;
  const [a, b] = node.inputs.map(moved);
  if (a === undefined || b === undefined || a[0].op !== b[0].op || !sameShape(a[0].shape, b[0].shape)) return undefined;
  const [x, y] = [a[0].inputs[0]!, b[0].inputs[0]!];
  if (!sameShape(x.shape, y.shape) || perm(a[0])?.join() !== perm(b[0])?.join()) return undefined;
  const inner = { ...node, inputs: [times(x, a[1]), times(y, b[1])], shape: x.shape };
  return { ...a[0], inputs: [inner], type: node.type };
};
