import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineFunctional, ensure, type Functional } from '@wasserflow/core';
import { Tensor, ops, valueAndGradient } from '@wasserflow/tensor';
import { z } from 'zod';
import { functionIn } from './custom/function-file.js';

/** G of equally weighted points `[n, d]`, a scalar: a pure tensor function, which is handed the operations too. */
export type PointsFunction = (points: Tensor, operations: typeof ops) => Tensor;

export interface CustomOptions {
  readonly id: string;
  readonly value: PointsFunction;
}

/**
 * The gradient of a function of n equally weighted points in the metric of W2: n times its gradient by each.
 */
export const wassersteinGradient =
  (value: (points: Tensor) => Tensor): ((points: Tensor) => Tensor) =>
  (points) => {
    const { gradient } = valueAndGradient(({ at }: { at: Tensor }) => ({ loss: value(at) }))({ at: points });
    return ops.mul(gradient.at, points.shape[0]!);
  };

const described = (result: unknown): string =>
  result instanceof Tensor ? `a tensor [${result.shape.join(', ')}]` : `${typeof result}, which is no tensor`;

/** The function, once its result is known to be one number. */
const scalarOf =
  ({ id, value }: CustomOptions): ((points: Tensor) => Tensor) =>
  (points) => {
    const result: unknown = value(points, ops);
    ensure(
      result instanceof Tensor && result.rank === 0,
      'E_ARGUMENT',
      () => `the function of \`${id}\` returns ${described(result)}; one number is needed, e.g. ops.mean(...)`,
    );
    return result;
  };

/**
 * A functional of your own, as a function of points: it serves clouds, its gradient by differentiation, and flows,
 * as a loss of the batch. It does not see the order of the points. On flows its expectation over batches should be
 * G itself.
 *
 * @throws WasserflowError E_ARGUMENT, when it is first computed, if the function does not return a scalar
 * @example
 * // the variance about the origin, whose flow shrinks all points at rate 2
 * custom({ id: 'spread', value: (points) => ops.mean(ops.sum(ops.square(points), 1)) });
 */
export function custom(options: CustomOptions): Functional {
  const value = scalarOf(options);
  return {
    id: options.id,
    facets: {
      particles: { value, gradient: wassersteinGradient(value) },
      flow: { needsLogDet: false, loss: ({ y }) => value(y) },
    },
  };
}

/** `custom` by the function in a file; the manifest of a run keeps the hash of the file. */
async function customIn(module: string, name: string): Promise<Functional> {
  const value = await functionIn<PointsFunction>(module, name);
  const sha256 = createHash('sha256')
    .update(await readFile(module))
    .digest('hex');
  return { ...custom({ id: 'custom', value }), record: { [basename(module)]: `sha256:${sha256}` } };
}

export const customDefinition = defineFunctional({
  id: 'custom',
  title: 'A function of points of your own, from a JavaScript file',
  options: z.strictObject({
    /** A JavaScript file with `export default (points, ops) => ...`, relative to the config. */
    module: z
      .string({ error: 'expected the path of a JavaScript file, e.g. `module: ./my-energy.js`' })
      .min(1, 'the path is empty'),
    /** The name of its export. */
    export: z.string().min(1, 'the name is empty').default('default'),
  }),
  paths: ['module'],
  example: { module: fileURLToPath(new URL('custom/example.js', import.meta.url)) },
  create: (options) => customIn(options.module, options.export),
});
