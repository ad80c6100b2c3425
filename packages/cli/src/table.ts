/** Text in columns. */

/** Six significant digits. */
export const number = (value: number): string => {
  if (Number.isSafeInteger(value) || !Number.isFinite(value)) return String(value);
  return value.toPrecision(6);
};

type Align = 'left' | 'right';

/** Rows of cells as aligned lines, under a header; no spaces at the ends. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], align: Align = 'left'): string {
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, i) => (align === 'left' ? (row[i] ?? '').padEnd(width) : (row[i] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)].map((text) => `${text}\n`).join('');
}
