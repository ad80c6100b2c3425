export { describeEngine, type EngineSuiteOptions } from './engine.js';
export { describeBlock, describeHead, type BlockCase } from './maps.js';
export { operationCases, scalarCases, type OperationCase, type ScalarCase } from './operations.js';
export { randomFunction } from './random-functions.js';
export { describeSpace, spaceLaws, type SpaceCase } from './space.js';
export { lack, subjectOf, type Law, type Subject, type SubjectOptions } from './space/subject.js';
export { jkoFindings } from './space/prox.js';
export { type Findings } from './check.js';
