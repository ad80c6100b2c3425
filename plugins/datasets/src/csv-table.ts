/** CSV text to a table of finite numbers, or one sentence that says which cell is none. */
import { WasserflowError, ensure } from '@wasserflow/core';
import { fromRows, type NdArray } from '@wasserflow/tensor';
import { parse } from 'csv-parse/sync';
import { positionsOf, type ColumnChoice } from './csv-columns.js';

export interface CsvFormat {
  /** Whether the first row has names; `auto`: it has, if none of its cells is a number or a missing value. */
  readonly header?: 'auto' | boolean | undefined;
  /** The columns to keep; all by default. */
  readonly columns?: ColumnChoice | undefined;
  /** A column, by name or number from 1, that is no coordinate, e.g. one of weights or labels. */
  readonly aside?: string | number | undefined;
}

export interface Table {
  readonly columns: readonly string[];
  /** `[n, d]` in float64. */
  readonly rows: NdArray;
  /** The n numbers of the column `aside`. */
  readonly aside?: readonly number[];
}

/** A row with its number in the file, from 1. */
interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const missing = /^([+-]?(nan|inf|infinity)|na|n\/a|null|none|\?|)$/i;

function parseRows(text: string, file: string): Row[] {
  try {
    // Blank lines at the end end the file; one in between is a row without cells, and an error.
    const body = text.replace(/[\r\n]+$/, '');
    const parsed = parse(body, { bom: true, trim: true, relax_column_count: true, info: true }) as unknown;
    return (parsed as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      line: info.lines,
      cells: record,
    }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WasserflowError('E_DATA', `${file} cannot be read as CSV: ${reason}`, { cause });
  }
}

const counted = (n: number): string => `${n} ${n === 1 ? 'cell' : 'cells'}`;

function refuseRagged(rows: readonly Row[], file: string): void {
  const width = rows[0]!.cells.length;
  for (const { line, cells } of rows)
    ensure(
      cells.length === width,
      'E_DATA',
      () => `${file}: row ${line} has ${counted(cells.length)}, but row ${rows[0]!.line} has ${counted(width)}`,
    );
}

const isHeader = ({ cells }: Row, header: 'auto' | boolean): boolean =>
  header === 'auto'
    ? cells.some((cell) => cell !== '') &&
      cells.every((cell) => cell === '' || !(decimal.test(cell) || missing.test(cell)))
    : header;

const namesOf = ({ cells }: Row, named: boolean): string[] =>
  cells.map((cell, i) => (named && cell !== '' ? cell : `column ${i + 1}`));

function numberAt({ line, cells }: Row, position: number, name: string, file: string): number {
  const cell = cells[position]!;
  const value = decimal.test(cell) ? Number(cell) : NaN;
  ensure(
    Number.isFinite(value),
    'E_DATA',
    () =>
      `${file}: row ${line}, column "${name}" ${cell === '' ? 'is empty' : `has "${cell}"`}; a finite number is needed in every cell`,
  );
  return value;
}

/**
 * Reads the numbers of a CSV text.
 *
 * @param text - the file's text
 * @param file - its name, for messages
 * @throws WasserflowError E_DATA that names row (from 1, as in the file) and column of what is no finite
 *   number; E_CONFIG for a column that is not there.
 */
export function csvTable(text: string, file: string, format: CsvFormat = {}): Table {
  const all = parseRows(text, file);
  ensure(all.length > 0, 'E_DATA', `${file} is empty`);
  refuseRagged(all, file);
  const named = isHeader(all[0]!, format.header ?? 'auto');
  const rows = named ? all.slice(1) : all;
  ensure(rows.length > 0, 'E_DATA', `${file} has a header but no rows of numbers`);
  const names = namesOf(all[0]!, named);
  const [aside] = format.aside === undefined ? [] : positionsOf([format.aside], names, file);
  const positions = positionsOf(format.columns, names, file).filter((p) => p !== aside);
  const message = `of ${file} no column is left beside "${format.aside}", but points have coordinates`;
  ensure(positions.length > 0, 'E_CONFIG', message);
  const at = (row: Row, p: number): number => numberAt(row, p, names[p]!, file);
  return {
    columns: positions.map((p) => names[p]!),
    rows: fromRows(rows.map((row) => positions.map((p) => at(row, p)))),
    ...(aside !== undefined && { aside: rows.map((row) => at(row, aside)) }),
  };
}
