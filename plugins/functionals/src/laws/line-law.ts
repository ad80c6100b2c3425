/** Laws on the line by integrals of their quantile function Q, exact. */
import { normalCdf, normalDensity, normalQuantile } from '@wasserflow/geometry';
import { normalStretch } from './normal-stretch.js';

/** A level u of mass, as what is below it and what is above, so that neither tail is rounded away. */
export interface Level {
  readonly below: number;
  readonly above: number;
}

/** Q between two levels, u = a + t (b - a): int_0^1 Q dt and int_0^1 Q (t - 1/2) dt. */
export interface Stretch {
  readonly mean: number;
  readonly tilt: number;
}

export interface LineLaw {
  /** int_a^b Q(u) du and int_a^b u Q(u) du. */
  readonly integrals: (a: number, b: number) => readonly [plain: number, byLevel: number];
  /** Q between two levels, however near to each other; Q itself where they are one. */
  readonly between: (a: Level, b: Level) => Stretch;
  /** int_0^1 Q^2 du: the mean square, length squared. */
  readonly meanSquare: number;
}

const ROOT_PI = Math.sqrt(Math.PI);

/** int_-inf^z t phi(t) dt and int_-inf^z t Phi(t) phi(t) dt. */
function normalIntegrals(z: number): [number, number] {
  const density = normalDensity(z);
  return [-density, normalCdf(Math.SQRT2 * z) / (2 * ROOT_PI) - normalCdf(z) * density];
}

const standardQuantile = ({ below, above }: Level): number =>
  below <= above ? normalQuantile(below) : -normalQuantile(above);

/** N(mean, std^2). */
export const normalLine = (mean: number, std: number): LineLaw => ({
  integrals(a, b) {
    const [lower, upper] = [normalIntegrals(normalQuantile(a)), normalIntegrals(normalQuantile(b))];
    return [mean * (b - a) + std * (upper[0] - lower[0]), (mean * (b * b - a * a)) / 2 + std * (upper[1] - lower[1])];
  },
  between(a, b) {
    const standard = normalStretch(standardQuantile(a), standardQuantile(b));
    return { mean: mean + std * standard.mean, tilt: std * standard.tilt };
  },
  meanSquare: mean * mean + std * std,
});

// Below this share of mass the positions of levels among atoms are lost to rounding.
const NARROW = 1e-13;

const levelOf = ({ below, above }: Level): number => (below <= above ? below : 1 - above);

/** Equally weighted atoms at the sorted values. */
export function atomsLine(values: readonly number[]): LineLaw {
  const n = values.length;
  return {
    integrals(a, b) {
      let [plain, byLevel] = [0, 0];
      for (let k = Math.floor(a * n); k < Math.min(Math.ceil(b * n), n); k++) {
        const [from, to] = [Math.max(a, k / n), Math.min(b, (k + 1) / n)];
        if (to <= from) continue;
        plain += values[k]! * (to - from);
        byLevel += (values[k]! * (to * to - from * from)) / 2;
      }
      return [plain, byLevel];
    },
    between(from, to) {
      const [a, b] = [levelOf(from), levelOf(to)];
      const m = b - a;
      if (m < NARROW) return { mean: values[Math.min(Math.floor((a + m / 2) * n), n - 1)]!, tilt: 0 };
      let [mean, byShare] = [0, 0];
      for (let k = Math.floor(a * n); k < Math.min(Math.ceil(b * n), n); k++) {
        const [start, end] = [Math.max(0, (k / n - a) / m), Math.min(1, ((k + 1) / n - a) / m)];
        mean += values[k]! * (end - start);
        byShare += (values[k]! * (end * end - start * start)) / 2;
      }
      return { mean, tilt: byShare - mean / 2 };
    },
    meanSquare: values.reduce((sum, v) => sum + v * v, 0) / n,
  };
}
