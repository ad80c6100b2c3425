/**
 * The safetensors file format: an 8-byte little-endian header length, a JSON header, the numbers.
 * @see https://huggingface.co/docs/safetensors
 */
import { isNumberArray, sizeOf, type NdArray, type NumberArray } from './ndarray.js';

const constructors = { F32: Float32Array, F64: Float64Array, I32: Int32Array } as const;
type DType = keyof typeof constructors;

const dtypeOf = (data: NumberArray): DType =>
  data instanceof Float32Array ? 'F32' : data instanceof Float64Array ? 'F64' : 'I32';

const bytesOf = (a: NumberArray): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

/** Encodes named arrays; the same arrays give the same bytes. */
export function encodeSafetensors(arrays: ReadonlyMap<string, NdArray>): Uint8Array {
  // Wider numbers first keeps every array aligned to its own width.
  const sorted = [...arrays].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  let offset = 0;
  const header = sorted.map(([name, { shape, data }]) => {
    const from = offset;
    offset += data.byteLength;
    return [name, { dtype: dtypeOf(data), shape, data_offsets: [from, offset] }] as const;
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const head = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  head.set(json);
  const file = new Uint8Array(8 + head.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  for (const [i, [, { data }]] of sorted.entries())
    file.set(bytesOf(data), 8 + head.length + header[i]![1].data_offsets[0]!);
  return file;
}

interface Entry {
  readonly dtype: DType;
  readonly shape: number[];
  readonly data_offsets: [number, number];
}

/**
 * Decodes named arrays.
 * @throws RangeError when the bytes are not a whole safetensors file of float32, float64 or int32 numbers.
 */
export function decodeSafetensors(file: Uint8Array): Map<string, NdArray> {
  const body = headerEnd(file);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, body))) as Record<string, Entry>;
  const arrays = new Map<string, NdArray>();
  for (const [name, entry] of Object.entries(header))
    if (name !== '__metadata__') arrays.set(name, readEntry(file, body, name, entry));
  return arrays;
}

function headerEnd(file: Uint8Array): number {
  if (file.length < 8) throw new RangeError('not a safetensors file: shorter than its header length');
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > BigInt(file.length - 8)) throw new RangeError('not a whole safetensors file: its header is cut off');
  return 8 + Number(length);
}

function readEntry(
  file: Uint8Array,
  body: number,
  name: string,
  { dtype, shape, data_offsets: [from, to] }: Entry,
): NdArray {
  const NumberType = constructors[dtype];
  if (NumberType === undefined)
    throw new RangeError(`array "${name}" has number type ${String(dtype)}, which is not supported`);
  if (body + to > file.length || to - from !== sizeOf(shape) * NumberType.BYTES_PER_ELEMENT)
    throw new RangeError(`not a whole safetensors file: array "${name}" does not fit`);
  // A copy of its own: files arrive as Buffers, which share one pool of memory.
  const data = new NumberType(new Uint8Array(file.subarray(body + from, body + to)).buffer);
  if (!isNumberArray(data)) throw new RangeError(`array "${name}" could not be read`);
  return { shape, data };
}
