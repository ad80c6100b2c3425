/** Sums of what functionals know on one space; what one summand lacks, the sum lacks. */
import type {
  AffineField,
  Facets,
  FlowFacet,
  GaussianFacet,
  GridFacet,
  ParticleFacet,
  QuantileFacet,
  Weighted,
} from '@wasserflow/core';
import { ops, type ArrayTree, type Tensor, type TensorTree } from '@wasserflow/tensor';
import { each, shared, weightedSum } from './weighted.js';

const weightedTensorSum = (summands: readonly Weighted<Tensor>[]): Tensor =>
  summands.map(({ weight, of }) => ops.mul(of, weight)).reduce((a, b) => ops.add(a, b));

/** The weighted sum of affine fields, about the center of the first: L (x - c_i) = L (x - c) + L (c - c_i). */
function sumFields(fields: readonly Weighted<AffineField>[]): AffineField {
  const { center } = fields[0]!.of;
  const constantAt = ({ linear, center: own, constant }: AffineField, i: number): number =>
    linear[i]!.reduce((sum, a, j) => sum + a * (center[j]! - own[j]!), constant[i]!);
  return {
    center,
    linear: center.map((_, i) => center.map((_, j) => weightedSum(each(fields, (v) => v.linear[i]![j]!)))),
    constant: center.map((_, i) => weightedSum(each(fields, (v) => constantAt(v, i)))),
  };
}

/** The proximal step of a sum does not follow from those of its summands, so it has none. */
function sumGaussian(facets: readonly Weighted<GaussianFacet>[]): GaussianFacet {
  const gradients = shared(each(facets, (f) => f.gradient));
  return {
    value: (mu) => weightedSum(each(facets, (f) => f.value(mu))),
    ...(gradients && { gradient: (mu) => sumFields(each(gradients, (gradient) => gradient(mu))) }),
  };
}

function sumParticles(facets: readonly Weighted<ParticleFacet>[]): ParticleFacet | undefined {
  const values = shared(each(facets, (f) => f.value));
  const gradients = shared(each(facets, (f) => f.gradient));
  // Facets of different forms are added by the space, summand by summand.
  if (!values && !gradients) return undefined;
  return {
    ...(gradients && {
      gradient: (points: Tensor) => weightedTensorSum(each(gradients, (gradient) => gradient(points))),
    }),
    ...(values && { value: (points: Tensor) => weightedTensorSum(each(values, (value) => value(points))) }),
  };
}

/** The weighted sum of vectors of one length. */
const sumVectors = (vectors: readonly Weighted<Float64Array>[]): Float64Array =>
  vectors[0]!.of.map((_, i) => weightedSum(each(vectors, (v) => v[i]!)));

function sumQuantile(facets: readonly Weighted<QuantileFacet>[]): QuantileFacet {
  const gradients = shared(each(facets, (f) => f.gradient));
  const curvatures = shared(each(facets, (f) => f.curvature));
  return {
    value: (mu) => weightedSum(each(facets, (f) => f.value(mu))),
    ...(gradients && { gradient: (mu) => sumVectors(each(gradients, (gradient) => gradient(mu))) }),
    ...(curvatures && { curvature: (mu) => sumVectors(each(curvatures, (curvature) => curvature(mu))) }),
  };
}

function sumGrid(facets: readonly Weighted<GridFacet>[]): GridFacet {
  const variations = shared(each(facets, (f) => f.firstVariation));
  return {
    value: (mu) => weightedSum(each(facets, (f) => f.value(mu))),
    ...(variations && { firstVariation: (mu) => sumVectors(each(variations, (variation) => variation(mu))) }),
  };
}

/** Each summand draws from a stream of its own, and finds its numbers under its index. */
function sumFlow(facets: readonly Weighted<FlowFacet>[]): FlowFacet {
  const drawing = facets.flatMap(({ of }, i) => (of.draw ? [{ i, draw: of.draw }] : []));
  return {
    needsLogDet: facets.some(({ of }) => of.needsLogDet),
    needsLogDensity: facets.some(({ of }) => of.needsLogDensity),
    ...(drawing.length > 0 && {
      draw: (rng, n): ArrayTree => Object.fromEntries(drawing.map(({ i, draw }) => [i, draw(rng.fork(i), n)])),
    }),
    loss: (batch, drawn) => {
      const own = (i: number) => (drawn as Record<number, TensorTree> | undefined)?.[i];
      return weightedTensorSum(each(facets, (f, i) => f.loss(batch, own(i))));
    },
  };
}

/** The facets of the weighted sum, on those spaces on which every summand has one. */
export function sumFacets(summands: readonly Weighted<Partial<Facets> | undefined>[]): Partial<Facets> {
  const on = <K extends keyof Facets>(space: K) =>
    shared(each(summands, (facets) => facets?.[space])) as readonly Weighted<Facets[K]>[] | undefined;
  const [gaussian, clouds, quantile, grid, flow] = [
    on('gaussian'),
    on('particles'),
    on('quantile'),
    on('grid'),
    on('flow'),
  ];
  const particles = clouds && sumParticles(clouds);
  return {
    ...(gaussian && { gaussian: sumGaussian(gaussian) }),
    ...(particles && { particles }),
    ...(quantile && { quantile: sumQuantile(quantile) }),
    ...(grid && { grid: sumGrid(grid) }),
    ...(flow && { flow: sumFlow(flow) }),
  };
}
