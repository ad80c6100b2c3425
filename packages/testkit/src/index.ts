export { type Findings } from './check.js';
export { describeEngine, type EngineSuiteOptions } from './engine.js';
export {
  describeFunctional,
  functionalClaims,
  type FunctionalCase,
  type FunctionalClaim,
  type FunctionalHost,
} from './functional.js';
export { convexityFindings, smoothnessFindings } from './functional/curvature.js';
export { flowLossFindings } from './functional/flow.js';
export { gradientFindings } from './functional/gradient.js';
export { proxFindings } from './functional/prox.js';
export { targetFindings } from './functional/target.js';
export { agreementFindings, numberFindings, type Holder } from './functional/values.js';
export { gaussiansInPlane } from './laws.js';
export { logSlope } from './log-slope.js';
export { describeBlock, describeHead, type BlockCase } from './maps.js';
export { operationCases, scalarCases, type OperationCase, type ScalarCase } from './operations.js';
export { randomFunction } from './random-functions.js';
export { describeScheme, schemeClaims, type SchemeCase } from './scheme.js';
export { biasFindings, flowFindings, observedOrder, orderFindings } from './scheme/consistency.js';
export { boundFindings, refusalFindings, requirementFindings } from './scheme/requirements.js';
export { determinismFindings, mutationFindings, plainFindings, reportFindings } from './scheme/state.js';
export { type SchemeSubject } from './scheme/subject.js';
export { describeSpace, spaceLaws, type SpaceCase } from './space.js';
export { probeEnergy, type Probe } from './space/probes.js';
export { jkoFindings } from './space/prox.js';
export { lack, subjectOf, type Law, type Subject, type SubjectOptions } from './space/subject.js';
