import { displacementOnLine, distance2OnLine, isotonic, monotoneCoupling } from '@wasserflow/geometry';
import { fromRows, type NdArray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const vector = (...data: number[]): NdArray => ({ shape: [data.length], data: Float64Array.from(data) });
const atoms = (places: number[], masses?: number[]) => ({
  points: fromRows(places.map((x) => [x])),
  ...(masses && { weights: vector(...masses) }),
});

describe('transport on the line', () => {
  it('solves the discrete oracle, in any order of the atoms', () => {
    // Oracle `w2_discrete_1d`.
    const nu = atoms([1, 2.5], [0.6, 0.4]);
    expect(distance2OnLine(atoms([0, 2, 3], [0.2, 0.5, 0.3]), nu)).toBeCloseTo(0.7, 12);
    expect(distance2OnLine(atoms([3, 0, 2], [0.3, 0.2, 0.5]), nu)).toBeCloseTo(0.7, 12);
  });

  it('couples mass for mass', () => {
    const [mu, nu] = [atoms([0, 2, 3], [0.2, 0.5, 0.3]), atoms([1, 2.5, 9, 10])];
    const plan = monotoneCoupling(mu, nu);
    for (const [i, expected] of [0.2, 0.5, 0.3].entries())
      expect(plan.filter(({ from }) => from === i).reduce((sum, { mass }) => sum + mass, 0)).toBeCloseTo(expected, 14);
    for (const j of [0, 1, 2, 3])
      expect(plan.filter(({ to }) => to === j).reduce((sum, { mass }) => sum + mass, 0)).toBeCloseTo(0.25, 14);
  });

  it('counts an atom of weight two as the atom twice', () => {
    const nu = atoms([-1, 0.5, 4]);
    const weighted = distance2OnLine(atoms([0, 5], [2 / 3, 1 / 3]), nu);
    expect(weighted).toBeCloseTo(distance2OnLine(atoms([0, 0, 5]), nu), 14);
    expect([...displacementOnLine(atoms([5, 0], [1 / 3, 2 / 3]), nu)].map((v) => Math.round(v * 1e9) / 1e9)).toEqual([-1, -0.25]); // prettier-ignore
  });

  it('projects on the nondecreasing sequences', () => {
    // The pools by hand: (3, 1) with weights (1, 3) to 1.5; then 2; then (5, 4, 3) to 4.
    const fit = isotonic(Float64Array.of(3, 1, 2, 5, 4, 3), Float64Array.of(1, 3, 1, 1, 1, 1));
    expect([...fit]).toEqual([1.5, 1.5, 2, 4, 4, 4]);
  });

  it('refuses the plane', () => {
    expect(() => monotoneCoupling({ points: fromRows([[0, 1]]) }, atoms([1]))).toThrow(/not on R\^2/);
  });
});
