import type { Nodes } from '../measure.js';

interface Pool {
  mean: number;
  size: number;
}

/** Appends a value, pooling it with those before it as long as they are larger. */
function append(pools: Pool[], value: number): void {
  let pool: Pool = { mean: value, size: 1 };
  for (let last = pools.at(-1); last !== undefined && last.mean > pool.mean; last = pools.at(-1)) {
    pools.pop();
    const size = last.size + pool.size;
    pool = { mean: last.mean + ((pool.mean - last.mean) * pool.size) / size, size };
  }
  pools.push(pool);
}

/**
 * The nondecreasing x nearest to z in the Euclidean norm, by pooling adjacent violators.
 * @see best1990active
 */
export function isotonic(z: Nodes): Nodes {
  const pools: Pool[] = [];
  for (const value of z) append(pools, value);
  return Float64Array.from(pools.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean)));
}
