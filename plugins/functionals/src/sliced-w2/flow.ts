import type { FlowFacet } from '@wasserflow/core';
import { fromRows, ndarray, ops, type NdArray, type Stream, type Tensor, type TensorTree } from '@wasserflow/tensor';
import { projected, type Directions } from './directions.js';
import type { Sampler } from '../laws/target-draws.js';

/** So many of the directions are looked at in a batch. */
const MOST_SLICES = 16;

function someOf(directions: Directions, rng: Stream): Directions {
  if (directions.length <= MOST_SLICES) return directions;
  return Array.from(rng.permutation(directions.length).subarray(0, MOST_SLICES), (k) => directions[k]!);
}

/** Points along each direction, in order, `[k, n]`. */
function sortedShadows(points: NdArray, directions: Directions): NdArray {
  const rows = directions.map((theta) => projected(points, theta).sort());
  return ndarray(Float32Array.from(rows.flatMap((row) => Array.from(row))), [directions.length, points.shape[0]!]);
}

/**
 * Where the monotone coupling takes each of the points `[k, n]`: to the one of its rank, by counting, among `sorted`
 * `[k, n]`. Equal points share the lowest of their ranks.
 */
function matched(points: Tensor, sorted: Tensor): Tensor {
  const [k = 1, n = 1] = points.shape;
  const [own, others] = [ops.reshape(points, [k, n, 1]), ops.reshape(points, [k, 1, n])];
  const rank = ops.sum(ops.step(ops.sub(own, others)), 2, true);
  const places = ops.tensor(
    Float32Array.from({ length: n }, (_, j) => j),
    [1, 1, n],
  );
  const isThere = ops.relu(ops.sub(1, ops.abs(ops.sub(rank, places))));
  return ops.sum(ops.mul(isThere, ops.reshape(sorted, [k, 1, n])), 2);
}

/**
 * The mean over directions of W2^2 / 2 between a batch and as many fresh draws of the target, over at most 16 of the
 * directions, drawn for each batch. Biased: on average above that of the laws. Memory 16 n^2.
 */
export const slicedW2OnFlows = (sample: Sampler, directions: Directions): FlowFacet => ({
  needsLogDet: false,
  draw(rng, n) {
    const some = someOf(directions, rng.fork('directions'));
    return { directions: fromRows(some), sorted: sortedShadows(sample(n, rng.fork('draws')), some) };
  },
  loss({ y }, drawn) {
    const { directions: some, sorted } = drawn as TensorTree & { directions: Tensor; sorted: Tensor };
    const points = ops.matMul(some, y, false, true);
    const goals = ops.withoutGradient((at, to) => matched(at!, to!))(points, sorted);
    return ops.mul(ops.mean(ops.square(ops.sub(points, goals))), 1 / 2);
  },
});
