/** Log densities of the laws at both ends of a flow. */
import type { Engine, NdArray } from '@wasserflow/tensor';
import type { Distribution } from '@wasserflow/core';
import { inChunks } from './chunks.js';
import { float32 } from './maps.js';
import { compilePotential } from './programs.js';

/** Whether log q is known as a number, and not up to a constant. */
export const isNormalised = ({ potential, logNormalizer }: Distribution): boolean =>
  potential?.value !== undefined && logNormalizer !== undefined;

/** Why the density of the law that a flow starts from is not known, as the end of a sentence; undefined where it is. */
export function densityObstacle(initial: Distribution, diffusion: number): string | undefined {
  if (!isNormalised(initial))
    return `it needs the density of the law at its points, and the initial law \`${initial.id}\` does not have a normalised one; start from a target such as { id: gaussian, ... }, or use \`kl\`, which goes without`;
  if (diffusion > 0)
    return 'it needs the density of the law at its points, and `diffusion` makes that of the initial law unknown; set `diffusion: 0`';
  return undefined;
}

/** log q(x) at points `[n, d]`, n numbers, for a law with V and log Z; by programs of `rows` points. */
export async function logDensityOf(
  engine: Engine,
  { potential, logNormalizer, dimension }: Distribution,
  x: NdArray,
  rows: number,
): Promise<Float64Array> {
  const program = await compilePotential(engine, potential!.value!, [rows, dimension]);
  const { values } = await inChunks(float32(x), rows, (chunk) => program.run({ x: chunk }));
  program.dispose();
  return Float64Array.from(values.data, (v) => -v - logNormalizer!);
}
