import { acceptanceSteps } from './acceptance/steps';
import { afterSalesSteps } from './after-sales/steps';
import { complaintSteps } from './complaint/steps';
import { consultationSteps } from './consultation/steps';
import { emergencySteps } from './emergency/steps';
import { escalationSteps } from './escalation/steps';
import { faultAnnouncementSteps, faultSteps } from './fault/steps';
import type { Label } from './fields';
import { qualityCheckSteps } from './quality-check/steps';
import { revisitSteps } from './revisit/steps';
import { suggestionSteps } from './suggestion/steps';
import type { StepDefinition, StepTable } from './steps';
import type { Process } from './snapshot';
import { technicalSupportSteps } from './technical-support/steps';

/** Every process's step table; Update, Signal, route, permission, OpenAPI and docs are made from it. */
export const stepTables = {
  consultation: consultationSteps,
  complaint: complaintSteps,
  escalation: escalationSteps,
  acceptance: acceptanceSteps,
  'after-sales': afterSalesSteps,
  fault: faultSteps,
  'fault-announcement': faultAnnouncementSteps,
  'technical-support': technicalSupportSteps,
  emergency: emergencySteps,
  suggestion: suggestionSteps,
  revisit: revisitSteps,
  'quality-check': qualityCheckSteps,
} satisfies Record<Process, StepTable>;

/** One row, or undefined when the process has no such step. */
export function stepOf(process: Process, name: string): StepDefinition | undefined {
  return (stepTables[process] as StepTable)[name];
}

/** A row by its name alone: the same name means the same in every process. */
export function stepNamed(name: string): StepDefinition | undefined {
  return Object.values<StepTable>(stepTables).find((table) => name in table)?.[name];
}

export const stepLabel = (name: string): Label | undefined => stepNamed(name)?.label;
