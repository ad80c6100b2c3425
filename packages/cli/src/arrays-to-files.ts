/** Points as files: CSV and npy. */
import { toRows, type NdArray } from '@wasserflow/tensor';

/** The shortest decimal that reads back as the same float32. */
function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** A cell that holds a comma, a quote or a line break stands in quotes. */
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Points `[n, d]` as CSV, with a header where the columns have names. */
export function csvText(points: NdArray, columns?: readonly string[]): string {
  const text = points.data instanceof Float32Array ? float32Text : String;
  const header = columns ? [columns.map(quoted).join(',')] : [];
  const rows = toRows(points).map((row) => row.map(text).join(','));
  return [...header, ...rows].map((line) => `${line}\n`).join('');
}

/**
 * An array in NumPy's format 1.0: float32, little-endian, in C order.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function npyBytes({ shape, data }: NdArray): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`;
  // Magic, version, length and text together fill a multiple of 64 bytes and end with a line break.
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + header.length + 4 * data.length);
  bytes.set([0x93, ...Buffer.from('NUMPY'), 1, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), 10);
  for (const [i, value] of data.entries()) view.setFloat32(10 + header.length + 4 * i, value, true);
  return bytes;
}
