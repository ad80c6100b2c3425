import type { Potential, Quadratic } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { constantMatrix } from './constant-matrix.js';
import type { Rows } from './covariance.js';

/** x -> x P for points `[n, d]` and a symmetric P, without a matrix product where P is diagonal. */
function rowProduct(matrix: Rows): (x: Tensor) => Tensor {
  const diagonal = matrix.map((row, i) => row[i]!);
  const isDiagonal = matrix.every((row, i) => row.every((entry, j) => i === j || entry === 0));
  const factor = constantMatrix(isDiagonal ? [diagonal] : matrix);
  if (!isDiagonal) return (x) => ops.matMul(x, factor());
  const [first] = diagonal;
  return diagonal.every((entry) => entry === first) ? (x) => ops.mul(x, first!) : (x) => ops.mul(x, factor());
}

function subtract(center: readonly number[]): (x: Tensor) => Tensor {
  const shift = constantMatrix([center]);
  return center.every((c) => c === 0) ? (x) => x : (x) => ops.sub(x, shift());
}

/** V(x) = (x - c)^T P (x - c) / 2 + constant as data and as tensor functions. */
export function quadraticPotential(quadratic: Quadratic, [lambda, L]: readonly [number, number]): Potential {
  const { precision, center, constant } = quadratic;
  const product = rowProduct(precision);
  const centred = subtract(center);
  return {
    dimension: center.length,
    value(x) {
      const y = centred(x);
      const half = ops.mul(ops.sum(ops.mul(y, product(y)), 1), 1 / 2);
      return constant === 0 ? half : ops.add(half, constant);
    },
    gradient: (x) => product(centred(x)),
    quadratic,
    convexity: lambda,
    smoothness: L,
  };
}
