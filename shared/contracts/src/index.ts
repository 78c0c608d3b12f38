export * from './fields';
export * from './roles';
export * from './steps';
export * from './step-tables';
export * from './parties';
export * from './snapshot';
export * from './labels';
export * from './effects';
export * from './choices';
export * from './failures';
export * from './refusals';
export * from './task-queues';
export * from './search-attributes';
export { consultationSteps } from './consultation/steps';
export { complaintSteps, solutionNeeds, type Liability } from './complaint/steps';
export { escalationSteps } from './escalation/steps';
export * from './emergency/steps';
export { suggestionSteps, verdicts } from './suggestion/steps';
export {
  acceptanceSteps,
  businessKinds,
  identityLabels,
  identityLevels,
  type BusinessKind,
  type IdentityLevel,
  type IdentityMethod,
} from './acceptance/steps';
export * from './after-sales/kinds';
export { afterSalesSteps } from './after-sales/steps';
export * from './fault/causes';
export * from './fault/news';
export { type Diagnosis, faultAnnouncementSteps, faultSteps } from './fault/steps';
export { technicalSupportSteps } from './technical-support/steps';
export { type VisitResult, visits } from './common/visits';
export * from './revisit/steps';
export * from './quality-check/steps';
export * from './quality-check/statistics';
export * from './statistics';
export * from './masking';
export * from './exports';
