// A Bayesian logistic regression in 31 dimensions, sampled by four schemes on the same particles: the error of the
// mean against long Hamiltonian Monte Carlo, in posterior standard deviations, by gradient evaluations per particle.
// `node examples/posterior/dist/posterior.js [particles] [gradients]`
import { readFile } from 'node:fs/promises';
import { createWasserflow } from '@wasserflow/core';
import { firstPartyPlugins } from 'wasserflow';

const [particles = 1000, gradients = 3000] = process.argv.slice(2).map(Number);
const { mean, std } = JSON.parse(await readFile(new URL('../reference.json', import.meta.url), 'utf8')) as {
  mean: readonly number[];
  std: readonly number[];
};

/** A scheme with the step size that serves it best, and what estimates the score where it needs one. */
const contenders = [
  { scheme: 'langevin', size: 0.01 },
  { scheme: 'mala', size: 0.003 },
  { scheme: { id: 'svgd', kernel: 'gaussian' }, size: 0.05 },
  { scheme: { id: 'accelerated', coefficients: 'nesterov', restart: true }, size: 0.003, score: 'analytic' },
] as const;

const wasserflow = createWasserflow({ plugins: await firstPartyPlugins() });

/** The error of the mean, root mean square over coordinates, after each number of gradients per particle. */
async function errors({ scheme, size, ...space }: (typeof contenders)[number], at: readonly number[]) {
  const run = await wasserflow.open({
    name: 'posterior',
    seed: 1,
    space: { id: 'particles', count: particles, ...space },
    problem: {
      initial: { id: 'gaussian', dimension: 31 },
      functional: { id: 'kl', target: { id: 'logistic-posterior', data: 'breast-cancer' } },
    },
    scheme,
    steps: { count: gradients, size },
    meters: [{ id: 'mean-error', mean, std }],
  });
  const found: string[] = [];
  let spent = 0;
  for await (const { step, info, metrics } of run) {
    spent += step > 0 ? (info['gradients'] ?? 1) : 0;
    if (found.length < at.length && spent >= at[found.length]!) found.push(metrics['mean-error.rms']!.toFixed(3));
    if (found.length === at.length) break;
  }
  await run.dispose();
  return found;
}

const at = [10, 30, 100, 300, 1000, 3000].filter((n) => n <= gradients);
console.log(`error of the mean, in posterior standard deviations (${particles} particles)`);
console.log(['gradients'.padEnd(12), ...at.map((n) => String(n).padStart(7))].join(' '));
for (const contender of contenders) {
  const { scheme } = contender;
  const name = typeof scheme === 'string' ? scheme : scheme.id;
  console.log([name.padEnd(12), ...(await errors(contender, at)).map((e) => e.padStart(7))].join(' '));
}
