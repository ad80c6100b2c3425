/** The Wasserstein gradient on a grid: differences of the first variation, also beside cells that are empty. */
import { WasserflowError, summandsOf, type Functional, type GridMeasure } from '@wasserflow/core';
import { energyOn, firstVariation } from '../energy/energy.js';
import { eachFace, zeros, type GridField } from './field.js';
import { gridOf, massesOf, measureOn, type Grid } from '../cells/grid.js';

/** A wall stays one, whatever pulls behind it. */
const added = (a: number, b: number): number => (a === Infinity || b === Infinity ? Infinity : a + b);

/** The first variation of G without its entropy, at the cells, and the weight of the entropy. */
function parts(G: Functional, mu: GridMeasure): { rest: Float64Array; entropy: number } {
  const grid = gridOf(mu);
  const rest = new Float64Array(grid.size);
  let entropy = 0;
  for (const { weight, of } of summandsOf(G)) {
    if (weight === 0) continue;
    const facet = of.facets?.grid;
    const energy = facet ? undefined : energyOn(grid, of);
    const values = energy ? firstVariation({ ...energy, entropy: 0 }, mu) : facet!.firstVariation!(mu);
    for (let i = 0; i < rest.length; i++) rest[i] = added(rest[i]!, weight * values[i]!);
    entropy += energy ? weight * energy.entropy : 0;
  }
  return { rest, entropy };
}

// log of the mass of a full cell over that which an empty one beside it counts with: the difference of logarithms at
// which diffusion brings in a unit of time the difference of both over their mean, |a - b| / ((a + b) / 2) at b = 0.
const DROP = 2;

/** Every empty cell with a share e^-2 of the least mass beside it, where there is any. */
function filled(grid: Grid, mass: Float64Array): Float64Array {
  const least = mass.map((m) => (m > 0 ? m : Infinity));
  const result = Float64Array.from(mass);
  const fill = (empty: number, full: number): void => {
    if (mass[empty] === 0 && mass[full]! > 0)
      result[empty] = Math.exp(-DROP) * (least[empty] = Math.min(least[empty]!, mass[full]!));
  };
  for (const k of grid.shape.keys())
    eachFace(grid, k, (_, left, right) => {
      fill(left, right);
      fill(right, left);
    });
  return result;
}

const infinite = (G: Functional, at: number, value: number): WasserflowError =>
  new WasserflowError(
    'E_NUMERICS',
    `\`${G.id}\` has no gradient: its first variation is ${value} in cell ${at}, which has mass; keep the mass where the functional is finite`,
  );

/** The rest, with what is -infinity in empty cells as it is when a little of the mass beside them is there. */
function finiteBesideMass(G: Functional, mu: GridMeasure, rest: Float64Array): Float64Array {
  const mass = massesOf(mu);
  const odd = rest.findIndex((f, i) => mass[i]! > 0 && Math.abs(f) === Infinity);
  if (odd >= 0) throw infinite(G, odd, rest[odd]!);
  if (!rest.includes(-Infinity)) return rest;
  const grid = gridOf(mu);
  const there = parts(G, measureOn(grid, filled(grid, mass))).rest;
  return rest.map((f, i) => (f === -Infinity ? there[i]! : f));
}

/** Where it is +infinity there is a wall; where it is -infinity there is no mass on either side. */
const rise = (left: number, right: number): number =>
  Math.abs(left) === Infinity || Math.abs(right) === Infinity ? 0 : right - left;

/**
 * What a face rises by with `entropy` times the logarithm of the density: entropy drives at most 2 a / h beyond the
 * rest, or against it, as much as a full cell drives into an empty one.
 */
function withEntropy(rest: number, entropy: number, left: number, right: number): number {
  if (left === right) return rest;
  const most = DROP * Math.abs(entropy);
  const all = rest + entropy * (Math.log(right) - Math.log(left));
  return Math.min(Math.max(all, Math.min(rest, 0) - most), Math.max(rest, 0) + most);
}

/**
 * grad_W G(mu) at the faces: differences of the first variation over the size of a cell, of second order.
 *
 * Beside an empty cell it stays finite: entropy drives mass into it at 2 a / h, h the size of a cell and a the weight
 * of the entropy, which is also the most that it drives anywhere beyond what the rest of G does, so that tails that
 * fall e^2-fold and more from cell to cell do not tear apart. Other functionals whose first variation is -infinity
 * there are taken with e^-2 of the mass beside it in the empty cell; where it is +infinity there is a wall.
 *
 * @throws WasserflowError E_NUMERICS where G is infinite
 */
export function gradientOn(G: Functional, mu: GridMeasure): GridField {
  const grid = gridOf(mu);
  const mass = massesOf(mu);
  const { rest: raw, entropy } = parts(G, mu);
  const rest = finiteBesideMass(G, mu, raw);
  const faces = grid.shape.map((_, k) => {
    const component = zeros(grid, k);
    eachFace(grid, k, (face, left, right) => {
      const wall = rest[left] === Infinity || rest[right] === Infinity;
      const driven = rise(rest[left]!, rest[right]!);
      component.data[face] =
        (wall || entropy === 0 ? driven : withEntropy(driven, entropy, mass[left]!, mass[right]!)) / grid.spacing[k]!;
    });
    return component;
  });
  return { faces };
}
