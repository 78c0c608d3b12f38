import type { PolicyDefinition } from '../types';
import { DAY, HOUR, MINUTE, clock, within, workingDays, type Telling } from './build';
import { handler, ofEveryTicket, supervisor } from './every-ticket';

const owner: Telling = {
  late: ['owner'],
  breach: ['owner', 'handler'],
  escalate: ['supervisor'],
  escalateAfterMs: 5 * MINUTE,
};
const department: Telling = {
  late: ['department'],
  breach: ['department', 'department-head', 'handler'],
  escalate: ['department-head', 'supervisor'],
};
const { progress: _, ...withoutProgress } = ofEveryTicket;

/** Emergencies (U1; the limits of account safety and system fault are document 1's, the others ours) and suggestions (S1, ours). */
export const urgent: PolicyDefinition['clocks'] = {
  emergency: {
    ...withoutProgress,
    command: { default: clock(within(5 * MINUTE), { ...supervisor, escalateAfterMs: 5 * MINUTE }) },
    // The plan's own limit replaces this target.
    task: { default: clock(within(10 * MINUTE), owner) },
    handling: {
      'account-safety': clock(within(10 * MINUTE), handler),
      'system-fault': clock(within(5 * MINUTE), handler),
      default: clock(within(HOUR), handler),
    },
    progress: { default: clock(within(30 * MINUTE), handler) },
    debrief: { default: clock(workingDays(2), handler) },
    revisit: { default: clock(within(DAY), { ...supervisor, late: ['supervisor', 'revisit-group'] }) },
  },
  suggestion: {
    ...ofEveryTicket,
    answer: { default: clock(workingDays(5), department) },
    thanks: { default: clock(workingDays(1), handler, 'pausable') },
  },
};

export const urgentPeriods = {
  // Nobody took command: the next of the chain are told.
  alarm: 5 * MINUTE,
};
