import { ApplicationFailure } from '@temporalio/common';
import type { RefusalCode } from './refusals';

/** Failure types that cross a room's border. */
export const failureTypes = { stepRefused: 'StepRefused', beyondRetry: 'BeyondRetry' } as const;

/** Why a step was refused: a code of `refusals`, the field where there is one, and what the text needs. */
export interface Refusal {
  code: RefusalCode;
  field?: string;
  detail?: Record<string, string | number>;
}

/** The only failure a step's validator or handler throws (design 3): final, and the caller's to mend. */
export function stepRefused(refusal: Refusal): ApplicationFailure {
  return ApplicationFailure.nonRetryable(refusal.code, failureTypes.stepRefused, refusal);
}

/** The refusal inside a failed Update, or null when the failure is of any other kind. */
export function refusalOf(error: unknown): Refusal | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (e instanceof ApplicationFailure && e.type === failureTypes.stepRefused)
      return (e.details?.[0] ?? null) as Refusal | null;
  }
  return null;
}
