import { ensure, type GridMeasure, type Kernel, type RadialKernel } from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';
import { cellsOf, onFaces } from './at-points.js';
import { linesOf } from '../cells/axes.js';
import { convolve } from '../energy/convolve.js';
import { draw } from '../cells/draw.js';
import { eachFace, type GridField } from './field.js';
import { gridOf, makeGrid, massesOf, type Grid } from '../cells/grid.js';

/** Component k of v at the inner faces, times the mass that counts at a face: the mean of both sides. */
function momentum(grid: Grid, mass: Float64Array, { faces }: GridField, k: number): Float64Array {
  const values = new Float64Array(faces[k]!.data.length);
  eachFace(grid, k, (face, left, right) => {
    const weight = (mass[left]! + mass[right]!) / 2;
    values[face] = weight > 0 ? weight * faces[k]!.data[face]! : 0;
  });
  return values;
}

/** The inner faces across axis k as cells of a box of their own, and which of all faces they are. */
function innerFaces(grid: Grid, k: number, shape: readonly number[]): { lattice: Grid; index: Int32Array } {
  const inside = shape.map((n, l) => (l === k ? n - 2 : n));
  const corner = (side: number) => (x: number, l: number) => (l === k ? x + (side * grid.spacing[l]!) / 2 : x);
  const lattice = makeGrid(inside, grid.lower.map(corner(1)), grid.upper.map(corner(-1)));
  const columns = shape[1] ?? 1;
  const [skipRow, skipColumn] = [k === 0 ? 1 : 0, k === 1 ? 1 : 0];
  const ny = inside[1] ?? 1;
  return {
    lattice,
    index: Int32Array.from(
      { length: lattice.size },
      (_, i) => (Math.floor(i / ny) + skipRow) * columns + (i % ny) + skipColumn,
    ),
  };
}

/** sum over the faces across each axis of k(x, y) times the momentum there. */
function radialField(grid: Grid, kernel: RadialKernel, v: GridField, mass: Float64Array): GridField {
  const faces = v.faces.map(({ shape }, k) => {
    const values = momentum(grid, mass, v, k);
    const { lattice, index } = innerFaces(grid, k, shape);
    const smooth = convolve(
      lattice,
      kernel,
      Float64Array.from(index, (face) => values[face]!),
    );
    const data = new Float64Array(values.length);
    for (const [i, face] of index.entries()) data[face] = smooth[i]!;
    return { shape, data };
  });
  return { faces };
}

/** sum (x . y + 1) times the momentum: affine in x. */
function linearField(grid: Grid, v: GridField, mass: Float64Array): GridField {
  const d = grid.shape.length;
  const at = (k: number, s: number): number => grid.lower[k]! + s * grid.spacing[k]!;
  const sums = v.faces.map(({ shape }, k) => {
    const values = momentum(grid, mass, v, k);
    const { starts, stride, length } = linesOf(shape, k);
    const sum = [0, 0, 0];
    for (const [l, start] of starts.entries())
      for (let i = 1; i < length - 1; i++) {
        const m = values[start + i * stride]!;
        const [along, across] = [at(k, i), d === 2 ? at(1 - k, l + 0.5) : 0];
        const [x, y] = k === 0 ? [along, across] : [across, along];
        sum[0]! += m;
        sum[1]! += m * x;
        sum[2]! += m * y;
      }
    return sum;
  });
  return onFaces(cellsOf(v), d, (k, x, y) => {
    const [constant, alongX, alongY] = sums[k]!;
    return constant! + alongX! * at(0, x) + (d === 2 ? alongY! * at(1, y) : 0);
  });
}

// Draws by which a rule chooses the bandwidth of a kernel, the same ones for the same masses.
const DRAWS = 500;

/**
 * int k(., y) v(y) dmu(y) at the faces, by the fast Fourier transform: the direction of SVGD for v = grad_W G(mu). A
 * face counts with the mean of the masses beside it, as in `inner`, so that <v, K v> >= 0; second order in the size of
 * a cell. It vanishes where v does. A rule for the bandwidth sees 500 draws from mu.
 *
 * @throws WasserflowError E_UNSUPPORTED when the kernel is neither radial nor linear
 * @see liu2016stein
 */
export function kernelGradient(mu: GridMeasure, kernel: Kernel, v: GridField): GridField {
  ensure(
    kernel.linear || kernel.radial,
    'E_UNSUPPORTED',
    `kernel \`${kernel.id}\` is neither radial nor linear; use { id: gaussian }`,
  );
  const [grid, mass] = [gridOf(mu), massesOf(mu)];
  if (kernel.linear) return linearField(grid, v, mass);
  return radialField(grid, kernel.radial!(draw(mu, DRAWS, stream('bandwidth'))), v, mass);
}
