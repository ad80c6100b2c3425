import type { GridFacet, GridMeasure, PointwisePotential, StepLimit } from '@wasserflow/core';
import { cellCentres, cellWidths, perGrid } from '../laws/cells.js';

/** Two neighbours: 4 / h^2, and e^((V_b - V_a) / 2). */
interface Face {
  readonly a: number;
  readonly b: number;
  readonly factor: number;
  readonly tilt: number;
}

/** How far apart neighbours along each axis stand in the order of the masses. */
const strides = (shape: readonly number[]): number[] =>
  shape.map((_, k) => shape.slice(k + 1).reduce((p, n) => p * n, 1));

function facesOf(mu: GridMeasure, V: readonly number[]): Face[] {
  const widths = cellWidths(mu);
  const along = (stride: number, k: number): Face[] =>
    V.flatMap((own, a) => {
      const isLast = Math.floor(a / stride) % mu.mass.shape[k]! >= mu.mass.shape[k]! - 1;
      const b = a + stride;
      return isLast ? [] : [{ a, b, factor: 4 / widths[k]! ** 2, tilt: Math.exp((V[b]! - own) / 2) }];
    });
  return strides(mu.mass.shape).flatMap(along);
}

/** sqrt(p / m), nothing where p is empty. */
const rootRatio = (p: number, m: number): number => (p === 0 ? 0 : Math.sqrt(p / m));

/** 1 / (4 sum_k h_k^-2)^2: 2 over the curvature, in the metric, of the roughest disturbance of the target. */
function stepLimitOf(mu: GridMeasure): StepLimit {
  const roughest = cellWidths(mu).reduce((sum, h) => sum + 4 / h ** 2, 0);
  return {
    size: roughest ** -2,
    name: `h^4 / ${16 * mu.mass.shape.length ** 2}`,
    beyond: 'explicit steps of a flow of fourth order on space `grid` are unstable (h: the sides of its cells)',
  };
}

/**
 * The relative Fisher information on a grid as 4 int |grad sqrt(rho / q)|^2 dq with q on a face the geometric mean
 * of both sides: sum over faces of 4 / h^2 (sqrt(m_b t) - sqrt(m_a / t))^2, t = e^((V_b - V_a) / 2).
 */
export function fisherOnGrid(potential: PointwisePotential): GridFacet {
  const facesAt = perGrid((mu) =>
    facesOf(
      mu,
      cellCentres(mu).map((x) => potential.value(x)),
    ),
  );
  return {
    stepLimit: stepLimitOf,
    noProx:
      'its first variation is of second order in the density, which no proximal solve on a grid inverts; use scheme `forward-euler` below the step limit, or space `quantile` or `gaussian`',
    value(mu) {
      const m = mu.mass.data;
      const jump = ({ a, b, tilt }: Face): number => Math.sqrt(m[b]! * tilt) - Math.sqrt(m[a]! / tilt);
      return facesAt(mu).reduce((sum, face) => sum + face.factor * jump(face) ** 2, 0);
    },
    firstVariation(mu) {
      const m = mu.mass.data;
      const out = new Float64Array(m.length);
      for (const { a, b, factor, tilt } of facesAt(mu)) {
        out[a]! += factor * (1 / tilt - rootRatio(m[b]!, m[a]!));
        out[b]! += factor * (tilt - rootRatio(m[a]!, m[b]!));
      }
      return out;
    },
  };
}
