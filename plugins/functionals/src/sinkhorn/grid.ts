import type { GridFacet, GridMeasure } from '@wasserflow/core';
import { applyLogKernel, lineKernel } from '@wasserflow/geometry';
import { fromRows } from '@wasserflow/tensor';
import { cellCentres, cellWidths, perGrid } from '../laws/cells.js';
import { entropicPlan, entropicSelfPlan, type PlanOptions } from './entropic-plan.js';
import type { LogKernel, Marginals } from './entropic-sweeps.js';

/** The Gaussian kernel between the centres of the cells, one axis at a time. */
function kernelOn(mu: GridMeasure, epsilon: number): LogKernel {
  const widths = cellWidths(mu);
  const { shape } = mu.mass;
  const kernels = shape.map((n, k) => lineKernel(n, (distance) => -((distance * widths[k]!) ** 2) / epsilon));
  const apply = (values: Float64Array): Float64Array => {
    const out = new Float64Array(values.length);
    applyLogKernel({ shape }, kernels, values, out);
    return out;
  };
  return { toRows: apply, toColumns: apply };
}

type MakeMarginals = (a: Float64Array, b: Float64Array) => Marginals;

function marginalsOn(mu: GridMeasure): MakeMarginals {
  const diameter2 = mu.upper.reduce((sum, top, k) => sum + (top - mu.lower[k]!) ** 2, 0);
  const places = fromRows(cellCentres(mu));
  return (a, b) => ({ x: places, y: places, kernelAt: (epsilon) => kernelOn(mu, epsilon), a, b, diameter2 });
}

/** The target on one grid: its masses, and its cost with itself. */
interface Held {
  readonly between: MakeMarginals;
  readonly masses: Float64Array;
  readonly own: number;
}

interface Evaluated {
  readonly value: number;
  readonly variation: Float64Array;
}

/**
 * The debiased Sinkhorn divergence between masses at the centres of the cells, halved, and its derivatives
 * (f_rho,q - f_rho,rho) / 2 by the masses. By a separable kernel: a sweep takes O(N^(d+1)) for N cells a side.
 *
 * @param target - the masses of q on the cells of a grid
 * @param options - of the plans, by the grid
 * @throws WasserflowError E_NUMERICS from the value and the variation when sweeps run out
 * @see feydy2019interpolating
 */
export function sinkhornOnGrid(
  target: (mu: GridMeasure) => Float64Array,
  options: (mu: GridMeasure) => PlanOptions,
): GridFacet {
  const heldOn = perGrid((mu): Held => {
    const masses = target(mu);
    const between = marginalsOn(mu);
    return { between, masses, own: entropicSelfPlan(between(masses, masses), options(mu)).cost };
  });
  const known = new WeakMap<GridMeasure, Evaluated>();
  const evaluated = (mu: GridMeasure): Evaluated => {
    const a = Float64Array.from(mu.mass.data);
    const { between, masses, own } = heldOn(mu);
    const across = entropicPlan(between(a, masses), options(mu));
    const within = entropicSelfPlan(between(a, a), options(mu));
    return {
      value: (across.cost - (within.cost + own) / 2) / 2,
      variation: across.f.map((f, i) => (f - within.f[i]!) / 2),
    };
  };
  // A value and a gradient of one measure come from one solve.
  const at = (mu: GridMeasure): Evaluated => {
    const found = known.get(mu) ?? evaluated(mu);
    known.set(mu, found);
    return found;
  };
  return { value: (mu) => at(mu).value, firstVariation: (mu) => at(mu).variation };
}
