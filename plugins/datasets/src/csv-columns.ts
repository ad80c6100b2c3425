import { ensure, suggestion } from '@wasserflow/core';

/** Columns by name, or by number from 1. */
export type ColumnChoice = readonly (string | number)[];

/** The position from 0 of a column given by its name or its number from 1. */
function positionOf(column: string | number, names: readonly string[], file: string): number {
  if (typeof column === 'number') {
    const message = `${file} has no column ${column}; its columns count from 1 to ${names.length}`;
    ensure(Number.isInteger(column) && column >= 1 && column <= names.length, 'E_CONFIG', message);
    return column - 1;
  }
  const position = names.indexOf(column);
  ensure(position >= 0, 'E_CONFIG', () => `${file} has no column "${column}"; ${suggestion(column, names)}`);
  ensure(
    names.lastIndexOf(column) === position,
    'E_CONFIG',
    `${file} has several columns "${column}"; choose by number, from 1`,
  );
  return position;
}

/**
 * Where the chosen columns are, from 0.
 * @throws WasserflowError E_CONFIG for a column that is not there, or is chosen twice.
 */
export function positionsOf(columns: ColumnChoice | undefined, names: readonly string[], file: string): number[] {
  if (columns === undefined) return names.map((_, i) => i);
  const positions = columns.map((column) => positionOf(column, names, file));
  const twice = positions.find((p, i) => positions.indexOf(p) !== i);
  ensure(twice === undefined, 'E_CONFIG', () => `column "${names[twice!]}" is chosen twice; name each column once`);
  return positions;
}
