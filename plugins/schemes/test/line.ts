/**
 * Gaussians N(m, s^2) on the line by (m, s), with G = a H + int l (x - c)^2 / 2: every operation in scalars, by hand.
 * A field is v(x) = slope (x - m) + shift at the measure that it belongs to.
 */
import {
  calculusOf,
  energy,
  type EnergyTerms,
  type Functional,
  type Problem,
  type ProxResult,
  type Scheme,
  type SchemeState,
  type Space,
  type StepResult,
} from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';

export interface Line {
  readonly m: number;
  readonly s: number;
}
export interface Affine {
  readonly slope: number;
  readonly shift: number;
}

/** G = a H + int l (x - c)^2 / 2. */
export const lineEnergy = (l: number, a = 1, c = 0): Functional =>
  energy('line', {
    entropy: a,
    constant: 0,
    potential: {
      dimension: 1,
      quadratic: { precision: [[l]], center: [c], constant: 0 },
      convexity: l,
      smoothness: l,
    },
  });

function numbers({ terms }: Functional): { l: number; a: number; c: number } {
  const { entropy, potential } = terms as EnergyTerms;
  const quadratic = potential?.quadratic;
  return { a: entropy, l: quadratic?.precision[0]![0] ?? 0, c: quadratic?.center[0] ?? 0 };
}

/** argmin of a H + int l (x - c)^2 / 2 + w ((m - x)^2 + (s - y)^2) over (x, y). */
function proximal(G: Functional, { m, s }: Line, w: number): ProxResult<Line> {
  const { l, a, c } = numbers(G);
  const [p, q] = [l + 2 * w, 2 * w * s];
  const measure = { m: (2 * w * m + l * c) / p, s: (q + Math.sqrt(q ** 2 + 4 * p * a)) / (2 * p) };
  return { measure, status: p > 0 ? 'ok' : 'non-finite', iterations: 1 };
}

const length = (x: number, y: number): number => x ** 2 + y ** 2;

export const line: Space<Line, Affine> = {
  id: 'line',
  dimension: 1,
  initial: async () => ({ m: 3, s: 2 }),
  defect: ({ s }) => (s > 0 ? undefined : 'the deviation is not positive'),
  async gradient(G, { m, s }) {
    const { l, a, c } = numbers(G);
    return { slope: a === 0 ? l : l - a / s ** 2, shift: l * (m - c) };
  },
  async gradientAt(G, { m, s }, u) {
    const { l, a, c } = numbers(G);
    const rate = a === 0 ? l : l - a / s ** 2;
    return { slope: rate * (1 + u.slope), shift: rate * u.shift + l * (m - c) };
  },
  noise: async (_, variance) => ({ slope: 0, shift: Math.sqrt(variance) }),
  push: async ({ m, s }, v, step) => ({ m: m + step * v.shift, s: s * Math.abs(1 + step * v.slope) }),
  prox: async (G, mu, gamma) => proximal(G, mu, 1 / (2 * gamma)),
  async anchoredProx(G, anchors) {
    const w = anchors.reduce((sum, { weight }) => sum + weight, 0);
    const mean = (f: (mu: Line) => number) => anchors.reduce((sum, o) => sum + o.weight * f(o.measure), 0) / w;
    return proximal(G, { m: mean((mu) => mu.m), s: mean((mu) => mu.s) }, w);
  },
  extrapolate: async (a, b, t) => ({ m: a.m + t * (b.m - a.m), s: a.s + t * (b.s - a.s) }),
  diffuse: async ({ m, s }, variance) => ({ m, s: Math.sqrt(s ** 2 + variance) }),
  transport: async (mu, nu) => ({ slope: nu.s / mu.s - 1, shift: nu.m - mu.m }),
  distance2: async (mu, nu) => length(mu.m - nu.m, mu.s - nu.s),
  combine: async (terms) => ({
    slope: terms.reduce((sum, { weight, of }) => sum + weight * of.slope, 0),
    shift: terms.reduce((sum, { weight, of }) => sum + weight * of.shift, 0),
  }),
  multiply: async (A, v) => ({ slope: A[0]![0]! * v.slope, shift: A[0]![0]! * v.shift }),
  inner: async ({ s }, u, v) => u.slope * v.slope * s ** 2 + u.shift * v.shift,
  carry: async (_, v, step, u) => ({ slope: u.slope / (1 + step * v.slope), shift: u.shift }),
  pullBack: async (_, v, step, u) => ({ slope: u.slope * (1 + step * v.slope), shift: u.shift }),
  moments: async ({ m, s }) => ({ mean: [m], covariance: [[s ** 2]] }),
  image: async ({ m, s }, A) => ({ m: A[0]![0]! * m, s: Math.abs(A[0]![0]!) * s }),
  represent: async ({ gaussian }) => ({ m: gaussian!.mean[0]!, s: Math.sqrt(gaussian!.covariance[0]![0]!) }),
  async value(G, { m, s }) {
    const { l, a, c } = numbers(G);
    return (l * length(m - c, s)) / 2 - (a * (1 + Math.log(2 * Math.PI * s ** 2))) / 2;
  },
};

export const problemOf = (functional: Functional, space: Space<any, any> = line): Problem => ({
  functional,
  space: calculusOf(space),
});

export interface March {
  readonly from?: Line;
  readonly gamma: number | readonly number[];
  readonly count?: number;
}

/** The steps of a scheme on the line, the first measure first. */
export async function march(scheme: Scheme<any>, functional: Functional, { from, gamma, count = 1 }: March) {
  const problem = problemOf(functional);
  const sizes = typeof gamma === 'number' ? Array<number>(count).fill(gamma) : gamma;
  let state: SchemeState<Line> = scheme.init(from ?? { m: 3, s: 2 }, problem);
  const measures = [state.measure];
  const results: StepResult<SchemeState<Line>>[] = [];
  for (const [i, size] of sizes.entries()) {
    results.push(await scheme.step(state, problem, { step: i + 1, gamma: size, rng: stream(0).fork('step', i + 1) }));
    state = results.at(-1)!.state;
    measures.push(state.measure);
  }
  return { measures, results, last: state.measure };
}
