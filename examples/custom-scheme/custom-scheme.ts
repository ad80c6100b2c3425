// The implicit midpoint rule in Wasserstein space: half a JKO step, then as far again along the geodesic.
import { createWasserflow, definePlugin, defineScheme, stepTo, type SchemeState } from '@wasserflow/core';
import functionals from '@wasserflow/functionals';
import schemes from '@wasserflow/schemes';
import spaceGaussian from '@wasserflow/space-gaussian';
import targets from '@wasserflow/targets';

const midpoint = defineScheme({
  id: 'my-midpoint',
  title: 'Implicit midpoint: (2 Id - T_{h -> n}) applied to p_h = JKO_{gamma/2}(p_n)',
  create: () => ({
    id: 'my-midpoint',
    requires: (G) => [{ operation: 'prox', functional: G }, { operation: 'transport' }, { operation: 'push' }],
    init: (measure): SchemeState => ({ measure }),
    async step({ measure }, { functional, space }, context) {
      const half = await space.prox(functional, measure, context.gamma / 2, context);
      const back = await space.transport(half.measure, measure);
      return stepTo(await space.push(half.measure, back, -1));
    },
  }),
});

const mine = definePlugin({ name: 'my-schemes', contract: 1, contributes: [midpoint] });
const { open } = createWasserflow({ plugins: [functionals, schemes, spaceGaussian, targets, mine] });

/** W2 at time one to the exact flow N(3,4) -> N(0,1), by steps of size 1/n. */
async function errorOf(scheme: string, n: number): Promise<number> {
  const law = (mean: number, variance: number) => ({ id: 'gaussian', mean: [mean], covariance: [[variance]] });
  const problem = { initial: law(3, 4), functional: { id: 'kl', target: law(0, 1) } };
  const run = await open({ space: 'gaussian', problem, scheme, steps: { count: n, size: 1 / n } });
  let last = { mean: [0], covariance: [[0]] };
  for await (const { measure } of run) last = measure as typeof last;
  const deviation = Math.sqrt(last.covariance[0]![0]!);
  return Math.hypot(last.mean[0]! - 3 * Math.exp(-1), deviation - Math.sqrt(1 + 3 * Math.exp(-2)));
}

for (const scheme of ['jko', 'my-midpoint'])
  for (const n of [10, 20, 40]) console.log(scheme, n, (await errorOf(scheme, n)).toExponential(3));
