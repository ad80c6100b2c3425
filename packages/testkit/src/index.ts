export { describeEngine } from './engine.js';
export { operationCases, type OperationCase } from './operations.js';
