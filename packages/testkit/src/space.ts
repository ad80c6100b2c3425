/** The conformance suite of spaces: what their calculus must satisfy whatever the representation. */
import { stream } from '@wasserflow/tensor';
import type { Functional, Space } from '@wasserflow/core';
import { describe, expect, test } from 'vitest';
import { allowedFor, same } from './check.js';
import { anchored } from './space/anchored-prox.js';
import { basics } from './space/basics.js';
import { densities } from './space/densities.js';
import { directions } from './space/directions.js';
import { fields } from './space/fields.js';
import { geodesics } from './space/geodesics.js';
import { moments } from './space/moments.js';
import { movedFields } from './space/moved-fields.js';
import { halfSquare } from './space/probes.js';
import { proximal } from './space/prox.js';
import { lack, subjectOf, type Law, type Subject } from './space/subject.js';

/** What holds in every space, for the operations that it has. */
export const spaceLaws: readonly Law[] = [
  ...basics,
  ...fields,
  ...movedFields,
  ...geodesics,
  ...moments,
  ...densities,
  ...proximal,
  ...anchored,
  ...directions,
];

export interface SpaceCase<M, V = any> {
  readonly space: () => Promise<Space<M, V>>;
  /** A functional that the space can serve, smooth at the initial measure. */
  readonly functional: Functional;
  /** Squared norm of a field at a measure, from outside the space. */
  readonly norm2?: (mu: M, field: V) => number;
  /** Relative error that float32, a solver or a discretisation leaves; 1e-6 for exact spaces. */
  readonly tolerance?: number;
  /** Step sizes at which proximal steps are tried; 0.05, 0.3 and 2 by default. */
  readonly steps?: readonly number[];
  /** Laws, by id, that the representation cannot keep, and why. */
  readonly except?: Readonly<Record<string, string>>;
}

/** Why a law has nothing to say of this space and this functional; undefined where it has. */
function silence(subject: Subject, { needs, probes, silent }: Law): string | undefined {
  const { space, functional } = subject;
  const missing = lack(space, functional, needs) ?? silent?.(subject);
  return missing ?? (probes ? lack(space, halfSquare(space.dimension), ['gradient', 'push']) : undefined);
}

/**
 * Laws of the calculus, as vitest tests; a law about operations that the space lacks is skipped, and says so.
 *
 * @example
 * describeSpace('mine', { space: async () => mySpace(initial), functional: kl(target), tolerance: 1e-6 });
 */
export function describeSpace<M, V = any>(
  name: string,
  { space: make, functional, norm2, tolerance = 1e-6, steps, except = {} }: SpaceCase<M, V>,
): void {
  const subject = async (seed: string) =>
    subjectOf(await make(), { functional, seed, tolerance, ...(steps && { steps }) });

  describe(`space ${name}`, () => {
    test('knows the laws that it is excused from', () => {
      const ids = spaceLaws.map(({ id }) => id);
      expect(Object.keys(except).filter((id) => !ids.includes(id))).toEqual([]);
    });

    test('the same stream gives the same initial measure, as plain data', async () => {
      const space = await make();
      const mu = await space.initial(stream('initial'));
      expect(await space.initial(stream('initial'))).toEqual(mu);
      expect(structuredClone(mu)).toEqual(mu);
    });

    test('pushing along a field by zero changes nothing', async ({ skip }) => {
      const { space, measure } = await subject('push');
      const reason = lack(space, functional, ['gradient', 'push']);
      if (reason !== undefined) skip(reason);
      expect(await space.push(measure, await space.gradient(functional, measure), 0)).toEqual(measure);
    });

    test.runIf(norm2)('inner is the norm that is known of it', async ({ skip }) => {
      const { space, measure } = await subject('norm');
      const reason = lack(space, functional, ['gradient', 'inner']);
      if (reason !== undefined) skip(reason);
      const field = await space.gradient(functional, measure);
      const expected = norm2!(measure, field);
      const got = await space.inner(measure, field, field);
      expect(same('|grad G|^2', got, expected, allowedFor(tolerance, expected))).toEqual([]);
    });

    for (const law of spaceLaws)
      test.skipIf(law.id in except)(`${law.id}: ${except[law.id] ?? law.says}`, async ({ skip }) => {
        const at = await subject(law.id);
        const reason = silence(at, law);
        if (reason !== undefined) skip(reason);
        expect(await law.check(at)).toEqual([]);
      });
  });
}
