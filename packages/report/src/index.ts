export { curveChart, type Curve, type CurveChartOptions, type Panel } from './curve-chart.js';
export { lossChart, readLosses, type LossPoint } from './loss-chart.js';
export { pictureGrid, type GridFormat, type PictureGroup } from './picture-grid.js';
