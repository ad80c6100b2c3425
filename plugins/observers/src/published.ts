import { defineObserver, ensure, type Observer } from '@wasserflow/core';
import { z } from 'zod';

export interface PublishedOptions {
  /** The meter whose numbers are compared, as it stands in `metrics`. */
  readonly meter: string;
  /** Where the numbers come from. */
  readonly source: string;
  /** Published numbers by step, as printed: `'0.50'` has two decimals. */
  readonly values: Readonly<Record<string, string | number>>;
  /** Compares the square of the meter. */
  readonly squared?: boolean | undefined;
  /** Where to write; standard output by default. */
  readonly stream?: NodeJS.WritableStream;
}

/** Half a unit in the last printed digit. */
function halfUnit(printed: string): number {
  const [, digits = '', exponent = '0'] = /^[-+]?\d*\.?(\d*)(?:e([-+]?\d+))?$/i.exec(printed) ?? [];
  return 0.5 * 10 ** (Number(exponent) - digits.length);
}

/** Whether a number, rounded as the published one is, is the published one. */
export const agrees = (ours: number, printed: string): boolean =>
  // The bound itself is rounded: a number on the edge is given the benefit of the doubt.
  Math.abs(ours - Number(printed)) <= halfUnit(printed) * (1 + 1e-9);

function tableOf({ meter, source, values, squared }: PublishedOptions, measured: ReadonlyMap<number, number>): string {
  const what = squared ? `${meter}^2` : meter;
  const rows = [...measured].map(([step, value]) => {
    const printed = String(values[step]);
    return [String(step), value.toPrecision(10), printed, agrees(value, printed) ? 'yes' : 'no'];
  });
  const table = [['step', 'here', 'published', 'to all digits'], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  const lines = table.map((row) => `  ${row.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}`);
  return `${what}, against ${source}:\n${lines.join('\n')}\n`;
}

/**
 * Prints published numbers beside those of a run, when it ends.
 * @throws WasserflowError E_CONFIG when a published value or its step is no number.
 */
export function published(options: PublishedOptions): Observer {
  const { meter, values, squared, stream = process.stdout } = options;
  for (const [step, value] of Object.entries(values))
    ensure(
      Number.isInteger(Number(step)) && Number.isFinite(Number(value)),
      'E_CONFIG',
      `published values are numbers by step, e.g. { 100: '4.438767' }, but here is ${step}: ${value}`,
    );
  return {
    id: 'published',
    attach(bus) {
      const measured = new Map<number, number>();
      const ends = [
        bus.on('step:end', ({ step, metrics }) => {
          const value = metrics[meter];
          if (value !== undefined && String(step) in values) measured.set(step, squared ? value ** 2 : value);
        }),
        bus.on('run:end', () => void stream.write(tableOf(options, measured))),
      ];
      return () => ends.forEach((end) => end());
    },
  };
}

const printed = z.union([z.string(), z.number()]);

export const publishedDefinition = defineObserver({
  id: 'published',
  title: 'Published numbers beside those of the run, when it ends',
  options: z.strictObject({
    meter: z.string().default('value'),
    source: z.string({ error: 'expected where the numbers come from' }),
    values: z.record(z.string(), printed, { error: "expected numbers by step, e.g. { 100: '4.438767' }" }),
    squared: z.boolean().optional(),
  }),
  example: { source: 'a table', values: { 100: '4.438767' } },
  create: published,
});
