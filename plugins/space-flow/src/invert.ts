/** Inverses that are checked: x with T(x) = y for the very map that training and likelihood use. */
import { ndarray, takeRows, type ArrayTree, type NdArray } from '@wasserflow/tensor';
import { WasserflowError } from '@wasserflow/core';
import { inChunks } from './chunks.js';
import { solveAt } from './jacobian.js';
import type { MapPrograms } from './programs.js';

/** Residuals |T(x) - y| relative to 1 + |y|: what float32 reaches, and what is no solution. */
const SOLVED = 1e-5;
const UNSOLVED = 1e-3;
const NEWTON_STEPS = 25;

interface Trial {
  readonly x: Float32Array;
  readonly residual: Float64Array;
}

function residuals(y: NdArray, reached: NdArray): Float64Array {
  const [n = 0, d = 0] = y.shape;
  return Float64Array.from({ length: n }, (_, k) => {
    let [gap2, size2] = [0, 0];
    for (let j = k * d; j < (k + 1) * d; j++) {
      gap2 += (reached.data[j]! - y.data[j]!) ** 2;
      size2 += y.data[j]! ** 2;
    }
    const relative = Math.sqrt(gap2) / (1 + Math.sqrt(size2));
    return Number.isNaN(relative) ? Infinity : relative;
  });
}

/** x moved by J^-1 (y - T(x)), each row by its own share of the full step. */
function newtonStep(x: NdArray, y: NdArray, reached: NdArray, jacobian: NdArray, share: Float64Array): NdArray {
  const [n = 0, d = 0] = x.shape;
  const next = Float32Array.from(x.data);
  for (let k = 0; k < n; k++) {
    const gap = Array.from({ length: d }, (_, j) => y.data[k * d + j]! - reached.data[k * d + j]!);
    const step = gap.every(Number.isFinite) ? solveAt(jacobian, k, gap) : undefined;
    if (step) for (const [j, s] of step.entries()) next[k * d + j]! += share[k]! * s;
  }
  return ndarray(next, x.shape);
}

/** Damped Newton on rows that the backward steps left unsolved: a step that makes it worse is halved. */
async function newton(programs: MapPrograms, parameters: ArrayTree, y: NdArray, start: NdArray): Promise<Trial> {
  const evaluate = (x: NdArray) => inChunks(x, programs.jacobianRows, (part) => programs.jacobian!(parameters, part));
  const [n = 0, d = 0] = y.shape;
  const share = new Float64Array(n).fill(1);
  let x = start;
  let at = await evaluate(x);
  let residual = residuals(y, at.y);
  for (let i = 0; i < NEWTON_STEPS && residual.some((r) => r > SOLVED); i++) {
    const tried = newtonStep(x, y, at.y, at.jacobian, share);
    const after = await evaluate(tried);
    const better = residuals(y, after.y);
    const keep = Array.from(better, (r, k) => r < residual[k]!);
    for (const [k, kept] of keep.entries()) share[k] = kept ? 1 : share[k]! / 4;
    const mix = (now: NdArray, next: NdArray, width: number): NdArray =>
      ndarray(
        Float32Array.from(now.data, (v, i) => (keep[Math.floor(i / width)] ? next.data[i]! : v)),
        now.shape,
      );
    x = mix(x, tried, d);
    at = { y: mix(at.y, after.y, d), jacobian: mix(at.jacobian, after.jacobian, d * d) };
    residual = residual.map((r, k) => Math.min(r, better[k]!));
  }
  return { x: x.data as Float32Array, residual };
}

/**
 * T^-1(y): the map's own inverse, checked, and refined by Newton's method where it is not exact.
 * @throws WasserflowError E_NUMERICS when points remain that T does not reach; `name` says whose.
 */
export async function invert(programs: MapPrograms, name: string, parameters: ArrayTree, y: NdArray): Promise<NdArray> {
  const { y: x } = await inChunks(y, programs.rows, (part) => programs.inverse(parameters, part));
  if (!programs.jacobian) return x;
  const { y: reached } = await inChunks(x, programs.rows, (part) => programs.forward(parameters, part));
  const first = residuals(y, reached);
  const open = Int32Array.from(first.keys()).filter((k) => first[k]! > SOLVED);
  if (open.length === 0) return x;
  const solved = await newton(programs, parameters, takeRows(y, open), takeRows(x, open));
  const unsolved = solved.residual.filter((r) => r > UNSOLVED);
  if (unsolved.length > 0)
    throw new WasserflowError(
      'E_NUMERICS',
      `${name} cannot be inverted at ${unsolved.length} of ${y.shape[0]} points: its solver steps are too coarse for what it learned; train with more of them (space.block.steps) or with smaller step sizes`,
    );
  const d = y.shape[1]!;
  for (const [i, k] of open.entries()) x.data.set(solved.x.subarray(i * d, (i + 1) * d), k * d);
  return x;
}
