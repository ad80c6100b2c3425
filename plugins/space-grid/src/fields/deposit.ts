/** The image of masses on cells under a map, put back on the cells: conservative, and second order accurate. */
import { linesOf } from '../cells/axes.js';
import type { Grid } from '../cells/grid.js';

/** Displacements of the faces across each axis, in cells: `[nx + 1]`, or `[nx + 1, ny]` and `[nx, ny + 1]`. */
export type FaceShifts = readonly Float64Array[];

export const faceShape = ({ shape }: Pick<Grid, 'shape'>, k: number): number[] =>
  shape.map((n, axis) => (axis === k ? n + 1 : n));

/** Fills `shifts` with -factor (f(right) - f(left)) / spacing^2 at inner faces; walls stay where they are. */
export function gradientShifts(grid: Grid, f: Float64Array, factor: number, shifts: FaceShifts): void {
  const { shape, spacing } = grid;
  const [nx = 1, ny = 1] = shape;
  const scale = spacing.map((h) => -factor / (h * h));
  for (let i = 1; i < nx; i++)
    for (let j = 0; j < ny; j++) shifts[0]![i * ny + j] = scale[0]! * (f[i * ny + j]! - f[(i - 1) * ny + j]!);
  if (shape.length === 1) return;
  for (let i = 0; i < nx; i++)
    for (let j = 1; j < ny; j++) shifts[1]![i * (ny + 1) + j] = scale[1]! * (f[i * ny + j]! - f[i * ny + j - 1]!);
}

export const noShifts = (grid: Grid): FaceShifts =>
  grid.shape.map((_, k) => new Float64Array(faceShape(grid, k).reduce((a, b) => a * b, 1)));

/** Where one side of a moved cell lies: the cells from `first` on, the share of each, and its offset from the centre. */
interface Overlap {
  first: number;
  count: number;
  readonly share: Float64Array;
  readonly offset: Float64Array;
}
const overlapBuffer = (n: number): Overlap => ({
  first: 0,
  count: 0,
  share: new Float64Array(n + 1),
  offset: new Float64Array(n + 1),
});

const clamp = (s: number, n: number): number => (s < 0 ? 0 : s > n ? n : s);

/** Cuts the interval between two positions at the faces; a map that folds turns it around, and no mass is lost. */
function cut(from: number, to: number, n: number, out: Overlap): void {
  const a = clamp(Math.min(from, to), n);
  const b = clamp(Math.max(from, to), n);
  const first = Math.min(n - 1, Math.floor(a));
  out.first = first;
  out.count = Math.max(1, Math.min(n, Math.ceil(b)) - first);
  const width = b - a;
  for (let k = 0; k < out.count; k++) {
    const left = k === 0 ? a : first + k;
    const right = k === out.count - 1 ? b : first + k + 1;
    out.share[k] = width > 0 ? (right - left) / width : 1;
    out.offset[k] = (left + right) / 2 - (first + k + 0.5);
  }
}

export interface Depositor {
  /** Puts the image of `mass` under the shifts into `image`. */
  deposit(mass: Float64Array, shifts: FaceShifts, image: Float64Array): void;
}

/**
 * Each cell is moved as a box between its faces and spread evenly over what it covers. What a cell receives
 * lies beside its centre; moving the dipole on to the neighbours keeps the mean of the whole, and keeps its
 * second moment free of the h^2 that a plain remap adds.
 *
 * @param positive - limits what is moved on so that no cell gets a negative mass
 */
export function createDepositor(grid: Grid, positive: boolean): Depositor {
  const [nx = 1, ny = 1] = grid.shape;
  const plane = grid.shape.length === 2;
  const dipoles = grid.shape.map(() => new Float64Array(grid.size));
  const fluxes = noShifts(grid);
  const alongX = overlapBuffer(nx);
  const alongY = overlapBuffer(ny);
  cut(0, 1, ny, alongY);

  function spread(m: number, image: Float64Array): void {
    for (let p = 0; p < alongX.count; p++) {
      const row = (alongX.first + p) * ny + alongY.first;
      const part = m * alongX.share[p]!;
      const dx = part * alongX.offset[p]!;
      for (let q = 0; q < alongY.count; q++) {
        const share = alongY.share[q]!;
        image[row + q]! += part * share;
        dipoles[0]![row + q]! += dx * share;
        if (plane) dipoles[1]![row + q]! += part * share * alongY.offset[q]!;
      }
    }
  }

  return {
    deposit(mass, shifts, image) {
      image.fill(0);
      for (const d of dipoles) d.fill(0);
      for (let i = 0; i < nx; i++)
        for (let j = 0; j < ny; j++) {
          const m = mass[i * ny + j]!;
          if (m === 0) continue;
          cut(i + shifts[0]![i * ny + j]!, i + 1 + shifts[0]![(i + 1) * ny + j]!, nx, alongX);
          if (plane) {
            const face = i * (ny + 1) + j;
            cut(j + shifts[1]![face]!, j + 1 + shifts[1]![face + 1]!, ny, alongY);
          }
          spread(m, image);
        }
      for (const [k, flux] of fluxes.entries()) dipoleFlux(grid, k, dipoles[k]!, flux);
      if (positive) limit(grid, image, fluxes);
      for (const [k, flux] of fluxes.entries()) applyFlux(grid, k, flux, image);
      // Fluxes of all that a cell has leave rounding in it, of either sign.
      if (positive) for (let i = 0; i < image.length; i++) if (image[i]! < 0) image[i] = 0;
    },
  };
}

/** Where line number `l` along axis k has its faces in an array of faces. */
const faceLine = (grid: Grid, k: number) => linesOf(faceShape(grid, k), k);

/** Half of both dipoles beside a face crosses it. */
function dipoleFlux(grid: Grid, k: number, dipole: Float64Array, flux: Float64Array): void {
  const cells = linesOf(grid.shape, k);
  const faces = faceLine(grid, k);
  for (let l = 0; l < cells.starts.length; l++)
    for (let i = 1; i < cells.length; i++) {
      const at = cells.starts[l]! + i * cells.stride;
      flux[faces.starts[l]! + i * faces.stride] = (dipole[at]! + dipole[at - cells.stride]!) / 2;
    }
}

function applyFlux(grid: Grid, k: number, flux: Float64Array, image: Float64Array): void {
  const cells = linesOf(grid.shape, k);
  const faces = faceLine(grid, k);
  for (let l = 0; l < cells.starts.length; l++)
    for (let i = 1; i < cells.length; i++) {
      const at = cells.starts[l]! + i * cells.stride;
      const moved = flux[faces.starts[l]! + i * faces.stride]!;
      image[at]! += moved;
      image[at - cells.stride]! -= moved;
    }
}

/** Scales the fluxes out of each cell so that together they are not more than what is in it. */
function limit(grid: Grid, image: Float64Array, fluxes: FaceShifts): void {
  const out = new Float64Array(image.length);
  const visit = (act: (donor: number, flux: Float64Array, face: number) => void): void => {
    for (const [k, flux] of fluxes.entries()) {
      const cells = linesOf(grid.shape, k);
      const faces = faceLine(grid, k);
      for (let l = 0; l < cells.starts.length; l++)
        for (let i = 1; i < cells.length; i++) {
          const face = faces.starts[l]! + i * faces.stride;
          const at = cells.starts[l]! + i * cells.stride;
          act(flux[face]! > 0 ? at - cells.stride : at, flux, face);
        }
    }
  };
  visit((donor, flux, face) => {
    out[donor]! += Math.abs(flux[face]!);
  });
  visit((donor, flux, face) => {
    if (out[donor]! > image[donor]!) flux[face]! *= image[donor]! / out[donor]!;
  });
}
