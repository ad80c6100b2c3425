import { definePlugin } from '@wasserflow/core';
import { breastCancerDefinition } from './breast-cancer.js';
import { csvDefinition } from './csv.js';
import { digitsDefinition } from './digits.js';
import { checkerboardDefinition } from './shapes/checkerboard.js';
import { eightGaussiansDefinition } from './shapes/eight-gaussians.js';
import { moonsDefinition } from './shapes/moons.js';
import { pinwheelDefinition } from './shapes/pinwheel.js';
import { ringsDefinition } from './shapes/rings.js';
import { twoSpiralsDefinition } from './shapes/two-spirals.js';
import { pointsDefinition } from './points.js';
import { wineDefinition } from './wine.js';

export { breastCancer } from './breast-cancer.js';
export { csvTable, type CsvFormat, type Table } from './csv-table.js';
export { csv, type CsvOptions } from './csv.js';
export { digits, type DigitsOptions } from './digits.js';
export { points, type PointsOptions } from './points.js';
export { isHeldOut, rowsDistribution, splitRows, type RowsLaw, type SplitRows } from './rows-distribution.js';
export { checkerboard } from './shapes/checkerboard.js';
export { eightGaussians } from './shapes/eight-gaussians.js';
export { moons } from './shapes/moons.js';
export type { ShapeOptions } from './shapes/noisy-shape.js';
export { pinwheel, type PinwheelOptions } from './shapes/pinwheel.js';
export { rings } from './shapes/rings.js';
export { twoSpirals } from './shapes/two-spirals.js';
export { wine } from './wine.js';

export default definePlugin({
  name: '@wasserflow/datasets',
  contract: 1,
  contributes: [
    digitsDefinition,
    wineDefinition,
    breastCancerDefinition,
    csvDefinition,
    pointsDefinition,
    eightGaussiansDefinition,
    moonsDefinition,
    checkerboardDefinition,
    pinwheelDefinition,
    twoSpiralsDefinition,
    ringsDefinition,
  ],
});
