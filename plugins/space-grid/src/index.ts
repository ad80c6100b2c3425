/** Space `grid`: masses on the equal cells of a box in one or two dimensions. */
import { INITIAL, definePlugin, defineSpace } from '@wasserflow/core';
import { z } from 'zod';
import { gridSpace } from './grid-space.js';

export { gridSpace, type GridSpaceOptions, type ProxMethod } from './grid-space.js';
export { makeGrid, measureOn, type Grid } from './cells/grid.js';
export { energyOn, energyValue, type GridEnergy } from './energy/energy.js';
export { logProx } from './prox/kl-prox.js';
export { lineDistance2 } from './transport/line-distance.js';
export { planeDistance2 } from './transport/plane-distance.js';
export type { GridField } from './fields/field.js';

const cells = z.int({ error: 'expected a whole number of cells, e.g. 128' }).min(2).max(4096);
const positive = z.number({ error: 'expected a number above 0' }).positive({ error: 'expected a number above 0' });

const grid = defineSpace({
  id: 'grid',
  title: 'Masses on the cells of a box, in one or two dimensions',
  options: z.strictObject({
    cells: z
      .union([cells, z.array(cells)], { error: 'expected a number of cells, or a list of one for each axis' })
      .default(128),
    lower: z.array(z.number()).optional(),
    upper: z.array(z.number()).optional(),
    method: z.enum(['back-and-forth', 'entropic'], { error: 'expected `back-and-forth` or `entropic`' }).optional(),
    /** Length^2. */
    epsilon: positive.optional(),
    tolerance: positive.optional(),
    iterations: z.int().min(1).optional(),
  }),
  inject: [INITIAL],
  cite: ['peyre2015entropic', 'adams2011large', 'jacobs2020fast', 'jacobs2021back'],
  create: (options, initial) => gridSpace({ ...options, initial }),
});

export default definePlugin({ name: '@wasserflow/space-grid', contract: 1, contributes: [grid] });
