import type { ParticleMeasure, RadialFunction } from '@wasserflow/core';
import {
  ndarray,
  ops,
  valueAndGradient,
  type Arrays,
  type Engine,
  type NdArray,
  type Tensor,
} from '@wasserflow/tensor';
import { column, meanOf, placed, weightsOf } from './clouds.js';
import { awayFrom } from './pair-sums.js';
import { programCache, type ProgramCache } from './program-cache.js';
import { steinSums, type SteinSums } from './stein-sums.js';
import { addTile, tileRows, tilesOf } from './tiles.js';

type Field = (x: Tensor) => Tensor;

export interface SteinDiscrepancy {
  /** int int u dmu dmu / 2. */
  readonly value: number;
  /** Its Wasserstein gradient int grad_x u(x, y) dmu(y) at the points, `[n, d]`. */
  readonly gradient: NdArray;
}

/** Kernel Stein discrepancies of clouds, of any weights. */
export interface SteinDiscrepancies {
  /**
   * @param f - the kernel f(|x - y|^2), smooth
   * @param gradient - grad V at points `[n, d]`, row by row; the same function object again is compiled once
   */
  run(f: RadialFunction, gradient: Field, mu: ParticleMeasure): Promise<SteinDiscrepancy>;
  dispose(): Promise<void>;
}

type Rows = { x: Tensor; w?: Tensor };

const fieldAt =
  (gradient: Field) =>
  ({ x }: Rows): { result: Tensor } => ({ result: gradient(x) });

/** (Hess V) w row by row: the gradient of sum_i w_i . grad V(x_i). */
const hessianTimes =
  (gradient: Field) =>
  ({ x, w }: Rows): { result: Tensor } => {
    const along = ({ at }: { at: Tensor }) => ({ loss: ops.sum(ops.mul(gradient(at), w!)) });
    return { result: valueAndGradient(along)({ at: x }).gradient.at };
  };

/** A function of rows, `[n, d]`, in tiles. */
async function byRows(run: (tile: Arrays<Rows>) => Promise<{ result: NdArray }>, x: NdArray, w?: NdArray) {
  const rows = tileRows(x.shape[0]!);
  const total = ndarray(new Float64Array(x.data.length), x.shape);
  const ws = w && tilesOf(w, rows);
  for (const [t, points] of tilesOf(x, rows).entries())
    addTile(total, t, (await run({ x: points, ...(ws && { w: ws[t]! }) })).result);
  return total;
}

/** int f v_y + 2 f' (x - y) dmu(y): the smoothed gradient, which Hess V(x) meets. */
function smoothed(x: NdArray, { pulls, places }: SteinSums): NdArray {
  const away = awayFrom(x, places.data, 2);
  return { shape: x.shape, data: away.map((a, i) => a + pulls.data[i]!) };
}

/** int slope (x - y) + 2 f' (v_x - v_y) dmu(y). */
function direct(x: NdArray, v: NdArray, { slopes, fields }: SteinSums): Float64Array {
  const between = awayFrom(v, fields.data, 2);
  return awayFrom(x, slopes.data).map((a, i) => a + between[i]!);
}

async function discrepancyOf(
  programs: ProgramCache,
  f: RadialFunction,
  gradient: Field,
  mu: ParticleMeasure,
): Promise<SteinDiscrepancy> {
  const weights = weightsOf(mu);
  const v = await byRows((tile) => programs.run(gradient, 'gradient of V', fieldAt(gradient), tile), mu.points);
  const x = placed(mu.points, meanOf(mu.points, weights));
  const sums = await steinSums(programs, f, { x, v, weights: column(weights) });
  const turned = await byRows(
    (tile) => programs.run(gradient, 'Hessian of V', hessianTimes(gradient), tile),
    mu.points,
    smoothed(x, sums),
  );
  return {
    value: weights.reduce((total, a, i) => total + a * sums.kernel.data[i]!, 0) / 2,
    gradient: { shape: x.shape, data: direct(x, v, sums).map((a, i) => a + turned.data[i]!) },
  };
}

/**
 * Half the squared kernel Stein discrepancy of clouds, int int u dmu dmu / 2 with u the Stein kernel, in tiles on an
 * engine: time O(n^2), memory O(n d). Tiles are computed in float32 and added up in float64.
 *
 * grad_x u = Hess V(x) [f v_y + 2 f' (x - y)] + slope (x - y) + 2 f' (v_x - v_y), v = grad V.
 *
 * @see korba2021kernel
 */
export function steinDiscrepancies(engine: Engine): SteinDiscrepancies {
  const programs = programCache(engine);
  return {
    run: (f, gradient, mu) => discrepancyOf(programs, f, gradient, mu),
    dispose: () => programs.dispose(),
  };
}
