/** Closed forms and algorithms of the geometry of measures, on the host and in float64. */
export * from './linear-algebra.js';
export { MOST_POINTS, optimalAssignment } from './assignment.js';
export { assignmentDistance2, brenierField } from './transport.js';
export { gaussHermite, gaussLegendre, type Rule } from './gauss-quadrature.js';
