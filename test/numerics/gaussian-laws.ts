/** Gaussian laws and runs on space `gaussian`, with numbers of the test's own. */
import {
  createWasserflow,
  defineDistribution,
  definePlugin,
  type Distribution,
  type GaussianMeasure,
  type Outcome,
  type Problem,
  type StepRecord,
} from '@wasserflow/core';
import functionals from '@wasserflow/functionals';
import schemes from '@wasserflow/schemes';
import spaceGaussian from '@wasserflow/space-gaussian';
import { determinant, EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';

/** N(mean, covariance) with its potential (x - mean)^T covariance^-1 (x - mean) / 2. */
export function gaussianLaw(id: string, mean: number[], covariance: number[][]): Distribution {
  const S = new Matrix(covariance);
  const spectrum = new EigenvalueDecomposition(S, { assumeSymmetric: true }).realEigenvalues;
  const dimension = mean.length;
  return {
    id,
    dimension,
    potential: {
      dimension,
      quadratic: { precision: inverse(S).to2DArray(), center: mean, constant: 0 },
      convexity: 1 / Math.max(...spectrum),
      smoothness: 1 / Math.min(...spectrum),
    },
    logNormalizer: (dimension * Math.log(2 * Math.PI) + Math.log(determinant(S))) / 2,
    gaussian: { mean, covariance },
  };
}

export interface GaussianRun {
  readonly initial: Distribution;
  readonly target: Distribution;
  readonly functional?: unknown;
  readonly scheme: string;
  /** A step size, or the reference of a controller. */
  readonly gamma: unknown;
  readonly count: number;
}

export interface Trajectory {
  readonly problem: Problem;
  readonly outcome: Outcome;
  /** Step 0 is the initial measure. */
  readonly steps: readonly (StepRecord & { measure: GaussianMeasure })[];
}

const laws = (initial: Distribution, target: Distribution) =>
  definePlugin({
    name: 'laws',
    contract: 1,
    contributes: [
      defineDistribution({ id: 'initial', title: 'Where the run starts', create: () => initial }),
      defineDistribution({ id: 'target', title: 'Where it goes', create: () => target }),
    ],
  });

/** Opens a run as a user would, by its config, and iterates to its end. */
export async function runGaussian({
  initial,
  target,
  scheme,
  gamma,
  count,
  ...rest
}: GaussianRun): Promise<Trajectory> {
  const wasserflow = createWasserflow({ plugins: [spaceGaussian, functionals, schemes, laws(initial, target)] });
  const run = await wasserflow.open({
    space: 'gaussian',
    problem: { initial: 'initial', functional: rest.functional ?? { id: 'kl', target: 'target' } },
    scheme,
    steps: { count, size: gamma },
    meters: [],
  });
  const steps: StepRecord[] = [];
  for await (const step of run) steps.push(step);
  await run.dispose();
  return { problem: run.composed.problem, outcome: run.outcome!, steps: steps as Trajectory['steps'] };
}
