import { complaintSteps } from './complaint/steps';
import { consultationSteps } from './consultation/steps';
import { escalationSteps } from './escalation/steps';
import type { Label } from './fields';
import type { StepDefinition, StepTable } from './steps';
import type { Process } from './snapshot';

/** Every process's step table; Update, Signal, route, permission, OpenAPI and docs are made from it. */
export const stepTables = {
  consultation: consultationSteps,
  complaint: complaintSteps,
  escalation: escalationSteps,
} satisfies Record<Process, StepTable>;

/** One row, or undefined when the process has no such step. */
export function stepOf(process: Process, name: string): StepDefinition | undefined {
  return (stepTables[process] as StepTable)[name];
}

/** A step's label by its name alone: the same name has the same label in every process. */
export function stepLabel(name: string): Label | undefined {
  return Object.values<StepTable>(stepTables).find((table) => name in table)?.[name]?.label;
}
