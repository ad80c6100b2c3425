/** Maps id + step v between cells, in coordinates of cells, and their inverses. */
import type { GridMeasure } from '@wasserflow/core';
import { componentsOf, type Component } from './at-points.js';
import type { GridField } from './field.js';
import { gridOf } from '../cells/grid.js';

/** A point in cells from the lower corner; on a line the second number is 1/2. */
export type Place = readonly [number, number];

/** A map at a point: where it leads, and its slopes by rows. */
export interface Landing {
  readonly at: Place;
  readonly slopes: readonly [number, number, number, number];
}

export type CellMap = (x: Place) => Landing;

/** id + step v, with v between its faces. */
export function cellMap(mu: GridMeasure, v: GridField, step: number): CellMap {
  const [hx = 1, hy = 1] = gridOf(mu).spacing;
  const [along, across = (): readonly [number, number, number] => [0, 0, 0]]: Component[] = componentsOf(v);
  const [p, q] = [step / hx, step / hy];
  return ([x, y]) => {
    const [u, w] = [along!(x, y), across(x, y)];
    return { at: [x + p * u[0], y + q * w[0]], slopes: [1 + p * u[1], p * u[2], q * w[1], 1 + q * w[2]] };
  };
}

/** The determinant of the slopes: not above 0 where the map folds. */
export const turning = ({ slopes: [a, b, c, d] }: Landing): number => a * d - b * c;

const gap = ({ at }: Landing, [x, y]: Place): Place => [at[0] - x, at[1] - y];
const length2 = ([x, y]: Place): number => x * x + y * y;

/** The step of Newton's method; a plain fixed-point step where the slopes have no inverse. */
function newtonStep(landing: Landing, goal: Place): Place {
  const [p, q] = gap(landing, goal);
  const [a, b, c, d] = landing.slopes;
  const det = turning(landing);
  return det === 0 ? [p, q] : [(d * p - b * q) / det, (a * q - c * p) / det];
}

// Newton's method: the most steps, halvings of each, and how near it has to come, in cells.
const STEPS = 40;
const HALVINGS = 12;
const NEAR = 1e-9;

/** The point that leads to `goal`, by damped Newton steps, or one as near to that as they come. */
export function preimage(map: CellMap, goal: Place): { x: Place; found: boolean } {
  const ahead = gap(map(goal), goal);
  let x: Place = [goal[0] - ahead[0], goal[1] - ahead[1]];
  let landing = map(x);
  let error = length2(gap(landing, goal));
  for (let i = 0; i < STEPS && error > NEAR ** 2; i++) {
    const move = newtonStep(landing, goal);
    let better = false;
    for (let h = 0, factor = 1; h < HALVINGS && !better; h++, factor /= 2) {
      const tried: Place = [x[0] - factor * move[0], x[1] - factor * move[1]];
      const there = map(tried);
      const left = length2(gap(there, goal));
      better = left < error;
      if (better) [x, landing, error] = [tried, there, left];
    }
    if (!better) break;
  }
  return { x, found: error <= NEAR ** 2 };
}
