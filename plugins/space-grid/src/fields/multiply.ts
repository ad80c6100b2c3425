import { ensure } from '@wasserflow/core';
import { cellsOf, componentsOf, onFaces } from './at-points.js';
import type { GridField } from './field.js';

/** The field x -> A v(x): components beside a face are taken between their own faces. */
export function multiply(A: readonly (readonly number[])[], v: GridField): GridField {
  const d = v.faces.length;
  ensure(
    A.length === d && A.every((row) => row.length === d),
    'E_ARGUMENT',
    `on this grid a linear map is a matrix of ${d} by ${d} numbers, not ${A.length} by ${A[0]?.length ?? 0}`,
  );
  const components = componentsOf(v);
  return onFaces(cellsOf(v), d, (k, x, y) => A[k]!.reduce((sum, a, l) => sum + a * components[l]!(x, y)[0], 0));
}
