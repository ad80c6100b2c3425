import { inTurn, same, type Findings } from '../check.js';
import { randomField } from '../space/probes.js';
import type { Subject } from '../space/subject.js';

const HALVINGS = 4;

/**
 * d/dt G((id + t v)_# mu) at t = 0 by central differences: of quotients for steps that fall by 4, the one that differs
 * least from the one before, where truncation and rounding are alike.
 */
async function slopeAlong({ space, measure, functional }: Subject, v: unknown, widest: number): Promise<number> {
  const at = async (t: number): Promise<number> => space.value(functional, await space.push(measure, v, t));
  const quotients: number[] = [];
  for (let k = 0; k < HALVINGS; k++) {
    const h = widest / 4 ** k;
    quotients.push(((await at(h)) - (await at(-h))) / (2 * h));
  }
  const gaps = quotients.slice(1).map((q, k) => Math.abs(q - quotients[k]!));
  return quotients[1 + gaps.indexOf(Math.min(...gaps))] ?? NaN;
}

/** The rule d/dt G((id + t v)_# mu) = <grad G, v> at t = 0. */
export async function slopeFindings(subject: Subject, v: unknown): Promise<Findings> {
  const { space, measure, functional: G, tolerance } = subject;
  // Rounding, tolerance / h, and truncation, h^2, are alike there for functions that bend as much as they rise.
  const h = Math.cbrt(tolerance) / 10;
  const gradient: unknown = await space.gradient(G, measure);
  const expected = await space.inner(measure, gradient, v);
  const [g2, v2] = [await space.inner(measure, gradient, gradient), await space.inner(measure, v, v)];
  // A steep field moves points as far as others do.
  const step = h / Math.max(1, Math.sqrt(v2));
  const size = (tolerance * Math.abs(await space.value(G, measure))) / step;
  const scale = Math.max(Math.sqrt(g2 * v2), size, 1e-3);
  const slope = await slopeAlong(subject, v, step);
  return same(`the slope of \`${G.id}\` along a field v, against <grad G, v>,`, slope, expected, h * scale);
}

/** Whether the gradient that a functional declares is that of its value: along random fields, and along itself. */
export async function gradientFindings(subject: Subject): Promise<Findings> {
  const { space, measure, functional } = subject;
  const own = await slopeFindings(subject, await space.gradient(functional, measure));
  const others = await inTurn(['1', '2'], async (name) =>
    slopeFindings(subject, await randomField(subject, measure, name)),
  );
  return [...own, ...others];
}
