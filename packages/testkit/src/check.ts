/** What a check returns: a sentence for each thing that is wrong; none where all is well. */
export type Findings = readonly string[];

export const show = (x: number): string => String(Number(x.toPrecision(6)));

/** `got` is `expected` up to `allowed`; NaN never is. */
export const same = (what: string, got: number, expected: number, allowed: number): Findings =>
  Math.abs(got - expected) <= allowed
    ? []
    : [`${what} is ${show(got)}, not ${show(expected)} (allowed: ${show(allowed)})`];

/** A squared length that is zero up to `allowed`, a length. */
export const vanishes = (what: string, squared: number, allowed: number): Findings =>
  same(what, Math.sqrt(Math.abs(squared)), 0, allowed);

/** `got` is `limit` at the most; NaN never is. */
export const atMost = (what: string, got: number, limit: number): Findings =>
  got <= limit ? [] : [`${what} is ${show(got)}, more than ${show(limit)}`];

/** `tolerance`, relative to the largest of these and 1. */
export const allowedFor = (tolerance: number, ...scales: readonly number[]): number =>
  tolerance * Math.max(1, ...scales.map(Math.abs));

/** The findings of several checks, one after the other. */
export async function inTurn<T>(items: readonly T[], check: (item: T) => Promise<Findings>): Promise<Findings> {
  const found: string[] = [];
  for (const item of items) found.push(...(await check(item)));
  return found;
}
