/**
 * The slope of log error against log size, fitted by least squares: the order of a method where sizes are those of
 * steps or cells, minus the order where they are numbers of them.
 */
export function logSlope(sizes: readonly number[], errors: readonly number[]): number {
  const [x, y] = [sizes.map(Math.log), errors.map(Math.log)];
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  return x.reduce((s, a, i) => s + (a - mx) * (y[i]! - my), 0) / x.reduce((s, a) => s + (a - mx) ** 2, 0);
}
