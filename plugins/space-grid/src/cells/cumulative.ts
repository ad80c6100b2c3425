/** The distribution function of masses on cells of a line. */

/** F and its derivative, of positions in cells from the left end: 0 at 0, 1 at n. */
export interface Distribution {
  readonly at: (s: number) => number;
  readonly slope: (s: number) => number;
}

/** Slopes at the faces that keep the cubic between two of them increasing (harmonic means; zero at gaps). */
function faceSlopes(mass: Float64Array): Float64Array {
  const n = mass.length;
  const slopes = new Float64Array(n + 1);
  slopes[0] = mass[0]!;
  slopes[n] = mass[n - 1]!;
  for (let i = 1; i < n; i++) {
    const [a, b] = [mass[i - 1]!, mass[i]!];
    slopes[i] = a + b > 0 ? (2 * a * b) / (a + b) : 0;
  }
  return slopes;
}

/**
 * F through its values at the faces by monotone cubics, so that pieces of cells are cut out to second order,
 * never negative, and all together are the cell.
 * @see fritsch1980monotone
 */
export function cumulative(mass: Float64Array): Distribution {
  const n = mass.length;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = sums[i]! + mass[i]!;
  const slopes = faceSlopes(mass);
  const cell = (s: number): number => Math.max(0, Math.min(n - 1, Math.floor(s)));
  return {
    at(s) {
      if (s <= 0) return 0;
      if (s >= n) return sums[n]!;
      const i = cell(s);
      const t = s - i;
      const [m, a, b] = [mass[i]!, slopes[i]!, slopes[i + 1]!];
      return sums[i]! + t * (a + t * (3 * m - 2 * a - b + t * (a + b - 2 * m)));
    },
    slope(s) {
      if (s < 0 || s > n) return 0;
      const i = cell(s);
      const t = s - i;
      const [m, a, b] = [mass[i]!, slopes[i]!, slopes[i + 1]!];
      return Math.max(0, a + t * (2 * (3 * m - 2 * a - b) + 3 * t * (a + b - 2 * m)));
    },
  };
}
