import type { QuantileFacet, QuantileMeasure } from '@wasserflow/core';
import { gradientFromNodes, isLinear } from '../laws/line.js';
import type { LineLaw } from '../laws/line-law.js';

/** int Q_nu psi_i du for the basis of the measure's kind: hats for `linear`, steps for `atoms`. */
function loads({ kind, nodes }: QuantileMeasure, law: LineLaw): Float64Array {
  const out = new Float64Array(nodes.data.length);
  const n = kind === 'linear' ? out.length - 1 : out.length;
  for (let i = 0; i < n; i++) {
    const [plain, byLevel] = law.integrals(i / n, (i + 1) / n);
    const rising = kind === 'linear' ? n * byLevel - i * plain : 0;
    out[i]! += plain - rising;
    if (kind === 'linear') out[i + 1]! += rising;
  }
  return out;
}

/** The function of the measure's kind that is nearest to Q_nu in L2, and int Q_nu^2 - |it|^2 >= 0. */
function projection(mu: QuantileMeasure, law: LineLaw): { nearest: Float64Array; missed: number } {
  const load = loads(mu, law);
  const nearest = isLinear(mu) ? gradientFromNodes(load) : load.map((v) => v * load.length);
  return { nearest, missed: Math.max(law.meanSquare - load.reduce((sum, v, i) => sum + v * nearest[i]!, 0), 0) };
}

/** |a|^2 in L2(0, 1) of a function of the kind. */
function squaredNorm(a: Float64Array, linear: boolean): number {
  const n = linear ? a.length - 1 : a.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += linear ? (a[i]! ** 2 + a[i]! * a[i + 1]! + a[i + 1]! ** 2) / 3 : a[i]! ** 2;
  return sum / n;
}

const keyOf = ({ kind, nodes }: QuantileMeasure): string => `${kind} ${nodes.data.length}`;

/**
 * W2^2(., nu) / 2 on the line, exact: int |Q - Q_nu|^2 du / 2, with gradient Q minus what the nodes can show
 * of Q_nu.
 */
export function w2OnLine(law: () => LineLaw): QuantileFacet {
  const known = new Map<string, ReturnType<typeof projection>>();
  const offset = (mu: QuantileMeasure) => {
    const found = known.get(keyOf(mu)) ?? projection(mu, law());
    known.set(keyOf(mu), found);
    return { away: Float64Array.from(mu.nodes.data, (x, i) => x - found.nearest[i]!), missed: found.missed };
  };
  return {
    value(mu) {
      const { away, missed } = offset(mu);
      return (squaredNorm(away, isLinear(mu)) + missed) / 2;
    },
    gradient: (mu) => offset(mu).away,
  };
}
