/** Plain arrays with a shape: what tensors are outside compiled functions, and what is saved to disk. */

export type NumberArray = Float32Array | Float64Array | Int32Array;

/** Numbers in row-major order with a shape, e.g. points `[n, d]`. Not a copy: `data` is shared. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: NumberArray;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

export const isNumberArray = (value: unknown): value is NumberArray =>
  value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array;

export function isNdArray(value: unknown): value is NdArray {
  if (value === null || typeof value !== 'object') return false;
  const { shape, data } = value as Partial<NdArray>;
  return Array.isArray(shape) && isNumberArray(data);
}

/**
 * An array of the given shape over `data`.
 * @throws RangeError when the shape does not hold as many numbers as there are.
 */
export function ndarray(data: NumberArray | readonly number[], shape: readonly number[]): NdArray {
  const numbers = isNumberArray(data) ? data : Float64Array.from(data);
  if (numbers.length !== sizeOf(shape))
    throw new RangeError(
      `shape [${shape.join(', ')}] holds ${sizeOf(shape)} numbers, but ${numbers.length} were given`,
    );
  return { shape: [...shape], data: numbers };
}

/** Points `[n, d]` in float64 from rows. */
export function fromRows(rows: readonly (readonly number[])[]): NdArray {
  const dimension = rows[0]?.length ?? 0;
  const ragged = rows.findIndex((row) => row.length !== dimension);
  if (ragged >= 0)
    throw new RangeError(`row ${ragged} has ${rows[ragged]!.length} numbers, the first row has ${dimension}`);
  return ndarray(Float64Array.from(rows.flat()), [rows.length, dimension]);
}

/** Rows of points `[n, d]`. */
export function toRows({ shape, data }: NdArray): number[][] {
  const [n = 0, d = 1] = shape;
  return Array.from({ length: n }, (_, i) => Array.from(data.subarray(i * d, (i + 1) * d)));
}

/** A scalar of shape `[]` in float32. */
export const scalarArray = (value: number): NdArray => ({ shape: [], data: Float32Array.of(value) });

export const zerosArray = (shape: readonly number[]): NdArray => ({
  shape: [...shape],
  data: new Float32Array(sizeOf(shape)),
});

/** Rows `indices` of an array whose first axis counts rows. */
export function takeRows(array: NdArray, indices: ArrayLike<number>): NdArray {
  const [, ...rest] = array.shape;
  const width = sizeOf(rest);
  const data = new (array.data.constructor as Float64ArrayConstructor)(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * width;
    data.set(array.data.subarray(from, from + width), i * width);
  }
  return { shape: [indices.length, ...rest], data };
}

/** Rows `from` (included) to `to` (excluded), as a view on the same numbers. */
export function sliceRows({ shape, data }: NdArray, from: number, to: number): NdArray {
  const [, ...rest] = shape;
  const width = sizeOf(rest);
  return { shape: [to - from, ...rest], data: data.subarray(from * width, to * width) };
}

/** Rows of several arrays, one after the other, in the first one's number type. */
export function concatRows(arrays: readonly NdArray[]): NdArray {
  const [first] = arrays;
  if (first === undefined) throw new RangeError('nothing to concatenate');
  const [, ...rest] = first.shape;
  const rows = arrays.reduce((sum, a) => sum + a.shape[0]!, 0);
  const data = new (first.data.constructor as Float64ArrayConstructor)(rows * sizeOf(rest));
  let offset = 0;
  for (const a of arrays) {
    data.set(a.data, offset);
    offset += a.data.length;
  }
  return { shape: [rows, ...rest], data };
}
