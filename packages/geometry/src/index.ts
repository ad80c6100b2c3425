/** Closed forms and algorithms of the geometry of measures: small ones in float64, large ones on an engine in tiles. */
export * from './linear-algebra.js';
export { MOST_POINTS, optimalAssignment } from './assignment.js';
export { assignmentDistance2, brenierField } from './transport.js';
export { displacementOnLine, distance2OnLine, isotonic, monotoneCoupling, type Shipment } from './transport-1d.js';
export { column, equallyWeighted, meanOf, momentColumns, placed, weightsOf } from './clouds.js';
export { medianDistance } from './median-distance.js';
export { programCache, type ProgramCache } from './program-cache.js';
export { radialProducts, type RadialProduct, type RadialProductInput, type RadialProducts } from './radial-products.js';
export { awayFrom, pairSumGradient, pairSumValue } from './pair-sums.js';
export { steinDiscrepancies, type SteinDiscrepancies, type SteinDiscrepancy } from './stein-discrepancy.js';
export { steinKernel, steinPairs, type Placed, type SteinPairs } from './stein-kernel.js';
export { gibbsAverages, gibbsKernel, type Exponents, type GibbsKernel } from './gibbs.js';
export { sinkhorn, type SinkhornOptions, type SinkhornResult } from './sinkhorn.js';
export { RELAXATION_WINDOW, relaxationFor } from './relaxation.js';
export {
  barycentricMap,
  selfTransport,
  sinkhornDivergence,
  type SelfTransport,
  type SinkhornDivergence,
} from './sinkhorn-divergence.js';
export { quasiNewton, withSecant, type Secant, type Slope, type Vectors } from './quasi-newton.js';
export { solveTridiagonal, type Tridiagonal } from './tridiagonal.js';
export { gaussHermite, gaussLegendre, type Rule } from './gauss-quadrature.js';
export { alongAxis, linesOf, type Lines } from './axes.js';
export { applyLogKernel, lineKernel, type LineKernel } from './log-kernel.js';
export { cellConvolution, type Cells } from './cell-convolution.js';
export { normalCdf, normalDensity, normalInterval, normalQuantile } from './normal.js';
export { firstAbove, resampled } from './draws.js';
