import type { NdArray, Stream } from '@wasserflow/tensor';
import type { GaussianMeasure, ParticleMeasure } from './measures.js';
import type { Potential } from './potential.js';

/** How points of a data set are shown as pictures. */
export interface PictureFormat {
  readonly width: number;
  readonly height: number;
  /** Points `[n, d]` to grey values in [0, 1], `[n, width * height]`. */
  toPixels(points: NdArray): NdArray;
}

/**
 * A law on R^d, known by whatever it has: samples (a data set, a simulator), a density q = e^-V / Z up to Z
 * (a target), or both. Data sets and targets are the same kind of thing, so that either end of a flow can be
 * either; what needs a density says so when it is composed.
 */
export interface Distribution {
  readonly id: string;
  readonly dimension: number;
  /** V = -log q + const. */
  readonly potential?: Potential;
  /** log of the integral of e^-V, in nats, where known. */
  readonly logNormalizer?: number;
  /** The same law as data, when it is Gaussian. */
  readonly gaussian?: GaussianMeasure;
  /** The same law as data, when it is finitely many points: for data whose rows are points, the training rows. */
  readonly atoms?: ParticleMeasure;
  /** `n` independent draws `[n, d]`; for data, rows drawn with replacement and freshly dequantised. */
  readonly sample?: (n: number, rng: Stream) => NdArray;
  /** The integral of q log q, in nats, where known. */
  readonly negativeEntropy?: number;
  /** For data: all training rows once `[n, d]`, dequantised with `rng` where the values are whole numbers. */
  readonly trainingRows?: (rng: Stream) => NdArray;
  /** For data: all held-out rows, never drawn by `sample`. */
  readonly heldOutRows?: (rng: Stream) => NdArray;
  /** For labelled data: the class of each of the `atoms`, as a number. */
  readonly labels?: readonly number[];
  readonly columns?: readonly string[];
  readonly picture?: PictureFormat;
  /** Hash of the data behind it, for the manifest. */
  readonly fingerprint?: string;
}
