import type { NdArray } from '@wasserflow/tensor';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvText, npyBytes } from 'wasserflow';

const column = (data: Float32Array | Float64Array): NdArray => ({ shape: [data.length, 1], data });

describe('CSV', () => {
  it('has a header where columns have names, in quotes where needed', () => {
    const points = { shape: [2, 2], data: Float32Array.of(1, -2.5, 0.1, 1e-30) };
    expect(csvText(points)).toBe('1,-2.5\n0.1,1e-30\n');
    expect(csvText(points, ['a', 'b "x", y'])).toBe('a,"b ""x"", y"\n1,-2.5\n0.1,1e-30\n');
  });

  it('reads back as the same numbers, to the last bit', () => {
    const finite = { noNaN: true, noDefaultInfinity: true, minLength: 1 };
    const read = (text: string): number[] => text.trim().split('\n').map(Number);
    const single = fc.property(fc.float32Array(finite), (data) => {
      // -0 is written as 0.
      expect(read(csvText(column(data))).map((x) => Math.fround(x) + 0)).toEqual([...data].map((x) => x + 0));
    });
    const double = fc.property(fc.float64Array(finite), (data) => {
      expect(read(csvText(column(data))).map((x) => x + 0)).toEqual([...data].map((x) => x + 0));
    });
    fc.assert(single, { seed: 1 });
    fc.assert(double, { seed: 1 });
  });
});

describe('npy', () => {
  // The first bytes as numpy.save writes them for np.zeros((3, 2), '<f4'), and for np.zeros(3, '<f4').
  it.each([
    [[3, 2], "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"],
    [[3], "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"],
  ])('of shape %j says so', (shape, text) => {
    const bytes = Buffer.from(npyBytes({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }));
    expect(bytes.subarray(0, 10)).toEqual(Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'));
    expect(bytes.toString('latin1', 10, 128)).toBe(`${text.padEnd(117)}\n`);
    expect(bytes.length).toBe(128 + 4 * shape.reduce((a, b) => a * b));
  });

  it('keeps rows one after the other, in float32', () => {
    const data = Float64Array.of(1, -2, 0.1, 4, 5, 6);
    const bytes = Buffer.from(npyBytes({ shape: [2, 3], data }));
    expect(Array.from(data, (_, i) => bytes.readFloatLE(128 + 4 * i))).toEqual(Array.from(data, Math.fround));
  });
});
