/** A scheme that is not what it says is caught; forward Euler and JKO are what they say. */
import { energy, stepFromProx, stepTo, type Scheme, type SchemeState } from '@wasserflow/core';
import { forwardEuler, implicitMidpoint, jko, langevin } from '@wasserflow/schemes';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { gaussian } from '@wasserflow/targets';
import { gaussiansInPlane, schemeClaims, type SchemeSubject } from '@wasserflow/testkit';
import { expect, it } from 'vitest';

const initial = gaussian(gaussiansInPlane.initial);
const target = gaussian(gaussiansInPlane.target);
const G = energy('kl', { entropy: 1, potential: target.potential!, constant: target.logNormalizer! }, target);

const space = gaussianSpace(initial);
const found = async (says: string, scheme: Scheme<any>) => {
  const subject: SchemeSubject = { scheme, space, functional: G, gamma: 0.1, tolerance: 1e-6 };
  return schemeClaims.find((claim) => claim.says === says)!.check(subject);
};

/** Forward Euler with its step changed. */
const changed = (step: Scheme['step'], rest: Partial<Scheme> = {}): Scheme => ({ ...forwardEuler(), step, ...rest });
const euler = forwardEuler().step;

let calls = 0;
const wrong: Readonly<Record<string, readonly Scheme<any>[]>> = {
  'its state is plain data, and a run goes on from what was saved of it': [
    changed(async (state, problem, context) => {
      const { state: next, ...rest } = await euler(state, problem, context);
      return { ...rest, state: { ...next, seen: new Map([[1, 2]]) } as SchemeState };
    }),
  ],
  'a step leaves its state as it was': [
    changed(async (state, problem, context) => {
      const result = await euler(state, problem, context);
      (state as { touched?: boolean }).touched = true;
      return result;
    }),
  ],
  'a step is a function of its state and its stream': [
    changed((state, problem, context) => euler(state, problem, { ...context, gamma: context.gamma / ++calls })),
  ],
  'a step is well, and tells numbers': [
    changed(async (state, problem, context) => ({ ...(await euler(state, problem, context)), info: { ratio: 0 / 0 } })),
    changed(async (state, problem, context) => ({
      ...(await euler(state, problem, context)),
      status: 'not-converged',
    })),
  ],
  'it requires what it calls, and nothing else': [
    changed(euler, { requires: () => [{ operation: 'gradient' }] }),
    changed(euler, { requires: () => [{ operation: 'gradient' }, { operation: 'push' }, { operation: 'prox' }] }),
    { ...langevin(), requires: () => [{ operation: 'gradient' }, { operation: 'push' }, { operation: 'diffuse' }] },
  ],
  'a functional of no facets is refused in a sentence': [
    changed(euler, { requires: ({ terms }) => (terms!.entropy > 0 ? [{ operation: 'gradient' }] : []) }),
  ],
  'the step sizes that it advises are sizes': [
    changed(euler, { bounds: () => ({ advised: Infinity }) }),
    changed(euler, { bounds: () => ({ advised: 2, limit: { size: 1, name: '1 / L', beyond: 'it is unstable' } }) }),
  ],
  'its small steps follow the gradient flow': [
    changed((state, problem, context) => euler(state, problem, { ...context, gamma: -context.gamma })),
    {
      ...jko(),
      step: async ({ measure }, problem, context) =>
        stepFromProx(await problem.space.prox(problem.functional, measure, 2 * context.gamma, context)),
    },
  ],
  'it is of the order that it declares': [
    { ...jko(), order: 2 },
    { ...implicitMidpoint(), order: 3 },
  ],
  'it has no bias: the minimiser is a fixed point': [
    langevin(),
    changed(async ({ measure }, { space: s }, { gamma, rng }) => stepTo(await s.diffuse(measure, gamma, rng))),
  ],
};

it.each(Object.entries(wrong))('%s', async (says, schemes) => {
  expect(await found(says, jko())).toEqual([]);
  for (const scheme of schemes) expect(await found(says, scheme)).not.toEqual([]);
});

it('there is a wrong scheme for every claim', () => {
  expect(schemeClaims.map(({ says }) => says).filter((says) => !(says in wrong))).toEqual([]);
});
