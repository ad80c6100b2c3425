/** What the kernels of tfjs that move, join, reduce and multiply append to the graph. */
import tf = require('@tensorflow/tfjs-core');
import { sizeOf } from '@wasserflow/tensor';
import type { Node } from '../graph/node.js';
import * as ops from '../graph/operations.js';
import type { Kernels } from './kernels.js';

type Attributes = Record<string, unknown>;

const axesOf = (x: Node, axis: unknown): number[] => tf.util.parseAxisParam(axis as number | number[], [...x.shape]);

const axisOf = (rank: number, axis: unknown): number => ((axis as number) < 0 ? rank : 0) + (axis as number);

const reduction =
  (op: ops.Reduction) =>
  ({ x }: Record<string, Node>, { axis, reductionIndices, keepDims }: Attributes): Node => {
    const axes = axesOf(x!, reductionIndices ?? axis);
    return axes.length === 0 ? x! : ops.reduce(op, x!, axes, keepDims ? 1 : 0);
  };

/** The target shape with its one -1, if any, worked out. */
function resolve(x: Node, target: readonly number[]): number[] {
  const known = -sizeOf(target);
  return target.map((n) => (n === -1 ? sizeOf(x.shape) / known : n));
}

const inserted = (shape: readonly number[], at: number): number[] => shape.toSpliced(at, 0, 1);

function split(x: Node, axis: number, sizes: readonly number[]): Node[] {
  let offset = 0;
  return sizes.map((size) => {
    const starts = x.shape.map((_, i) => (i === axis ? offset : 0));
    offset += size;
    return ops.slice(x, starts, x.shape.with(axis, size));
  });
}

function pack(parts: readonly Node[], axis: unknown): Node {
  const at = axisOf(parts[0]!.shape.length + 1, axis);
  return ops.concat(
    parts.map((part) => ops.reshape(part, inserted(part.shape, at))),
    at,
  );
}

function unpack(x: Node, axis: unknown): Node[] {
  const at = axisOf(x.shape.length, axis);
  const sizes = Array.from({ length: x.shape[at]! }, () => 1);
  return split(x, at, sizes).map((part) => ops.reshape(part, x.shape.toSpliced(at, 1)));
}

/** Parts of size zero are left out: some backends refuse them. */
function concatenate(parts: readonly Node[], axis: unknown): Node {
  const full = parts.filter((part) => sizeOf(part.shape) > 0);
  if (full.length < 2) return full[0] ?? parts[0]!;
  return ops.concat(full, axesOf(parts[0]!, axis)[0]!);
}

export const shapes: Kernels = {
  Sum: reduction('ReduceSum'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Cumsum: ({ x }, { axis, exclusive, reverse }) =>
    ops.cumsum(x!, axisOf(x!.shape.length, axis), exclusive as boolean, reverse as boolean),
  BatchMatMul: ({ a, b }, { transposeA, transposeB }) =>
    ops.matMul(a!, b!, transposeA as boolean, transposeB as boolean),
  Reshape: ({ x }, { shape }) => ops.reshape(x!, resolve(x!, shape as number[])),
  ExpandDims: ({ input }, { dim }) => ops.reshape(input!, inserted(input!.shape, axisOf(input!.shape.length + 1, dim))),
  Transpose: ({ x }, { perm }) => ops.transpose(x!, perm as number[]),
  Tile: ({ x }, { reps }) => ops.tile(x!, reps as number[]),
  Slice: ({ x }, { begin, size }) => {
    const [starts, sizes] = tf.slice_util.parseSliceParams(x as never, begin as number[], size as number[]);
    return ops.slice(x!, starts!, sizes!);
  },
  PadV2: ({ x }, { paddings, constantValue }) => {
    const widths = paddings as number[][];
    return ops.pad(
      x!,
      widths.map(([before]) => before!),
      widths.map(([, after]) => after!),
      constantValue as number,
    );
  },
  Concat: (parts, { axis }) => concatenate(Object.values(parts), axis),
  Pack: (parts, { axis }) => pack(Object.values(parts), axis),
  SplitV: ({ x }, { numOrSizeSplits, axis }) => {
    const along = axisOf(x!.shape.length, axis);
    return split(x!, along, tf.backend_util.prepareSplitSize(x as never, numOrSizeSplits as number[], along));
  },
  Unpack: ({ value }, { axis }) => unpack(value!, axis),
};
