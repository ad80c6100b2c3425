/** Where the slope of a function of one number jumps, as that of |x| does at 0. */
import { gaussLegendre } from '../quadrature.js';

export interface Kink {
  readonly at: number;
  /** By how much the slope jumps there. */
  readonly jump: number;
}

export interface Scalar {
  readonly slope: (x: number) => number;
  readonly curvature: (x: number) => number;
}

const RULE = gaussLegendre(3);
const INTERVALS = 500;
/** A jump counts from this share of the slopes around it; quadrature of smooth curvatures leaves far less. */
const LEAST = 1e-4;
/** Not one half, lest a split falls on a kink: those of known functions lie at round numbers. */
const SPLIT = 0.4871;

/** What the slope gains over (a, b) beyond the integral of the curvature. */
function excess({ slope, curvature }: Scalar, a: number, b: number): number {
  const mean = RULE.points.reduce((sum, t, k) => sum + RULE.weights[k]! * curvature(a + t * (b - a)), 0);
  return slope(b) - slope(a) - (b - a) * mean;
}

/** The jump in (a, b): an excess that stays however short the interval; that of a smooth function goes away. */
function kinkIn(f: Scalar, a: number, b: number): Kink | undefined {
  const whole = excess(f, a, b);
  if (!(Math.abs(whole) > LEAST * (Math.abs(f.slope(a)) + Math.abs(f.slope(b))))) return undefined;
  let [low, high, jump] = [a, b, whole];
  while (high - low > 1e-15 * Math.max(Math.abs(a), Math.abs(b))) {
    const middle = low + SPLIT * (high - low);
    if (middle <= low || middle >= high) break;
    const [left, right] = [excess(f, low, middle), excess(f, middle, high)];
    const leftwards = Math.abs(left) > Math.abs(right);
    if (leftwards) high = middle;
    else low = middle;
    jump = leftwards ? left : right;
    if (Math.abs(jump) < 0.5 * Math.abs(whole)) return undefined;
  }
  return { at: (low + high) / 2, jump };
}

function scan(f: Scalar, lower: number, upper: number): readonly Kink[] {
  const at = (i: number): number => lower + ((upper - lower) * i) / INTERVALS;
  return Array.from({ length: INTERVALS }, (_, i) => kinkIn(f, at(i), at(i + 1))).filter((k) => k !== undefined);
}

/** The kinks of f in an interval. What was found is kept, with a margin, for the intervals that follow. */
export function kinkFinder(f: Scalar): (lower: number, upper: number) => readonly Kink[] {
  let known = { lower: Infinity, upper: -Infinity, kinks: [] as readonly Kink[] };
  return (lower, upper) => {
    if (lower < known.lower || upper > known.upper) {
      const margin = upper - lower + 1e-9 * Math.max(Math.abs(lower), Math.abs(upper));
      const range = { lower: lower - margin, upper: upper + margin };
      known = { ...range, kinks: scan(f, range.lower, range.upper) };
    }
    return known.kinks.filter(({ at }) => at > lower && at < upper);
  };
}
