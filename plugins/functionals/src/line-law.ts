/** Laws on the line by integrals of their quantile function Q, exact. */
import { normalCdf, normalDensity, normalQuantile } from '@wasserflow/geometry';

export interface LineLaw {
  /** int_a^b Q(u) du and int_a^b u Q(u) du. */
  readonly integrals: (a: number, b: number) => readonly [plain: number, byLevel: number];
  /** int_0^1 Q^2 du: the mean square, length squared. */
  readonly meanSquare: number;
}

const ROOT_PI = Math.sqrt(Math.PI);

/** int_-inf^z t phi(t) dt and int_-inf^z t Phi(t) phi(t) dt. */
function normalIntegrals(z: number): [number, number] {
  const density = normalDensity(z);
  return [-density, normalCdf(Math.SQRT2 * z) / (2 * ROOT_PI) - normalCdf(z) * density];
}

/** N(mean, std^2). */
export const normalLine = (mean: number, std: number): LineLaw => ({
  integrals(a, b) {
    const [lower, upper] = [normalIntegrals(normalQuantile(a)), normalIntegrals(normalQuantile(b))];
    return [mean * (b - a) + std * (upper[0] - lower[0]), (mean * (b * b - a * a)) / 2 + std * (upper[1] - lower[1])];
  },
  meanSquare: mean * mean + std * std,
});

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
    meanSquare: values.reduce((sum, v) => sum + v * v, 0) / n,
  };
}
