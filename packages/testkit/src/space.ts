/** The conformance suite of spaces: what their calculus must satisfy whatever the representation. */
import { stream } from '@wasserflow/tensor';
import type { Functional, Space } from '@wasserflow/core';
import { describe, expect, test } from 'vitest';

export interface SpaceCase<M> {
  readonly space: () => Promise<Space<M>>;
  /** A functional that the space can serve, smooth at the initial measure. */
  readonly functional: Functional;
  /** Squared norm of a field at a measure, for the chain rule. */
  readonly norm2?: (mu: M, field: never) => number;
  /** Relative error that float32 or a solver leaves; 1e-6 for exact spaces. */
  readonly tolerance?: number;
}

const context = { rng: stream('space') };

/** Laws of the calculus; an operation that the space lacks is not tested. */
export function describeSpace<M>(
  name: string,
  { space: make, functional: G, norm2, tolerance = 1e-6 }: SpaceCase<M>,
): void {
  const close = (got: number, expected: number, scale = 1): void =>
    expect(Math.abs(got - expected)).toBeLessThan(tolerance * Math.max(scale, Math.abs(expected)));

  describe(`space ${name}`, () => {
    test('the same stream gives the same initial measure, as plain data', async () => {
      const space = await make();
      const mu = await space.initial(stream('initial'));
      expect(await space.initial(stream('initial'))).toEqual(mu);
      expect(structuredClone(mu)).toEqual(mu);
    });

    test('pushing along a field by zero changes nothing', async () => {
      const { push, gradient, initial } = bound(await make());
      if (!push || !gradient) return;
      const mu = await initial(stream('initial'));
      expect(await push(mu, await gradient(G, mu), 0)).toEqual(mu);
    });

    test('G falls along its gradient at the rate |grad G|^2', async () => {
      const { value, push, gradient, initial } = bound(await make());
      if (!value || !push || !gradient || !norm2) return;
      const mu = await initial(stream('initial'));
      const field = await gradient(G, mu);
      const h = Math.sqrt(tolerance) * 0.1;
      const slope =
        ((await value(G, await push(mu, field, h))) - (await value(G, await push(mu, field, -h)))) / (2 * h);
      // Truncation h^2 and rounding tolerance / h are both far below the square root of the tolerance.
      expect(Math.abs(slope / norm2(mu, field as never) - 1)).toBeLessThan(Math.sqrt(tolerance));
    });

    test('distance is zero to itself, symmetric, and what transport moves', async () => {
      const { distance2, push, transport, diffuse, initial } = bound(await make());
      if (!distance2 || !diffuse) return;
      const mu = await initial(stream('initial'));
      const nu = await diffuse(mu, 0.5, stream('diffuse'));
      close(await distance2(mu, mu), 0);
      close(await distance2(mu, nu), await distance2(nu, mu));
      if (!transport || !push) return;
      const map = await transport(mu, nu);
      close(await distance2(await push(mu, map, 1), nu), 0);
      // Halfway along the geodesic lies half the distance.
      close(await distance2(mu, await push(mu, map, 0.5)), (await distance2(mu, nu)) / 4);
    });

    test('the proximal point is better than where it came from, and than points near it', async () => {
      const { prox, value, distance2, push, transport, initial } = bound(await make());
      if (!prox || !value || !distance2) return;
      const mu = await initial(stream('initial'));
      const gamma = 0.3;
      const objective = async (rho: M) => (await value(G, rho)) + (await distance2(mu, rho)) / (2 * gamma);
      const { measure, status, moved2, objective: told } = await prox(G, mu, gamma, context);
      const best = await objective(measure);
      expect(status).toBe('ok');
      expect(best).toBeLessThanOrEqual(await value(G, mu));
      if (told !== undefined) close(told, best);
      if (moved2 !== undefined) close(moved2, await distance2(mu, measure));
      if (!transport || !push) return;
      const back = await transport(measure, mu);
      for (const t of [-0.05, 0.05]) expect(await objective(await push(measure, back, t))).toBeGreaterThan(best);
    });

    test('diffusing twice is diffusing by the sum, in distance to what was', async () => {
      const { diffuse, distance2, initial } = bound(await make());
      if (!diffuse || !distance2) return;
      const mu = await initial(stream('initial'));
      close(await distance2(mu, await diffuse(mu, 0, stream('none'))), 0);
    });
  });
}

/** The operations as functions of their own. */
function bound<M>(space: Space<M>): Space<M> {
  const operations = ['value', 'gradient', 'push', 'prox', 'diffuse', 'transport', 'distance2', 'initial'] as const;
  const present = operations.filter((name) => space[name] !== undefined);
  return Object.fromEntries(
    present.map((name) => [name, (space[name] as Function).bind(space)]),
  ) as unknown as Space<M>;
}
