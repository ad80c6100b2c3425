import { concatRows, fromRows, ndarray, sliceRows, takeRows, toRows, tree } from '@wasserflow/tensor';
import { describe, expect, test } from 'vitest';

const a = ndarray(Float32Array.of(1, 2), [2]);
const b = ndarray(Float32Array.of(3), []);

describe('trees', () => {
  test('leaves and their names, depth first', () => {
    const named = tree.namedLeaves({ layers: [{ w: a }, { w: b }], bias: b });
    expect(named.map(([path]) => path)).toEqual(['layers.0.w', 'layers.1.w', 'bias']);
  });

  test('map keeps the structure', () => {
    expect(tree.map({ x: [a, b] }, (leaf, path) => `${path}:${leaf.shape.length}`)).toEqual({ x: ['x.0:1', 'x.1:0'] });
  });

  test('withLeaves wants as many leaves as there are', () => {
    expect(() => tree.withLeaves({ x: a, y: b }, [1, 2])).not.toThrow();
    expect(() => tree.withLeaves({ x: a }, [1, 2])).toThrow('the tree has 1 leaves, but 2 were given');
  });

  test('what is neither a tensor nor an array is named', () => {
    expect(() => tree.leaves({ x: { y: 'text' } } as never)).toThrow('at "x.y" it has text');
  });
});

describe('arrays', () => {
  const rows = fromRows([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);

  test('rows in, rows out', () => {
    expect(toRows(rows)).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(toRows(takeRows(rows, [2, 0, 2]))).toEqual([
      [5, 6],
      [1, 2],
      [5, 6],
    ]);
    expect(toRows(sliceRows(rows, 1, 3))).toEqual([
      [3, 4],
      [5, 6],
    ]);
    expect(toRows(concatRows([rows, sliceRows(rows, 0, 1)]))).toHaveLength(4);
  });

  test('a shape that does not fit is refused', () => {
    expect(() => ndarray([1, 2, 3], [2, 2])).toThrow('shape [2, 2] holds 4 numbers, but 3 were given');
    expect(() => fromRows([[1, 2], [3]])).toThrow('row 1 has 1 numbers, the first row has 2');
  });
});
