import { decodeSafetensors, encodeSafetensors, ndarray } from '@wasserflow/tensor';
import { expect, test } from 'vitest';

const arrays = new Map([
  ['odd', ndarray(Float32Array.of(1.5, -2, Number.NaN), [3])],
  ['wide', ndarray(Float64Array.of(Math.PI, 1e-300), [2, 1])],
  ['größe', ndarray(Int32Array.of(-7), [])],
  ['empty', ndarray(new Float32Array(0), [0, 3])],
]);

test('arrays come back bit for bit', () => {
  const decoded = decodeSafetensors(encodeSafetensors(arrays));
  expect(new Set(decoded.keys())).toEqual(new Set(arrays.keys()));
  for (const [name, { shape, data }] of arrays) {
    expect(decoded.get(name)!.shape).toEqual(shape);
    expect(decoded.get(name)!.data).toEqual(data);
  }
});

test('a Buffer, as files are read, is no different', () => {
  const decoded = decodeSafetensors(Buffer.from(encodeSafetensors(arrays)));
  for (const [name, { data }] of arrays) expect(decoded.get(name)!.data).toEqual(data);
});

test('the layout is that of the format: header length, header, numbers', () => {
  const file = encodeSafetensors(new Map([['a', ndarray(Float32Array.of(1), [1])]]));
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))).toEqual({
    a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
  });
  expect(Array.from(file.subarray(8 + length))).toEqual([0, 0, 0x80, 0x3f]);
});

test.each([
  ['an empty file', new Uint8Array(0), 'shorter than'],
  ['a cut header', encodeSafetensors(arrays).subarray(0, 40), 'cut off'],
  ['cut numbers', encodeSafetensors(arrays).subarray(0, -3), 'does not fit'],
])('%s is refused', (_, bytes, message) => {
  expect(() => decodeSafetensors(bytes)).toThrow(message);
});
