import { WasserflowError, type Distribution, type Functional, type Space } from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';
import { inTurn, same, type Findings } from '../check.js';
import { identity, linearField } from '../space/probes.js';
import { lack, type Subject } from '../space/subject.js';

/** G, or undefined where the computation says that it did not come out. */
async function valueAt({ space, functional }: Subject, mu: unknown): Promise<number | undefined> {
  try {
    return await space.value(functional, mu);
  } catch (error) {
    if (error instanceof WasserflowError && error.code === 'E_NUMERICS') return undefined;
    throw error;
  }
}

/** Whether G is a number, infinite or not, at the measure and at images of it much narrower and much wider. */
export const numberFindings = (subject: Subject): Promise<Findings> =>
  inTurn([0, -0.9, 9], async (t) => {
    const { space, measure: mu, functional: G } = subject;
    const field: unknown = await linearField(subject, mu, identity(space.dimension));
    const value = await valueAt(subject, await space.push(mu, field, t));
    return Number.isNaN(value) ? [`\`${G.id}\` is NaN at the image under ${1 + t} I`] : [];
  });

/** A space that holds laws exactly, or up to a discretisation. */
export interface Holder {
  readonly name: string;
  readonly space: Space;
  /** Absolute error of values there. */
  readonly error: number;
}

/** Whether all spaces give the same value of G at one law: a facet that is wrong in itself still has its gradient. */
export async function agreementFindings(
  G: Functional,
  law: Distribution,
  holders: readonly Holder[],
): Promise<Findings> {
  const values: { name: string; value: number; error: number }[] = [];
  for (const { name, space, error } of holders) {
    if (lack(space, G, ['value', 'represent']) !== undefined) continue;
    const mu: unknown = await space.represent!(law, stream('represent'));
    values.push({ name, value: await space.value!(G, mu), error });
  }
  const [first, ...rest] = values;
  if (!first) return [];
  return rest.flatMap(({ name, value, error }) =>
    same(`\`${G.id}\` at \`${law.id}\` on ${name}, against ${first.name},`, value, first.value, error + first.error),
  );
}
