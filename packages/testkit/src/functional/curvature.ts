/** Declared convexity and smoothness against second differences along generalized geodesics. */
import { splitEnergy, type Functional } from '@wasserflow/core';
import { show, type Findings } from '../check.js';
import { constantField, linearField, randomDirection, randomField, identity } from '../space/probes.js';
import { lack, type Subject } from '../space/subject.js';

/** A generalized geodesic t -> (id + (1 - t) u + t v)_# base, where id + u and id + v are Brenier maps. */
interface Segment {
  readonly base: unknown;
  readonly u: unknown;
  readonly v: unknown;
}

interface Curvature {
  /** 2 ((1 - t) G_0 + t G_1 - G_t) / (t (1 - t) |u - v|^2): between lambda and L. */
  readonly value: number;
  /** What rounding or a solver may have added to it. */
  readonly error: number;
}

async function curvatureAlong(subject: Subject, { base, u, v }: Segment, t: number): Promise<Curvature | undefined> {
  const { space, functional: G, tolerance } = subject;
  const between = (s: number): Promise<unknown> =>
    space.combine([
      { weight: 1 - s, of: u },
      { weight: s, of: v },
    ]);
  const at = async (s: number): Promise<number> => space.value(G, await space.push(base, await between(s), 1));
  const [start, end, here] = [await at(0), await at(1), await at(t)];
  // An inequality with infinity on its larger side says nothing.
  if (!Number.isFinite(start) || !Number.isFinite(end)) return undefined;
  const gap: unknown = await space.combine([
    { weight: 1, of: u },
    { weight: -1, of: v },
  ]);
  const unit = (t * (1 - t) * (await space.inner(base, gap, gap))) / 2;
  const size = Math.max(1, Math.abs(start), Math.abs(end), Math.abs(here));
  return { value: ((1 - t) * start + t * end - here) / unit, error: (tolerance * size) / unit };
}

/** Narrow images of the measure at places within its own spread: what is true of G there is true of it at points. */
async function narrowBases(subject: Subject, count: number): Promise<unknown[]> {
  const { space, measure: mu, rng } = subject;
  const narrow: unknown = await space.push(mu, await linearField(subject, mu, identity(space.dimension)), -0.95);
  const bases: unknown[] = [];
  for (let k = 0; k < count; k++) {
    const b = randomDirection(rng.fork('place', k), space.dimension);
    bases.push(await space.push(narrow, await constantField(subject, narrow, b), (3 * (k + 0.5)) / count - 1.5));
  }
  return bases;
}

/** Translations to and fro by `size`, in a direction of its own for each k. */
async function shift(subject: Subject, base: unknown, k: number, size: number): Promise<Segment> {
  const b = randomDirection(subject.rng.fork('shift', k), subject.space.dimension);
  const by = (s: number): Promise<unknown> =>
    constantField(
      subject,
      base,
      b.map((x) => s * x),
    );
  return { base, u: await by(-size), v: await by(size) };
}

async function bend(subject: Subject, k: number): Promise<Segment> {
  const { space, measure: base } = subject;
  const half = async (name: string): Promise<unknown> =>
    space.combine([{ weight: 0.5, of: await randomField(subject, base, name) }]);
  return { base, u: await half(`u${k}`), v: await half(`v${k}`) };
}

const [BENDS, SHIFTS, PLACES] = [10, 12, 12];

async function segments(subject: Subject): Promise<Segment[]> {
  const found: Segment[] = [];
  for (let k = 0; k < BENDS; k++) found.push(await bend(subject, k));
  for (let k = 0; k < SHIFTS; k++) found.push(await shift(subject, subject.measure, k, 1));
  for (const [k, base] of (await narrowBases(subject, PLACES)).entries())
    found.push(await shift(subject, base, SHIFTS + k, 0.2));
  return found;
}

async function curvatures(subject: Subject): Promise<Curvature[]> {
  const found: Curvature[] = [];
  for (const [k, segment] of (await segments(subject)).entries()) {
    const curvature = await curvatureAlong(subject, segment, k % 3 === 0 ? 0.3 : 0.5);
    if (curvature !== undefined) found.push(curvature);
  }
  return found;
}

/** Whether G(mu_t) <= (1 - t) G(mu_0) + t G(mu_1) - lambda t (1 - t) |T_0 - T_1|^2 / 2, with the lambda it declares. */
export async function convexityFindings(subject: Subject): Promise<Findings> {
  const { id, convexity } = subject.functional;
  if (convexity === undefined) return [];
  const broken = (await curvatures(subject)).filter(({ value, error }) => !(value >= convexity - error));
  if (broken.length === 0) return [];
  const least = Math.min(...broken.map(({ value }) => value));
  return [`\`${id}\` declares the convexity ${show(convexity)}, but along a generalized geodesic it is ${show(least)}`];
}

/** The smooth part of G, which its smoothness is of: potential and interactions, or G as a whole. */
const smoothPart = (G: Functional): Functional => splitEnergy(G)?.smooth ?? G;

/** Whether the second differences of the smooth part of G are at most the L that it declares. */
export async function smoothnessFindings(subject: Subject): Promise<Findings> {
  const { id, smoothness } = subject.functional;
  const functional = smoothPart(subject.functional);
  if (smoothness === undefined || lack(subject.space, functional, ['value'])) return [];
  const steep = (await curvatures({ ...subject, functional })).filter(
    ({ value, error }) => !(value <= smoothness + error),
  );
  if (steep.length === 0) return [];
  const most = Math.max(...steep.map(({ value }) => value));
  return [
    `\`${id}\` declares the smoothness ${show(smoothness)}, but along a generalized geodesic it is ${show(most)}`,
  ];
}
