/** Constructors of nodes: each knows the shape and the type of its result. */
import type { Attributes, ElementType, Node, Values } from './node.js';

type Shape = readonly number[];

const node = (op: string, inputs: readonly Node[], shape: Shape, attributes: Attributes = {}, type?: ElementType) => ({
  op,
  inputs,
  attributes,
  shape,
  type: type ?? inputs[0]!.type,
});

export const input = (name: string, shape: Shape, type: ElementType): Node => ({
  ...node('Input', [], shape, {}, type),
  name,
});

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export const valuesOf = (type: ElementType, numbers: ArrayLike<number>): Values => arrays[type].from(numbers);

const allEqual = (values: Values): boolean => values.every((v: number) => Object.is(v, values[0]));

/** A constant; when its elements are all equal, it keeps only one. */
export const constant = (values: Values, shape: Shape, type: ElementType): Node => ({
  ...node('Constant', [], shape, {}, type),
  values: values.length > 1 && allEqual(values) ? values.slice(0, 1) : values,
});

/** A tensor whose elements are all equal. */
export const uniform = (value: number, shape: Shape = [], type: ElementType = 'float32'): Node =>
  constant(valuesOf(type, [value]), shape, type);

/** The shape of an elementwise result, after NumPy's rule. */
export function broadcastShape(...shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

export const unary = (op: string, x: Node, type?: ElementType): Node => node(op, [x], x.shape, {}, type);

export const binary = (op: string, a: Node, b: Node, type?: ElementType): Node =>
  node(op, [a, b], broadcastShape(a.shape, b.shape), {}, type);

export const add = (a: Node, b: Node): Node => binary('Add', a, b);
export const sub = (a: Node, b: Node): Node => binary('Sub', a, b);
export const mul = (a: Node, b: Node): Node => binary('Mul', a, b);
export const div = (a: Node, b: Node): Node => binary('Div', a, b);
export const neg = (x: Node): Node => unary('Neg', x);

/** max(min, min(x, max)), with the bounds that are given. */
export const clip = (x: Node, bounds: { readonly min?: number; readonly max?: number }): Node =>
  node('Clip', [x], x.shape, bounds);

/** alpha x + beta, no less than 0 and no more than 1. */
export const hardSigmoid = (x: Node, alpha: number, beta: number): Node =>
  node('HardSigmoid', [x], x.shape, { alpha, beta });

export const where = (condition: Node, a: Node, b: Node): Node =>
  node('Where', [condition, a, b], broadcastShape(condition.shape, a.shape, b.shape), {}, a.type);

export const cast = (x: Node, type: ElementType): Node => (x.type === type ? x : unary('Cast', x, type));

export const reshape = (x: Node, shape: Shape): Node => node('Reshape', [x], shape);

export const expand = (x: Node, shape: Shape): Node => node('Expand', [x], shape);

export const tile = (x: Node, repeats: Shape): Node =>
  node(
    'Tile',
    [x],
    x.shape.map((n, i) => n * repeats[i]!),
    { repeats },
  );

export const transpose = (x: Node, perm: Shape): Node =>
  node(
    'Transpose',
    [x],
    perm.map((axis) => x.shape[axis]!),
    { perm },
  );

export const slice = (x: Node, starts: Shape, sizes: Shape): Node =>
  node('Slice', [x], sizes, { starts, ends: starts.map((start, i) => start + sizes[i]!) });

export const pad = (x: Node, before: Shape, after: Shape, value: number): Node =>
  node(
    'Pad',
    [x],
    x.shape.map((n, i) => n + before[i]! + after[i]!),
    { pads: [...before, ...after], value },
  );

export const concat = (parts: readonly Node[], axis: number): Node => {
  const first = parts[0]!.shape;
  const along = parts.reduce((total, part) => total + part.shape[axis]!, 0);
  return node('Concat', parts, first.with(axis, along), { axis });
};

export type Reduction = 'ReduceSum' | 'ReduceMax' | 'ReduceMin';

/** Reduces over `axes`; they stay with size one if `keepdims` is 1. */
export function reduce(op: Reduction, x: Node, axes: readonly number[], keepdims: 0 | 1): Node {
  const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const shape = keepdims ? kept : kept.filter((_, axis) => !axes.includes(axis));
  return node(op, [x], shape, { axes, keepdims });
}

export const cumsum = (x: Node, axis: number, exclusive: boolean, reverse: boolean): Node =>
  node('CumSum', [x], x.shape, { axis, exclusive: Number(exclusive), reverse: Number(reverse) });

/** op(A) op(B), where op transposes the last two axes or not; the axes before them are broadcast. */
export function matMul(a: Node, b: Node, transA: boolean, transB: boolean): Node {
  const rows = a.shape.at(transA ? -1 : -2)!;
  const columns = b.shape.at(transB ? -2 : -1)!;
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return node('MatMul', [a, b], [...batch, rows, columns], { transA: Number(transA), transB: Number(transB) });
}

/** The number that all elements equal, if this is such a constant. */
export const uniformValue = ({ values }: Node): number | undefined => (values?.length === 1 ? values[0] : undefined);
