export { alongAxis, linesOf } from '@wasserflow/geometry';
