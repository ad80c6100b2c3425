/** Fields between their faces: each component linear along both axes, in coordinates of cells. */
import { linesOf } from '../cells/axes.js';
import { faceShape } from './deposit.js';
import type { GridField } from './field.js';

/** A component at a point, and its slopes along both axes, per cell. */
export type Jet = readonly [value: number, alongX: number, alongY: number];

/** Component k at (x, y), cells counted from the lower corner; y is 1/2 on a line. */
export type Component = (x: number, y: number) => Jet;

/** Nodes along an axis of n cells: inner faces or centres. */
interface Nodes {
  readonly n: number;
  readonly first: number;
  readonly count: number;
  readonly stride: number;
}

/** Between which nodes a point lies: the lower one, the share of the other, and whether the point is in the box. */
function place({ n, first, count }: Nodes, s: number): { index: number; share: number; moves: number } {
  if (count < 2) return { index: 0, share: 0, moves: 0 };
  const inside = Math.min(Math.max(s, 0), n);
  const t = inside - first;
  const index = Math.min(Math.max(Math.floor(t), 0), count - 2);
  return { index, share: t - index, moves: inside === s ? 1 : 0 };
}

/** Cells along both axes, `[nx, ny]`, ny = 1 on a line. */
export function cellsOf({ faces }: GridField): readonly [number, number] {
  const [nx = 1, ny = 1] = faces[0]!.shape;
  return [nx - 1, ny];
}

/**
 * Component k between its inner faces, going on as it is up to the walls, and constant beyond. That it is zero at the
 * walls says that they let nothing through, and is no value of the field.
 */
export function componentOf(v: GridField, k: number): Component {
  const { data } = v.faces[k]!;
  const [nx, ny] = cellsOf(v);
  const columns = k === 1 ? ny + 1 : ny;
  const x: Nodes = { n: nx, stride: columns, ...(k === 0 ? { first: 1, count: nx - 1 } : { first: 0.5, count: nx }) };
  const y: Nodes = { n: ny, stride: 1, ...(k === 1 ? { first: 1, count: ny - 1 } : { first: 0.5, count: ny }) };
  const origin = k === 0 ? columns : 1;
  if (x.count === 0 || y.count === 0) return () => [0, 0, 0];
  return (px, py) => {
    const [a, b] = [place(x, px), place(y, py)];
    const at = origin + a.index * x.stride + b.index;
    const [dx, dy] = [x.count < 2 ? 0 : x.stride, y.count < 2 ? 0 : 1];
    const [v00, v10, v01, v11] = [data[at]!, data[at + dx]!, data[at + dy]!, data[at + dx + dy]!];
    const [low, high] = [v00 + a.share * (v10 - v00), v01 + a.share * (v11 - v01)];
    const slope = v10 - v00 + b.share * (v11 - v01 - v10 + v00);
    return [low + b.share * (high - low), a.moves * slope, b.moves * (high - low)];
  };
}

export const componentsOf = (v: GridField): Component[] => v.faces.map((_, k) => componentOf(v, k));

/** The field with component k = f(k, x, y) at the inner faces, zero at the walls. */
export function onFaces(
  [nx, ny]: readonly [number, number],
  dimension: number,
  f: (k: number, x: number, y: number) => number,
): GridField {
  const cells = dimension === 1 ? [nx] : [nx, ny];
  const faces = cells.map((_, k) => {
    const shape = faceShape({ shape: cells }, k);
    const { starts, stride, length } = linesOf(shape, k);
    const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
    for (const [l, start] of starts.entries())
      for (let i = 1; i < length - 1; i++) data[start + i * stride] = k === 0 ? f(k, i, l + 0.5) : f(k, l + 0.5, i);
    return { shape, data };
  });
  return { faces };
}
