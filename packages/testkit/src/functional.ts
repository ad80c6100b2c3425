/** The conformance suite of functionals: what they declare of themselves, checked on each space that serves them. */
import type { Distribution, Functional, Space, SpaceOperation } from '@wasserflow/core';
import type { Engine } from '@wasserflow/tensor';
import { describe, expect, test } from 'vitest';
import type { Findings } from './check.js';
import { convexityFindings, smoothnessFindings } from './functional/curvature.js';
import { flowing, flowLossFindings } from './functional/flow.js';
import { gradientFindings } from './functional/gradient.js';
import { proxFindings } from './functional/prox.js';
import { targetFindings } from './functional/target.js';
import { agreementFindings, numberFindings, type Holder } from './functional/values.js';
import { halfSquare } from './space/probes.js';
import { lack, subjectOf, type Subject } from './space/subject.js';

export interface FunctionalClaim {
  readonly id: string;
  readonly says: string;
  readonly needs: readonly SpaceOperation[];
  readonly check: (subject: Subject) => Promise<Findings>;
}

/** What a functional must satisfy wherever a space serves it. */
export const functionalClaims: readonly FunctionalClaim[] = [
  {
    id: 'number',
    says: 'its value is a number or infinite, never NaN',
    needs: ['value', 'push', 'gradient'],
    check: numberFindings,
  },
  {
    id: 'gradient',
    says: 'its gradient is that of its value',
    needs: ['value', 'gradient', 'push', 'inner'],
    check: gradientFindings,
  },
  {
    id: 'convexity',
    says: 'it is as convex along generalized geodesics as it declares',
    needs: ['value', 'push', 'combine', 'inner'],
    check: convexityFindings,
  },
  {
    id: 'smoothness',
    says: 'its smooth part is as smooth as it declares',
    needs: ['push', 'combine', 'inner'],
    check: smoothnessFindings,
  },
  {
    id: 'prox',
    says: 'a proximal step lowers it by what it moves',
    needs: ['value', 'prox', 'distance2'],
    check: proxFindings,
  },
  { id: 'target', says: 'its target is its minimiser', needs: ['value', 'push'], check: targetFindings },
];

/** A space to look at the functional on. */
export interface FunctionalHost {
  readonly name: string;
  readonly space: () => Promise<Space>;
  /** Relative error that float32, a solver or a discretisation leaves; 1e-6 for exact spaces. */
  readonly tolerance?: number;
  /** Absolute error of values against other spaces; only where the space holds laws exactly or nearly so. */
  readonly error?: number;
  /** Claims, by id, that cannot be seen here, and why; `agreement` is that on the value with other spaces. */
  readonly except?: Readonly<Record<string, string>>;
}

export interface FunctionalCase {
  readonly functional: Functional;
  readonly hosts: readonly FunctionalHost[];
  /** Where the hosts have to agree on the value. */
  readonly law?: Distribution;
  /** To look at a facet `flow` with: on the first host that has the gradient and samples. */
  readonly engine?: () => Promise<Engine>;
  /** Facets that no host stands for. */
  readonly unseen?: readonly string[];
}

/** Spaces by id that the functional claims to serve, by a facet. */
const claimed = ({ facets = {}, summands = [] }: Functional): string[] => [
  ...new Set([...Object.keys(facets), ...summands.flatMap(({ of }) => claimed(of))]),
];

function describeOn(G: Functional, { name, space: make, tolerance = 1e-6, except = {} }: FunctionalHost): void {
  describe(`on ${name}`, () => {
    test('a facet for the space is one that it serves', async ({ skip }) => {
      const space = await make();
      if (G.facets?.[space.id as keyof typeof G.facets] === undefined) skip('no facet');
      expect(lack(space, G, ['value']) === undefined || lack(space, G, ['gradient']) === undefined).toBe(true);
    });

    for (const { id, says, needs, check } of functionalClaims)
      test.skipIf(id in except)(`${id}: ${except[id] ?? says}`, async ({ skip }) => {
        const subject = await subjectOf(await make(), { functional: G, seed: id, tolerance });
        const reason = lack(subject.space, G, needs);
        if (reason !== undefined) skip(reason);
        expect(await check(subject)).toEqual([]);
      });
  });
}

/** Why a loss has nothing to be compared with on a host; undefined where it has. */
const lackForLoss = (space: Space, G: Functional): string | undefined =>
  lack(space, G, ['gradient', 'inner', 'sample']) ??
  (G.facets?.flow?.needsLogDensity ? lack(space, G, ['logDensity']) : undefined) ??
  lack(space, halfSquare(space.dimension), ['gradient']);

function describeLoss(G: Functional, hosts: readonly FunctionalHost[], engine: () => Promise<Engine>): void {
  test(`flow: the loss of \`${G.id}\` has the slopes of its gradient`, async ({ skip }) => {
    for (const { space: make } of hosts) {
      const subject = await subjectOf(await make(), { functional: G, seed: 'flow' });
      if (lackForLoss(subject.space, G) !== undefined) continue;
      expect(await flowLossFindings(subject, await engine())).toEqual([]);
      return;
    }
    skip('no host has its gradient and samples');
  });
}

/**
 * Everything that the functional says of itself, as vitest tests on every host that can see it: facets, gradients,
 * lambda, L and the target.
 *
 * @example
 * describeFunctional('mine', {
 *   functional: mine(),
 *   hosts: [
 *     { name: 'gaussian', space: async () => gaussianSpace(initial), error: 1e-6 },
 *     { name: 'quantile', space: async () => quantileSpace(initial), error: 1e-2 },
 *   ],
 *   law: initial,
 *   engine: () => tfjsEngine('cpu'),
 * });
 */
export function describeFunctional(
  name: string,
  { functional: G, hosts, law, engine, unseen = [] }: FunctionalCase,
): void {
  describe(`functional ${name}`, () => {
    test('every facet is looked at', async () => {
      const ids = new Set<string>([...unseen, ...(engine ? ['flow'] : [])]);
      for (const { space } of hosts) ids.add((await space()).id);
      expect(claimed(G).filter((id) => !ids.has(id))).toEqual([]);
    });

    for (const host of hosts) describeOn(G, host);

    if (engine) for (const loss of flowing(G)) describeLoss(loss, hosts, engine);

    test.runIf(law)('spaces agree on its value', async () => {
      const holders: Holder[] = [];
      for (const { name: host, space, error, except = {} } of hosts)
        if (error !== undefined && !('agreement' in except)) holders.push({ name: host, space: await space(), error });
      expect(await agreementFindings(G, law!, holders)).toEqual([]);
    });
  });
}
