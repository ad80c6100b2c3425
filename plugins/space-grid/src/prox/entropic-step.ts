/** Proximal steps with entropic regularisation, for one potential after another. */
import { measureOn, normalise, total, type Grid } from '../cells/grid.js';
import { eachFace, faceGradient } from '../fields/field.js';
import { lineDistance2 } from '../transport/line-distance.js';
import type { DualAscent } from './back-and-forth.js';
import { excess, type LinearSolution, type LinearStep, type LocalEnergy } from './linear-step.js';
import { marginal, scale, scalingOf, type Scaled, type Scalings } from './scaling.js';

/** sum_i m_i l_i, none where there is no mass. */
const average = (mass: Float64Array, log: Float64Array): number =>
  mass.reduce((sum, m, i) => sum + (m > 0 ? m * log[i]! : 0), 0);

function verdict(mass: Float64Array, { residual, iterations }: Scaled, tolerance: number) {
  if (!Number.isFinite(total(mass)) || !(total(mass) > 0))
    return { status: 'non-finite' as const, message: 'the scalings are not finite' };
  if (residual <= tolerance) return { status: 'ok' as const };
  return {
    status: 'not-converged' as const,
    message: `after ${iterations} scalings a share ${residual.toExponential(1)} of the mass still moves; raise \`iterations\` or \`epsilon\``,
  };
}

/**
 * W2^2 from the masses of mu to rho: exact on a line. In a plane by the map from rho back to mu,
 * id - (epsilon / 4) grad log(a / K b); a face counts with the harmonic mean of the masses beside it, so that beside
 * a wall, where there is none on one side, it does not count.
 */
function stepLength2(grid: Grid, mass: Float64Array, rho: Float64Array, epsilon: number, found: Scalings): number {
  if (grid.shape.length === 1)
    return lineDistance2(measureOn(grid, mass), measureOn(grid, normalise(Float64Array.from(rho))));
  const back = faceGradient(
    grid,
    found.logA.map((a, i) => (epsilon / 4) * (a - found.logKb[i]!)),
  );
  let sum = 0;
  for (const [k, { data }] of back.faces.entries())
    eachFace(grid, k, (face, left, right) => {
      const both = rho[left]! * rho[right]!;
      if (both > 0) sum += ((2 * both) / (rho[left]! + rho[right]!)) * data[face]! ** 2;
    });
  return sum;
}

/**
 * The JKO step with entropic regularisation, by scaling in the log domain with a separable Gaussian kernel:
 *
 * min over plans of KL(plan | e^(-|x - y|^2 / epsilon)) + (2 gamma / epsilon) G(rho) - int rho log rho / 2,
 *
 * rho the first marginal, mu the second; a = prox(K b) / (K b), b = mu / (K^T a). The entropy of the plan holds half
 * of that of rho: it is W2^2 / epsilon + int rho log rho / 2 but for a constant and O(epsilon), and would blur rho by
 * epsilon / 2 along each axis. The last term takes that off; of a law of variance s^2 what is left is about
 * epsilon^2 / (16 s^2) a step. `residual` is the share of the mass that the plan has not where its proximal map wants
 * it; `action` is what the above has beside G, in units of it, but for a constant.
 *
 * @param epsilon - weight of the entropy of the plan, length^2
 * @see peyre2015entropic, adams2011large, walker2011anderson
 */
export function entropicStep(
  grid: Grid,
  local: LocalEnergy,
  mass: Float64Array,
  gamma: number,
  epsilon: number,
): LinearStep {
  const scaling = scalingOf(grid, local, mass, gamma, epsilon);
  const { sigma } = scaling;
  const zeros = () => new Float64Array(grid.size);
  const unit = () => ({ logA: zeros(), logB: Float64Array.from(scaling.logMass), logKb: zeros() });
  let scalings: Scalings = unit();
  const solve = (V: Float64Array, ascent: DualAscent): LinearSolution => {
    const found = scale(scaling, scalings, V, ascent);
    const image = marginal(found);
    const { status, message } = verdict(image, found, ascent.tolerance);
    const [logA, logB, logKb] = [found.logA, found.logB, found.logKb].map((v) => Float64Array.from(v)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    scalings = status === 'non-finite' ? unit() : found;
    return {
      mass: image,
      status,
      ...(message !== undefined && { message }),
      moved2: () => stepLength2(grid, mass, image, epsilon, { logA, logB, logKb }),
      action: () => ((average(image, logA) - average(image, logKb)) / 2 + average(mass, logB)) / sigma,
      residual: found.residual,
      iterations: found.iterations,
      info: { misplaced: found.residual },
      misplaced: (W) => {
        const logP = zeros();
        scaling.proximal(logKb, W, logP);
        return excess(image, (i) => Math.exp(logP[i]!));
      },
    };
  };
  return { solve, stay: average(mass, scaling.logMass) / (2 * sigma) };
}
