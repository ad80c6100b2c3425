import { energy, splitEnergy, type Distribution, type Functional, type Potential } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import plugin, { particleSpace } from '@wasserflow/space-particles';
import { fromRows, ops, stream, toRows, type Engine, type NdArray, type Tensor } from '@wasserflow/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';

let engine: Engine;
beforeAll(async () => {
  engine = await tfjsEngine('cpu');
});

/** V(x) = (x - c)^T A (x - c) / 2, by its value only: grad V is left to differentiation. */
function quadratic(A: number[][], c: number[]): Potential {
  const value = (x: Tensor): Tensor => {
    const z = ops.sub(x, ops.tensor([c]));
    return ops.mul(ops.sum(ops.mul(ops.matMul(z, ops.tensor(A)), z), 1), 0.5);
  };
  return { dimension: c.length, value };
}

const rowsOf = (id: string, rows: number[][]): Distribution => {
  const points = fromRows(rows);
  return { id, dimension: points.shape[1]!, sample: () => points };
};

const normal = (id: string, dimension: number): Distribution => ({
  id,
  dimension,
  sample: (n, rng) => rng.normal([n, dimension]),
});

const A = [[2, 0.5], [0.5, 1]]; // prettier-ignore
const V = quadratic(A, [1, -1]);
const potentialEnergy = energy('V', { entropy: 0, potential: V, constant: 0.25 });
const kl = energy('kl', { entropy: 1, potential: V, constant: 0 });
const rows = [[0, 0], [1, 2], [-1, 0.5]]; // prettier-ignore
const three = () => particleSpace({ engine, initial: rowsOf('rows', rows), count: 3 });
const plane = (count: number) => particleSpace({ engine, initial: normal('plane', 2), count });

describe('energies of particles', () => {
  // By hand: z = (-1, 1), (0, 3), (-2, 1.5); V = z^T A z / 2; grad V = A z. All are exact in float32.
  it('values a potential energy by its mean, with its constant', async () => {
    const space = three();
    const mu = await space.initial(stream(1));
    expect(await space.value(potentialEnergy, mu)).toBeCloseTo((1 + 4.5 + 3.625) / 3 + 0.25, 12);
  });

  it('gives grad V at each point', async () => {
    const space = three();
    const mu = await space.initial(stream(1));
    expect(toRows(await space.gradient(potentialEnergy, mu))).toEqual([[-1.5, 0.5], [1.5, 3], [-3.25, 0.5]]); // prettier-ignore
  });

  it('prefers what a functional knows of particles to its terms', async () => {
    const space = three();
    const mu = await space.initial(stream(1));
    const repulsion: Functional = {
      ...kl,
      id: 'repulsion',
      facets: { particles: { value: (x) => ops.sum(x), gradient: (x) => ops.mul(x, -1) } },
    };
    expect(space.refuses('value', repulsion)).toBeUndefined();
    expect(await space.value(repulsion, mu)).toBeCloseTo(2.5, 12);
    expect((await space.gradient(repulsion, mu)).data[3]).toBe(-2);
  });

  it('knows a constant: its gradient is zero', async () => {
    const space = three();
    const mu = await space.initial(stream(1));
    const constant = energy('constant', { entropy: 0, constant: 3 });
    expect(await space.value(constant, mu)).toBe(3);
    expect(toRows(await space.gradient(constant, mu))).toEqual([[0, 0], [0, 0], [0, 0]]); // prettier-ignore
  });

  it('takes a gradient where the potential has no value, and says that there is no value', async () => {
    const space = three();
    const mu = await space.initial(stream(1));
    const score = energy('score', { entropy: 0, potential: { dimension: 2, gradient: (x) => x }, constant: 0 });
    expect(toRows(await space.gradient(score, mu))).toEqual(rows);
    await expect(space.value(score, mu)).rejects.toThrow(/by its gradient only/);
  });

  it('refuses entropy and what it knows nothing of, and says what to do', async () => {
    const space = three();
    const mu = await space.initial(stream(1));
    expect(space.refuses('gradient', kl)).toMatch(/finitely many points is infinite.*langevin.*flow.*gaussian/);
    expect(space.refuses('value', kl)).toMatch(/finitely many points is infinite.*w2-to-target/);
    expect(space.refuses('gradient', splitEnergy(kl)!.smooth)).toBeUndefined();
    expect(space.refuses('gradient', { id: 'unknown' })).toMatch(/neither terms nor a facet/);
    await expect(space.gradient(kl, mu)).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
  });

  it('compiles once for each potential and number of points, and frees all', async () => {
    const live = { made: 0, freed: 0 };
    const counting: Engine = {
      ...engine,
      async compile(name, fn, example) {
        live.made++;
        return { ...(await engine.compile(name, fn, example)), dispose: () => void live.freed++ };
      },
    };
    const space = particleSpace({ engine: counting, initial: normal('plane', 2), count: 5 });
    const mu = await space.initial(stream(1));
    for (let step = 0; step < 3; step++) await space.gradient(splitEnergy(kl)!.smooth, mu);
    await space.value(potentialEnergy, mu);
    await space.value(potentialEnergy, { points: fromRows(rows) });
    expect(live).toEqual({ made: 3, freed: 0 });
    await space.dispose();
    expect(live).toEqual({ made: 3, freed: 3 });
  });
});

describe('motions of particles', () => {
  it('pushes along a field', async () => {
    const field = fromRows([[1, 0], [0, 1], [2, 2]]); // prettier-ignore
    const { points } = await three().push({ points: fromRows(rows) }, field, -0.5);
    expect(toRows(points)).toEqual([[-0.5, 0], [1, 1.5], [-2, -0.5]]); // prettier-ignore
    const short = fromRows([[1, 0]]);
    await expect(three().push({ points }, short, 1)).rejects.toThrow(/\[3, 2\].*has \[1, 2\]/);
  });

  it('transports and measures: pushing by the transport lands on the other cloud', async () => {
    const space = plane(200);
    const mu = await space.initial(stream('mu'));
    const nu = await space.represent(normal('other', 2), stream('nu'));
    const field = await space.transport(mu, nu);
    const moved = toRows(field).reduce((sum, [a, b]) => sum + a! * a! + b! * b!, 0) / 200;
    // The field is rounded to float32.
    expect(await space.distance2(mu, nu)).toBeCloseTo(moved, 6);
    expect(await space.distance2(await space.push(mu, field, 1), nu)).toBeLessThan(1e-12);
  });

  it('draws from its own points', async () => {
    const drawn = await three().sample({ points: fromRows(rows) }, 300, stream('draws'));
    expect(drawn.shape).toEqual([300, 2]);
    const counts = rows.map((row) => toRows(drawn).filter((r) => r.join() === row.join()).length);
    // Binomial(300, 1/3) has standard deviation 8.2: four of them.
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(33);
    expect(counts.reduce((a, b) => a + b)).toBe(300);
  });

  it('says which point is not finite', () => {
    expect(three().defect({ points: fromRows(rows) })).toBeUndefined();
    expect(three().defect({ points: fromRows([[0, 1], [2, NaN], [0, Infinity]]) })).toBe('point 1 is not finite'); // prettier-ignore
  });

  it('refuses a negative variance', async () => {
    await expect(three().diffuse({ points: fromRows(rows) }, -1, stream(1))).rejects.toThrow(/at least 0, not -1/);
  });
});

interface Moments {
  readonly mean: number[];
  readonly covariance: number[][];
}

function momentsOf(points: NdArray): Moments {
  const all = toRows(points);
  const average = (f: (row: number[]) => number) => all.reduce((sum, row) => sum + f(row), 0) / all.length;
  const mean = [0, 1].map((i) => average((row) => row[i]!));
  const covariance = [0, 1].map((i) => [0, 1].map((j) => average((r) => (r[i]! - mean[i]!) * (r[j]! - mean[j]!))));
  return { mean, covariance };
}

/** m <- m - g A (m - c), S <- (I - g A) S (I - g A) + 2 g I: the law of Langevin iterates. */
function langevinLaw({ mean, covariance }: Moments, gamma: number): Moments {
  const B = A.map((row, i) => row.map((a, j) => (i === j ? 1 : 0) - gamma * a));
  const c = [1, -1];
  const at = (i: number, j: number) =>
    [0, 1].reduce((s, k) => s + [0, 1].reduce((t, l) => t + B[i]![k]! * covariance[k]![l]! * B[j]![l]!, 0), 0);
  return {
    mean: [0, 1].map((i) => c[i]! + [0, 1].reduce((s, k) => s + B[i]![k]! * (mean[k]! - c[k]!), 0)),
    covariance: [0, 1].map((i) => [0, 1].map((j) => at(i, j) + (i === j ? 2 * gamma : 0))),
  };
}

describe('Langevin on particles', () => {
  it('has iterates of the right mean and covariance', async () => {
    const n = 2000;
    const gamma = 0.2;
    const space = plane(n);
    const { smooth } = splitEnergy(kl)!;
    let mu = await space.initial(stream('start'));
    let law: Moments = { mean: [0, 0], covariance: [[1, 0], [0, 1]] }; // prettier-ignore
    for (let step = 1; step <= 6; step++) {
      const descended = await space.push(mu, await space.gradient(smooth, mu), -gamma);
      mu = await space.diffuse(descended, 2 * gamma, stream('noise').fork(step));
      law = langevinLaw(law, gamma);
    }
    const { mean, covariance } = momentsOf(mu.points);
    const S = law.covariance;
    // Four standard errors of the mean, sqrt(S_ii / n), and of the covariance of a Gaussian,
    // sqrt((S_ii S_jj + S_ij^2) / n). The bias of order 1/n is far below.
    for (const i of [0, 1]) {
      expect(Math.abs(mean[i]! - law.mean[i]!)).toBeLessThan(4 * Math.sqrt(S[i]![i]! / n));
      for (const j of [0, 1]) {
        const error = Math.sqrt((S[i]![i]! * S[j]![j]! + S[i]![j]! ** 2) / n);
        expect(Math.abs(covariance[i]![j]! - S[i]![j]!)).toBeLessThan(4 * error);
      }
    }
  });
});

describe('composition', () => {
  const definition = plugin.contributes[0]!;
  const create = (initial: Distribution, count: number | 'all') =>
    definition.create({ count }, engine, initial) as ReturnType<typeof particleSpace>;

  it('has every operation of points, and no density', () => {
    const space = create(normal('plane', 2), 10);
    for (const absent of ['mirror', 'logDensity', 'generate', 'modelLogDensity'] as const)
      expect(space[absent]).toBeUndefined();
    for (const there of ['prox', 'anchoredProx', 'kernelGradient', 'regularizedGradient', 'metropolis'] as const)
      expect(space[there]).toBeInstanceOf(Function);
  });

  it('starts from `count` draws in float64', async () => {
    const { points } = await create(normal('plane', 2), 10).initial(stream('start'));
    expect(points.shape).toEqual([10, 2]);
    expect(points.data).toBeInstanceOf(Float64Array);
  });

  describe('with `count: all`', () => {
    const weights = { shape: [3], data: Float64Array.of(0.5, 0.2, 0.3) };
    const weighted: Distribution = { ...rowsOf('weighted', rows), atoms: { points: fromRows(rows), weights } };

    it('has every point of a law of finitely many once, with its weight, through a step', async () => {
      const space = create(weighted, 'all');
      const mu = await space.initial(stream('start'));
      expect([toRows(mu.points), mu.weights]).toEqual([rows, weights]);
      // The values and gradients by hand above, under the weights.
      const value = 0.5 * 1 + 0.2 * 4.5 + 0.3 * 3.625 + 0.25;
      expect(await space.value(potentialEnergy, mu)).toBeCloseTo(value, 12);
      const nu = await space.push(mu, await space.gradient(potentialEnergy, mu), -1);
      expect(toRows(nu.points)).toEqual([[1.5, -0.5], [-0.5, -1], [2.25, 0]]); // prettier-ignore
      expect((await space.moments(nu)).mean[0]).toBeCloseTo(0.5 * 1.5 - 0.2 * 0.5 + 0.3 * 2.25, 12);
    });

    it('has as many draws of any other law', async () => {
      const nu = await create(weighted, 'all').represent(normal('other', 2), stream('nu'));
      expect([nu.points.shape, nu.weights]).toEqual([[3, 2], undefined]);
    });

    it('says before a run what weights keep from being', () => {
      expect(create(weighted, 'all').refuses('distance2', potentialEnergy)).toMatch(/points of equal weight/);
      expect(
        create({ ...weighted, atoms: { points: fromRows(rows) } }, 'all').refuses('distance2', kl),
      ).toBeUndefined();
      expect(() => create(normal('plane', 2), 'all')).toThrow(/`plane` is none; set `count` to the number of draws/);
    });
  });

  it('says before a run what cannot be', () => {
    const density: Distribution = { id: 'density', dimension: 2 };
    expect(() => create(density, 10)).toThrow(/`density` has no `sample`/);
    const space = create(normal('plane', 2), 2001);
    expect(space.refuses('distance2', kl)).toMatch(/at most 2000/);
    expect(create(normal('line', 1), 2001).refuses('distance2', kl)).toBeUndefined();
    expect(space.refuses('represent', { ...kl, target: density })).toMatch(/`density` has no `sample`/);
  });

  it.each([0, 2.5, '7'])('refuses count %j', (count) => {
    const { error } = (definition.options as z.ZodType).safeParse({ count });
    expect(error!.issues[0]!.message).toContain(`at least 1, e.g. 1000, or all, but got ${JSON.stringify(count)}`);
  });
});
