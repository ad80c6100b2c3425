export { describeEngine } from './engine.js';
export { describeBlock, describeHead, type BlockCase } from './maps.js';
export { operationCases, type OperationCase } from './operations.js';
export { describeSpace, type SpaceCase } from './space.js';
