import { isDeepStrictEqual } from 'node:util';
import { atMost, inTurn, type Findings } from '../check.js';
import { nearby } from '../space/probes.js';
import { lack, type Subject } from '../space/subject.js';

/** The declared minimiser in this space; undefined where the space holds draws of it only. */
async function exactTarget({ space, functional: G, rng }: Subject): Promise<unknown> {
  if (!G.target || lack(space, G, ['represent']) !== undefined) return undefined;
  const q: unknown = await space.represent(G.target, rng.fork('a'));
  const again: unknown = await space.represent(G.target, rng.fork('b'));
  return isDeepStrictEqual(again, q) ? q : undefined;
}

async function slopeAt({ space, functional: G }: Subject, q: unknown): Promise<number | undefined> {
  if (lack(space, G, ['gradient', 'inner']) !== undefined) return undefined;
  const v: unknown = await space.gradient(G, q);
  return Math.sqrt(await space.inner(q, v, v));
}

/** Whether the declared target is where G is least: no slope there, and larger values all about. */
export async function targetFindings(subject: Subject): Promise<Findings> {
  const { space, functional: G, tolerance } = subject;
  const q = await exactTarget(subject);
  if (q === undefined) return [];
  const slope = await slopeAt(subject, q);
  const [least, room] = [await space.value(G, q), 10 * tolerance];
  const lower = await inTurn(['1', '2', '3', '4', '5', '6'], async (name) => {
    const other = await space.value(G, await nearby(subject, q, name));
    return atMost(`\`${G.id}\` at its target, compared with a measure near it,`, least, other + room);
  });
  const flat = slope === undefined ? [] : atMost(`|grad \`${G.id}\`| at its target`, slope, 10 * Math.sqrt(tolerance));
  return [...flat, ...lower];
}
