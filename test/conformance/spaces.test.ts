/** Every space through the laws of the calculus, on the line and in the plane. */
import {
  energy,
  type AffineField,
  type Distribution,
  type Functional,
  type GaussianMeasure,
  type ParticleMeasure,
} from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { describeSpace, type SpaceCase } from '@wasserflow/testkit';
import { expect, test } from 'vitest';
import { laws, spaceOf, strangers } from './workbench.js';

const kl = (target: Distribution): Functional =>
  energy('kl', { entropy: 1, potential: target.potential!, constant: target.logNormalizer! }, target);
const entropy = energy('entropy', { entropy: 1, constant: 0 });
const potential = (target: Distribution): Functional =>
  energy('potential', { entropy: 0, potential: target.potential!, constant: 0 });

/** E|v|^2 = |constant|^2 + tr(A S A^T). */
function affineNorm2({ covariance: S }: GaussianMeasure, { linear: A, constant }: AffineField): number {
  const spread = A.map((row) =>
    row.map((a, j) => S.map((s, k) => a * s[j]! * row[k]!).reduce((x, y) => x + y)).reduce((x, y) => x + y),
  );
  return spread.reduce((x, y) => x + y) + constant.reduce((x, c) => x + c * c, 0);
}

const meanSquare = ({ points }: ParticleMeasure, field: NdArray): number =>
  Array.from(field.data).reduce((sum, v) => sum + v * v, 0) / points.shape[0]!;

type Cases = Readonly<Record<string, Omit<SpaceCase<any>, 'space'>>>;
interface Entry {
  readonly reference: unknown;
  readonly initial: Distribution;
  readonly cases: Cases;
}

const { line, plane } = laws;

const spaces: Readonly<Record<string, readonly Entry[]>> = {
  gaussian: [
    {
      reference: 'gaussian',
      initial: plane.initial,
      cases: {
        'KL in the plane': { functional: kl(plane.target), norm2: affineNorm2 },
        'entropy in the plane': { functional: entropy, norm2: affineNorm2 },
      },
    },
    { reference: 'gaussian', initial: line.initial, cases: { 'KL on the line': { functional: kl(line.target) } } },
  ],
  particles: [
    {
      reference: { id: 'particles', count: 60 },
      initial: plane.initial,
      cases: {
        'potential energy in the plane': {
          functional: potential(plane.target),
          norm2: meanSquare,
          // Points and gradients are in float32.
          tolerance: 1e-4,
        },
      },
    },
    {
      reference: { id: 'particles', count: 60 },
      initial: line.initial,
      cases: { 'potential energy on the line': { functional: potential(line.target), tolerance: 1e-4 } },
    },
  ],
  quantile: [
    {
      reference: { id: 'quantile', nodes: 50 },
      initial: line.initial,
      cases: { 'KL, linear': { functional: kl(line.target) }, 'entropy, linear': { functional: entropy } },
    },
    {
      reference: { id: 'quantile', nodes: 50, kind: 'atoms' },
      initial: line.initial,
      cases: { 'KL, atoms': { functional: kl(line.target) } },
    },
  ],
  grid: [
    {
      reference: { id: 'grid', cells: 120, lower: [-7], upper: [8] },
      initial: line.initial,
      // Cells are an eighth wide.
      cases: { 'KL on the line': { functional: kl(line.target), tolerance: 5e-3 } },
    },
    {
      reference: { id: 'grid', cells: 28, lower: [-5, -5], upper: [7, 4], method: 'back-and-forth' },
      initial: plane.initial,
      cases: { 'KL in the plane, back and forth': { functional: kl(plane.target), tolerance: 5e-2, steps: [0.3] } },
    },
    {
      reference: { id: 'grid', cells: 28, lower: [-5, -5], upper: [7, 4], method: 'entropic' },
      initial: plane.initial,
      cases: {
        'KL in the plane, entropic': { functional: kl(plane.target), tolerance: 5e-2, steps: [0.3] },
      },
    },
  ],
  flow: [
    {
      reference: { id: 'flow', evaluation: 50, iterations: 2 },
      initial: line.initial,
      cases: { 'KL on the line': { functional: kl(line.target) } },
    },
  ],
};

test('every space has a case', () => {
  expect(strangers('space', Object.keys(spaces))).toEqual({ missing: [], unknown: [] });
});

for (const [id, entries] of Object.entries(spaces))
  for (const { reference, initial, cases } of entries)
    for (const [name, options] of Object.entries(cases))
      describeSpace(`${id}, ${name}`, { ...options, space: spaceOf(reference, initial) });
