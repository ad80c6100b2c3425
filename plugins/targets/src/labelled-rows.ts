/** Features and 0/1 labels from CSV text: the last column is the label. */
import { WasserflowError, ensure } from '@wasserflow/core';
import { parse } from 'csv-parse/sync';

export interface LabelledRows {
  /** `[n, d]`. */
  readonly features: readonly (readonly number[])[];
  /** n numbers, 0 or 1. */
  readonly labels: readonly number[];
  readonly names: readonly string[];
}

/** A row with its number in the file, from 1. */
interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const numberIn = (cell: string | undefined): number => (decimal.test(cell ?? '') ? Number(cell) : NaN);

function parseRows(text: string, file: string): Row[] {
  try {
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

function numbersOf({ line, cells }: Row, names: readonly string[], file: string): number[] {
  const counts = `${file}: row ${line} has ${cells.length} cells, where ${names.length} are expected`;
  ensure(cells.length === names.length, 'E_DATA', counts);
  return cells.map((cell, j) => {
    const value = numberIn(cell);
    const where = `${file}: row ${line}, column "${names[j]}"`;
    ensure(Number.isFinite(value), 'E_DATA', () => `${where} has "${cell}"; a finite number is needed in every cell`);
    const isLabel = j === names.length - 1;
    ensure(!isLabel || value === 0 || value === 1, 'E_DATA', () => `${where} is the label ${value}; it must be 0 or 1`);
    return value;
  });
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, j) => `column ${j + 1}`);

/** The features and labels in rows of numbers, of which the last column is the label. */
function labelled(rows: readonly Row[], names: readonly string[], file: string): LabelledRows {
  ensure(rows.length > 0, 'E_DATA', `${file} has no rows of numbers`);
  ensure(names.length >= 2, 'E_DATA', `${file} has one column; features and, in the last column, a label are needed`);
  const numbers = rows.map((row) => numbersOf(row, names, file));
  return {
    features: numbers.map((row) => row.slice(0, -1)),
    labels: numbers.map((row) => row.at(-1)!),
    names: names.slice(0, -1),
  };
}

/**
 * Reads features and labels; a first row without any number is a header.
 * @throws WasserflowError E_DATA that names row and column of what is no finite number, or no label.
 */
export function labelledRows(text: string, file: string): LabelledRows {
  const rows = parseRows(text, file);
  const first = rows[0]?.cells ?? [];
  const named = first.every((cell) => Number.isNaN(numberIn(cell)) && !/^nan$/i.test(cell));
  const names = numbered(first.length).map((name, j) => (named && first[j] ? first[j] : name));
  return labelled(named ? rows.slice(1) : rows, names, file);
}

/** The same from a file whose first line, which counts rows and columns, is left out. */
export function bundledLabelledRows(text: string, file: string): LabelledRows {
  const [, ...rows] = parseRows(text, file);
  return labelled(rows, numbered(rows[0]!.cells.length), file);
}
