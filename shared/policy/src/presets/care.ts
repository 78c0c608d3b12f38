import type { PolicyDefinition } from '../types';
import { DAY, HOUR, clock, workingDays, type Telling } from './build';
import { ofEveryTicket, supervisor } from './every-ticket';

const revisitGroup: Telling = {
  late: ['handler', 'revisit-group'],
  breach: ['revisit-group', 'supervisor'],
  escalate: ['supervisor'],
};

/** Proactive revisits (R1) and quality checks; the documents give no limits for them, all of these are ours. */
export const care: PolicyDefinition['clocks'] = {
  revisit: {
    accept: ofEveryTicket.accept,
    // From the moment it is due, at first and again, to an attempt.
    reach: { default: clock(workingDays(1), revisitGroup) },
  },
  'quality-check': {
    accept: ofEveryTicket.accept,
    scoring: { default: clock(workingDays(3), supervisor) },
    'appeal-decision': { default: clock(workingDays(3), { ...supervisor, late: ['team-leader', 'supervisor'] }) },
  },
};

export const carePeriods = {
  // From an attempt that met nobody to the next one: at another time of the day.
  revisitSpacing: 28 * HOUR,
  // So long a customer may answer a questionnaire by link, and so soon they are reminded.
  revisitWindow: 7 * DAY,
  revisitReminder: 3 * DAY,
  // So long an agent may appeal against a check's score.
  appealWindow: 3 * DAY,
};

export const careLimits = {
  // So often a customer is called before a revisit ends without them.
  revisitAttempts: 3,
};
