/** Why a policy, a calendar or a computation is refused. */
export type PolicyErrorCode =
  | 'invalid_duration'
  | 'invalid_instant'
  | 'invalid_time'
  | 'invalid_window'
  | 'invalid_date'
  | 'invalid_timezone'
  | 'calendar_never_open'
  | 'unknown_process'
  | 'unknown_calendar'
  | 'missing_priority'
  | 'invalid_ladder';

/**
 * An error of this package. `code` is stable; `field` names the part of a definition that is wrong, if any;
 * `reason` is the message without it.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';

  constructor(
    readonly code: PolicyErrorCode,
    readonly reason: string,
    readonly field?: string,
  ) {
    super(field === undefined ? reason : `${field}: ${reason}`);
  }
}
