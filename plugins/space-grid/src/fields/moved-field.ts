/** Fields seen from where a map id + step v leads, or came from. */
import { WasserflowError, type GridMeasure } from '@wasserflow/core';
import { cellsOf, componentsOf, onFaces } from './at-points.js';
import { cellMap, preimage, turning, type CellMap } from './cell-map.js';
import { inner, type GridField } from './field.js';
import { massesOf } from '../cells/grid.js';
import { pushForward } from './push.js';

/**
 * u o (id + step v) at the faces. Components are linear between faces, exact for affine fields; beyond the walls, where
 * a push stops mass too, u is what it is at them.
 */
export function pullBack(mu: GridMeasure, v: GridField, step: number, u: GridField): GridField {
  const map = cellMap(mu, v, step);
  const components = componentsOf(u);
  return onFaces(cellsOf(v), v.faces.length, (k, x, y) => {
    const { at } = map([x, y]);
    return components[k]!(...at)[0];
  });
}

/** Images of the cells of a line: where their ends land, and what a field is at their ends. */
interface Images {
  readonly mass: Float64Array;
  readonly ends: Float64Array;
  readonly values: Float64Array;
}

// So narrow an image of a cell, in cells, counts as a point.
const POINT = 1e-12;

/** The mean of a field over what lands at y, by mass; by cells where nothing does, and at the nearest end beside. */
function landingAt({ mass, ends, values }: Images, y: number): number {
  let [sum, weight, plain, count, nearest] = [0, 0, 0, 0, 0];
  for (let c = 0; c < mass.length; c++) {
    const [a, b] = [ends[c]!, ends[c + 1]!];
    if (Math.abs(b - y) < Math.abs(ends[nearest]! - y)) nearest = c + 1;
    if (Math.min(a, b) > y || Math.max(a, b) < y) continue;
    const width = Math.abs(b - a);
    const value = values[c]! + (width > POINT ? (y - a) / (b - a) : 0.5) * (values[c + 1]! - values[c]!);
    const density = mass[c]! / Math.max(width, POINT);
    [sum, weight, plain, count] = [sum + density * value, weight + density, plain + value, count + 1];
  }
  return weight > 0 ? sum / weight : count > 0 ? plain / count : values[nearest]!;
}

function carryOnLine(mu: GridMeasure, v: GridField, step: number, u: GridField): GridField {
  const map = cellMap(mu, v, step);
  const [field] = componentsOf(u);
  const mass = massesOf(mu);
  const ends = Float64Array.from({ length: mass.length + 1 }, (_, i) => map([i, 0.5]).at[0]);
  const values = ends.map((_, i) => field!(i, 0.5)[0]);
  return onFaces(cellsOf(v), 1, (_, y) => landingAt({ mass, ends, values }, y));
}

/** The share of mu in cells that the map turns over. */
function foldedShare(mu: GridMeasure, map: CellMap): number {
  const ny = mu.mass.shape[1]!;
  return massesOf(mu).reduce((sum, m, at) => {
    const centre = [Math.floor(at / ny) + 0.5, (at % ny) + 0.5] as const;
    return m > 0 && !(turning(map(centre)) > 0) ? sum + m : sum;
  }, 0);
}

// A map may fold where so little of the mass is, as in tails that are all rounding.
const FOLDS = 1e-4;

function ensureUnfolded(share: number): void {
  if (share <= FOLDS) return;
  const percent = Number((100 * share).toPrecision(2));
  throw new WasserflowError(
    'E_NUMERICS',
    `the map of the step folds over where ${percent} % of the mass is, so that no field can be carried along it; take a smaller step, or a finer grid`,
  );
}

function carryInPlane(mu: GridMeasure, v: GridField, step: number, u: GridField): GridField {
  const map = cellMap(mu, v, step);
  ensureUnfolded(foldedShare(mu, map));
  const components = componentsOf(u);
  const missed = onFaces(cellsOf(v), 2, () => 0);
  const carried = onFaces(cellsOf(v), 2, (k, x, y) => {
    const { x: origin, found } = preimage(map, [x, y]);
    if (!found) missed.faces[k]!.data[Math.floor(x) * missed.faces[k]!.shape[1]! + Math.floor(y)] = 1;
    return components[k]!(...origin)[0];
  });
  if (missed.faces.some(({ data }) => data.includes(1)))
    ensureUnfolded(inner(pushForward(mu, v, step), missed, missed));
  return carried;
}

/**
 * u o (id + step v)^-1 at the faces: where the field u, known at mu, is after the step. Components are linear between
 * faces, exact for affine fields. On a line, where a map folds, u is the mean over what lands at a place, by mass.
 *
 * @throws WasserflowError E_NUMERICS when in a plane the map folds over where more than 1e-4 of the mass is
 */
export const carry = (mu: GridMeasure, v: GridField, step: number, u: GridField): GridField =>
  v.faces.length === 1 ? carryOnLine(mu, v, step, u) : carryInPlane(mu, v, step, u);
