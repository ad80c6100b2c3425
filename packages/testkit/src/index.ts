export { describeEngine, type EngineSuiteOptions } from './engine.js';
export { describeBlock, describeHead, type BlockCase } from './maps.js';
export { operationCases, scalarCases, type OperationCase, type ScalarCase } from './operations.js';
export { randomFunction } from './random-functions.js';
export { describeSpace, type SpaceCase } from './space.js';
