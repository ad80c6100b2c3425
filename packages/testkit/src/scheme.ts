/** The conformance suite of schemes. */
import type { Functional, Scheme, Space } from '@wasserflow/core';
import { describe, expect, test } from 'vitest';
import type { Findings } from './check.js';
import { biasFindings, flowFindings, orderFindings } from './scheme/consistency.js';
import { boundFindings, refusalFindings, requirementFindings } from './scheme/requirements.js';
import { determinismFindings, mutationFindings, plainFindings, reportFindings } from './scheme/state.js';
import type { SchemeSubject } from './scheme/subject.js';

export interface SchemeCase {
  readonly scheme: Scheme<any>;
  readonly space: () => Promise<Space>;
  readonly functional: Functional;
  /** A step size at which the scheme is stable, length^2 per nat; 0.1 by default. */
  readonly gamma?: number;
  /** Relative error that float32 or a solver leaves; 1e-6 for exact spaces. */
  readonly tolerance?: number;
  /** Its small steps follow the Wasserstein gradient flow of the functional, exactly in law. */
  readonly gradientFlow?: boolean;
  /** The declared order, or one, is there to be seen in this space. */
  readonly converges?: boolean;
  /** The target of the functional is a fixed point. */
  readonly unbiased?: boolean;
}

interface SchemeClaim {
  readonly says: string;
  readonly check: (subject: SchemeSubject) => Findings | Promise<Findings>;
  readonly asked?: (options: SchemeCase) => boolean | undefined;
}

/** What a scheme must satisfy; some of it only where its case says that it does. */
export const schemeClaims: readonly SchemeClaim[] = [
  { says: 'its state is plain data, and a run goes on from what was saved of it', check: plainFindings },
  { says: 'a step leaves its state as it was', check: mutationFindings },
  { says: 'a step is a function of its state and its stream', check: determinismFindings },
  { says: 'a step is well, and tells numbers', check: reportFindings },
  { says: 'it requires what it calls, and nothing else', check: requirementFindings },
  { says: 'a functional of no facets is refused in a sentence', check: refusalFindings },
  { says: 'the step sizes that it advises are sizes', check: boundFindings },
  { says: 'its small steps follow the gradient flow', check: flowFindings, asked: (c) => c.gradientFlow },
  { says: 'it is of the order that it declares', check: orderFindings, asked: (c) => c.converges },
  { says: 'it has no bias: the minimiser is a fixed point', check: biasFindings, asked: (c) => c.unbiased },
];

/**
 * What every scheme must do, as vitest tests on one space and one functional.
 *
 * @example
 * describeScheme('mine', { scheme: mine(), space, functional: kl(target), gradientFlow: true, unbiased: true });
 */
export function describeScheme(name: string, options: SchemeCase): void {
  const { scheme, space, functional, gamma = 0.1, tolerance = 1e-6 } = options;
  describe(`scheme ${name}`, () => {
    for (const { says, check, asked } of schemeClaims)
      test.runIf(asked === undefined || asked(options))(`${says}`, async () => {
        expect(await check({ scheme, space: await space(), functional, gamma, tolerance })).toEqual([]);
      });
  });
}
