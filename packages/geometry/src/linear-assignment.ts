/** The linear assignment problem by shortest augmenting paths. */
import { ensure } from '@wasserflow/core';

/** An assignment of the first rows, with prices that prove it optimal, and room for one search. */
interface Assignment {
  /** `[n, n]`, by rows. */
  readonly cost: Float64Array;
  /** No cost is less than the prices of its row and its column together, and an assigned one is as much. */
  readonly rowPrice: Float64Array;
  readonly columnPrice: Float64Array;
  /** -1 where a column is free. */
  readonly rowOf: Int32Array;
  readonly columnOf: Int32Array;
  /** From the row that is searched for to each column, along costs less prices. */
  readonly distance: Float64Array;
  /** The last row on the way to each column. */
  readonly before: Int32Array;
  /** All columns; those that the search has settled stand at the end. */
  readonly columns: Int32Array;
}

function begin(cost: Float64Array, n: number): Assignment {
  const indices = (): Int32Array => new Int32Array(n).fill(-1);
  const [rowPrice, columnPrice, distance] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const columns = Int32Array.from({ length: n }, (_, j) => j);
  return { cost, rowPrice, columnPrice, rowOf: indices(), columnOf: indices(), distance, before: indices(), columns };
}

/** Extends the ways by those through `row`, `length` away; returns the place of the nearest open column, or -1. */
function extend(a: Assignment, row: number, length: number, open: number): number {
  const { cost, columnPrice, distance, before, columns } = a;
  const start = row * columns.length;
  const offset = length - a.rowPrice[row]!;
  let [place, nearest] = [-1, Infinity];
  for (let k = 0; k < open; k++) {
    const j = columns[k]!;
    const through = offset + cost[start + j]! - columnPrice[j]!;
    if (through < distance[j]!) {
      distance[j] = through;
      before[j] = row;
    }
    if (distance[j]! < nearest) [place, nearest] = [k, distance[j]!];
  }
  return place;
}

/** Dijkstra's search from a row to the nearest free column; returns how many columns stay open. */
function search(a: Assignment, from: number): number {
  const { columns, distance, rowOf } = a;
  distance.fill(Infinity);
  let [row, length, open] = [from, 0, columns.length];
  while (row !== -1) {
    const place = extend(a, row, length, open);
    ensure(place !== -1, 'E_ARGUMENT', 'costs of an assignment have to be finite numbers');
    const column = columns[place]!;
    open--;
    columns[place] = columns[open]!;
    columns[open] = column;
    length = distance[column]!;
    row = rowOf[column]!;
  }
  return open;
}

/** Prices that the longer assignment lies on: the search settled the columns from place `open` on, the free one first. */
function reprice({ columns, distance, rowPrice, columnPrice, rowOf }: Assignment, from: number, open: number): void {
  const length = distance[columns[open]!]!;
  rowPrice[from]! += length;
  for (const j of columns.subarray(open + 1)) {
    rowPrice[rowOf[j]!]! += length - distance[j]!;
    columnPrice[j]! -= length - distance[j]!;
  }
}

/** Back along the way to a free column, each row takes the column ahead of it. */
function shift({ before, rowOf, columnOf }: Assignment, from: number, free: number): void {
  for (let column = free; column !== -1;) {
    const row = before[column]!;
    const left = row === from ? -1 : columnOf[row]!;
    rowOf[column] = row;
    columnOf[row] = column;
    column = left;
  }
}

/**
 * The permutation s that minimises sum_i cost[i, s(i)], by shortest augmenting paths: rows are assigned one
 * after another, and those before give way along the cheapest exchange. O(n^3) in the worst case, float64.
 *
 * @param cost - `[n, n]`, by rows
 * @returns s, `[n]`
 * @throws WasserflowError E_ARGUMENT for a cost that is not finite where there is no way around it
 * @see crouse2016implementing
 */
export function linearAssignment(cost: Float64Array, n: number): Int32Array {
  const assignment = begin(cost, n);
  for (let row = 0; row < n; row++) {
    const open = search(assignment, row);
    reprice(assignment, row, open);
    shift(assignment, row, assignment.columns[open]!);
  }
  return assignment.columnOf;
}
