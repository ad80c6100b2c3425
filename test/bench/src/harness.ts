/** Timing: warm-up, many rounds, contenders interleaved so that a noisy moment hits them all. */

/** Something that can be timed. */
export interface Contender {
  readonly name: string;
  /** One unit of work; resolves when it is done. */
  readonly run: () => Promise<unknown>;
  readonly dispose?: () => void | Promise<void>;
}

export interface Timing {
  readonly name: string;
  /** Median over the rounds, in milliseconds. */
  readonly median: number;
  readonly best: number;
  readonly rounds: number;
}

export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export async function milliseconds(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Times contenders in turn, round by round. */
export async function race(
  contenders: readonly Contender[],
  { rounds, warmup = 3 }: { rounds: number; warmup?: number },
): Promise<Timing[]> {
  for (const { run } of contenders) for (let i = 0; i < warmup; i++) await run();
  const times = contenders.map(() => [] as number[]);
  for (let round = 0; round < rounds; round++)
    for (const [i, { run }] of contenders.entries()) times[i]!.push(await milliseconds(run));
  return contenders.map(({ name }, i) => ({
    name,
    median: medianOf(times[i]!),
    best: Math.min(...times[i]!),
    rounds,
  }));
}

/** A table with aligned columns; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const text = [header, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'number' ? cell.toPrecision(4) : cell)),
  );
  const widths = header.map((_, i) => Math.max(...text.map((row) => row[i]!.length)));
  const isNumber = (i: number) => rows.every((row) => typeof row[i] === 'number' || row[i] === '-');
  const line = (row: readonly string[]) =>
    row.map((c, i) => (isNumber(i) ? c.padStart(widths[i]!) : c.padEnd(widths[i]!))).join('  ');
  return [line(text[0]!), widths.map((w) => '-'.repeat(w)).join('  '), ...text.slice(1).map(line)].join('\n');
}
