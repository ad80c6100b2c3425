import { defineDistribution, ensure, type Distribution, type PictureFormat } from '@wasserflow/core';
import { fromRows, type NdArray, type Stream } from '@wasserflow/tensor';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { linesOf, readBundled, rowsWithoutLabel } from './bundled.js';
import { fromCoordinates, principalAxes, toCoordinates, type PrincipalAxes } from './principal-axes.js';
import { rowsDistribution, splitRows } from './rows-distribution.js';

const SIDE = 8;
const PIXELS = SIDE * SIDE;
/** Pixels are whole numbers 0..16. */
const LEVELS = 17;

export interface DigitsOptions {
  /** Keep the first this many principal coordinates; all 64 pixels by default. */
  readonly components?: number | undefined;
}

/** (pixel + u) / 17: with u ~ U(0,1), a density on [0,1)^64 whose bits per pixel bound those of the pixels. */
const dequantise = ({ shape, data }: NdArray, u: (i: number) => number): NdArray => ({
  shape,
  data: Float64Array.from(data, (pixel, i) => (pixel + u(i)) / LEVELS),
});

function dequantiseAtRandom(pixels: NdArray, rng: Stream): NdArray {
  const u = rng.uniform(pixels.shape).data;
  return dequantise(pixels, (i) => u[i]!);
}

const clip = ({ shape, data }: NdArray): NdArray => ({
  shape,
  data: Float64Array.from(data, (x) => Math.min(1, Math.max(0, x))),
});

const pictureOf = (toPoints: (coordinates: NdArray) => NdArray): PictureFormat => ({
  width: SIDE,
  height: SIDE,
  toPixels: (points) => clip(toPoints(points)),
});

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name} ${i}`);

const inPixels = {
  points: dequantiseAtRandom,
  columns: numbered('pixel', PIXELS),
  picture: pictureOf((x) => x),
};

const inCoordinates = (pca: PrincipalAxes) => ({
  points: (pixels: NdArray, rng: Stream) => toCoordinates(pca, dequantiseAtRandom(pixels, rng)),
  columns: numbered('component', pca.axes.columns),
  picture: pictureOf((z) => fromCoordinates(pca, z)),
});

/**
 * Handwritten digits, 8x8 pixels: x = (pixel + u) / 17 with u ~ U(0,1) fresh in every draw; 1,438 training
 * rows, 359 held out.
 *
 * With `components: k` the law is that of z = (x - mean) V on R^k, V the first k principal axes of the
 * training rows at u = 1/2; z is not whitened, and a negative log-likelihood is one of z.
 *
 * @throws WasserflowError E_ARGUMENT when `components` is no whole number from 1 to 64.
 * @see alpaydin1998digits
 */
export async function digits({ components }: DigitsOptions = {}): Promise<Distribution> {
  ensure(
    components === undefined || (Number.isInteger(components) && components >= 1 && components <= PIXELS),
    'E_ARGUMENT',
    `\`components\` is ${components}; it must be a whole number from 1 to ${PIXELS}`,
  );
  const { bytes, fingerprint } = await readBundled('digits.csv.gz');
  const rows = splitRows(fromRows(rowsWithoutLabel(linesOf(gunzipSync(bytes).toString('utf8')))));
  if (components === undefined) return rowsDistribution({ id: 'digits', rows, fingerprint, ...inPixels });
  const atMidPoint = dequantise(rows.training, () => 1 / 2);
  const coordinates = inCoordinates(principalAxes(atMidPoint, components));
  return rowsDistribution({ id: 'digits', rows, fingerprint, ...coordinates });
}

export const digitsDefinition = defineDistribution({
  id: 'digits',
  title: '1,797 handwritten digits, 8x8 pixels, dequantised',
  cite: ['alpaydin1998digits'],
  options: z.object({
    components: z.number({ error: 'expected how many principal coordinates to keep, from 1 to 64' }).optional(),
  }),
  create: digits,
});
