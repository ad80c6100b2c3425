import {
  ensure,
  valueBySummands,
  type Anchor,
  type Distribution,
  type Functional,
  type GridMeasure,
  type ProxResult,
  type SolveContext,
  type Space,
  type SpaceOperation,
} from '@wasserflow/core';
import { anchoredProx } from './prox/anchored-prox.js';
import { boxOf } from './cells/box.js';
import { diffused } from './fields/diffuse.js';
import { draw, logDensity, momentsOf } from './cells/draw.js';
import { energyOn, energyValue } from './energy/energy.js';
import { combine, inner, type GridField } from './fields/field.js';
import { gradientOn } from './fields/gradient.js';
import { gridOf, makeGrid, massesOf, total, type Grid } from './cells/grid.js';
import { kernelGradient } from './fields/kernel-gradient.js';
import { lineDistance2, lineMap } from './transport/line-distance.js';
import { carry, pullBack } from './fields/moved-field.js';
import { multiply } from './fields/multiply.js';
import { planeDistance2, planeMap } from './transport/plane-distance.js';
import { proxOf } from './prox/prox.js';
import { imageUnder, pushForward } from './fields/push.js';
import { extrapolate } from './transport/quantile-mean.js';
import { refusal } from './refusals.js';
import { representOn } from './cells/represent.js';
import { stepLimit } from './step-limit.js';

export type ProxMethod = 'entropic' | 'back-and-forth';

export interface GridSpaceOptions {
  readonly initial: Distribution;
  /** Number of cells along each axis, or one number for all. */
  readonly cells: number | readonly number[];
  /** Corners of the box, `[d]`; by default six standard deviations about the mean of the initial law. */
  readonly lower?: readonly number[] | undefined;
  readonly upper?: readonly number[] | undefined;
  /**
   * How proximal steps are solved: by default `back-and-forth` on a line where entropy, an internal energy or a bound
   * spreads the mass, else `entropic`.
   */
  readonly method?: ProxMethod | undefined;
  /** Regularisation of `entropic`, length^2; 2 h^2 by default, h the longest side of a cell. */
  readonly epsilon?: number | undefined;
  /**
   * Stop where this share of the mass is misplaced; by default 1e-9, for back-and-forth in a plane 1e-4, where maps
   * on cells may leave up to 2 % that a status `ok` allows. `residual` says how much it is.
   */
  readonly tolerance?: number | undefined;
  /** Most iterations of a proximal solve; by default 500, for `back-and-forth` in a plane 200. */
  readonly iterations?: number | undefined;
}

const MASS_ERROR = 1e-9;

function defect(mu: GridMeasure): string | undefined {
  const mass = massesOf(mu);
  const odd = mass.findIndex((m) => !(m >= 0 && m < Infinity));
  if (odd >= 0) return `the mass of cell ${odd} is ${mass[odd]}`;
  const sum = total(mass);
  return Math.abs(sum - 1) > MASS_ERROR ? `the masses add up to ${sum}, not to 1` : undefined;
}

function gridFor({ initial, cells, lower, upper }: GridSpaceOptions): Grid {
  const d = initial.dimension;
  const shape = typeof cells === 'number' ? Array<number>(d).fill(cells) : cells;
  ensure(
    shape.length === d,
    'E_ARGUMENT',
    `\`cells\` has ${shape.length} numbers, but \`${initial.id}\` lives on R^${d}; give one number, or ${d}`,
  );
  const box = lower && upper ? { lower, upper } : boxOf(initial);
  return makeGrid(shape, lower ?? box.lower, upper ?? box.upper);
}

const facetOf = ({ facets }: Functional) => facets?.grid;

const valueOf = (G: Functional, mu: GridMeasure): Promise<number> =>
  valueBySummands(G, (of) => facetOf(of)?.value(mu) ?? energyValue(energyOn(gridOf(mu), of), mu));

/**
 * Masses on the equal cells of a box in one or two dimensions, a density constant on cells, float64 on the host.
 *
 * Values: local energies exact for that density, potentials and interactions by the midpoint rule, error O(h^2).
 * A field is its normal component at the faces; walls let nothing through. `push`, `diffuse` and both proximal
 * methods conserve mass. W2 is exact on a line, and the value of the dual in a plane. Between
 * faces a field is linear. `anchoredProx` and `extrapolate` are there on a line only.
 *
 * Proximal steps take entropy, internal energies, potentials, bounds and divergences as they are, and interactions
 * and other facets with a first variation by its fixed point.
 *
 * @throws WasserflowError E_ARGUMENT when the box does not hold the initial law
 * @see peyre2015entropic, jacobs2021back
 */
export function gridSpace(given: GridSpaceOptions): Space<GridMeasure, GridField> {
  const grid = gridFor(given);
  const line = grid.shape.length === 1;
  const at = { method: given.method, dimension: grid.shape.length };
  const allow = (operation: SpaceOperation, G: Functional): void => {
    const reason = refusal(at, operation, G);
    ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on a grid: ${reason}`);
  };
  return {
    id: 'grid',
    dimension: grid.shape.length,
    initial: async (rng) => representOn(grid, given.initial, rng),
    refuses: (operation, G) => refusal(at, operation, G),
    defect,
    stepLimit,
    async value(G, mu) {
      allow('value', G);
      return valueOf(G, mu);
    },
    async gradient(G, mu) {
      allow('gradient', G);
      return gradientOn(G, mu);
    },
    async gradientAt(G, mu, u) {
      allow('gradientAt', G);
      return pullBack(mu, u, 1, gradientOn(G, mu));
    },
    async kernelGradient(G, kernel, mu) {
      allow('kernelGradient', G);
      return kernelGradient(mu, kernel, gradientOn(G, mu));
    },
    async prox(G, mu, gamma, context): Promise<ProxResult<GridMeasure>> {
      allow('prox', G);
      return proxOf(given, G, mu, gamma, context);
    },
    push: async (mu, v, step) => pushForward(mu, v, step),
    diffuse: async (mu, variance) => diffused(mu, variance),
    distance2: async (mu, nu) => (line ? lineDistance2(mu, nu) : planeDistance2(mu, nu)),
    ...(line && {
      async anchoredProx(G: Functional, anchors: readonly Anchor<GridMeasure>[], context: SolveContext) {
        allow('anchoredProx', G);
        return anchoredProx(anchors, async (mu, gamma) => proxOf(given, G, mu, gamma, context));
      },
      extrapolate: async (mu0: GridMeasure, mu1: GridMeasure, t: number) => extrapolate(mu0, mu1, t),
    }),
    transport: async (mu, nu) =>
      line ? { faces: [{ shape: [grid.shape[0]! + 1], data: lineMap(mu, nu) }] } : planeMap(mu, nu),
    multiply: async (A, v) => multiply(A, v),
    carry: async (mu, v, step, u) => carry(mu, v, step, u),
    pullBack: async (mu, v, step, u) => pullBack(mu, v, step, u),
    combine: async (terms) => combine(terms),
    inner: async (mu, u, v) => inner(mu, u, v),
    moments: async (mu) => momentsOf(mu),
    image: async (mu, A) => imageUnder(mu, A),
    represent: async (law, rng) => representOn(grid, law, rng),
    sample: async (mu, n, rng) => draw(mu, n, rng),
    logDensity: async (mu, x) => logDensity(mu, x),
  };
}
