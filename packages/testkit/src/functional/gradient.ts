import { inTurn, same, type Findings } from '../check.js';
import { randomField } from '../space/probes.js';
import type { Subject } from '../space/subject.js';

/** G along t -> (id + t v)_# mu, at t = -h and h. */
async function along({ space, measure, functional }: Subject, v: unknown, h: number): Promise<[number, number]> {
  const at = async (t: number): Promise<number> => space.value(functional, await space.push(measure, v, t));
  return [await at(-h), await at(h)];
}

/**
 * d/dt G((id + t v)_# mu) = <grad G, v> at t = 0, by central differences. With h the cube root of the tolerance
 * rounding, tolerance / h, and truncation, h^2, are alike.
 */
export async function slopeFindings(subject: Subject, v: unknown): Promise<Findings> {
  const { space, measure, functional: G, tolerance } = subject;
  const h = Math.cbrt(tolerance) / 10;
  const [behind, ahead] = await along(subject, v, h);
  const gradient: unknown = await space.gradient(G, measure);
  const expected = await space.inner(measure, gradient, v);
  const [g2, v2] = [await space.inner(measure, gradient, gradient), await space.inner(measure, v, v)];
  const slope = (ahead - behind) / (2 * h);
  const scale = Math.max(Math.sqrt(g2 * v2), (tolerance * Math.abs(ahead)) / h, 1e-3);
  return same(`the slope of \`${G.id}\` along a field v, against <grad G, v>`, slope, expected, 10 * h * scale);
}

/** Whether the gradient that a functional declares is that of its value: along random fields, and along itself. */
export async function gradientFindings(subject: Subject): Promise<Findings> {
  const { space, measure, functional } = subject;
  const own = await slopeFindings(subject, await space.gradient(functional, measure));
  const others = await inTurn(['1', '2', '3', '4'], async (name) =>
    slopeFindings(subject, await randomField(subject, measure, name)),
  );
  return [...own, ...others];
}
