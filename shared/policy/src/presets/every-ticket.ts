import { DAY, HOUR, MINUTE, byPriority, clock, within, type Telling } from './build';

/** Who hears of a handler's clock. */
export const handler: Telling = { late: ['handler'], breach: ['handler', 'supervisor'], escalate: ['supervisor'] };
/** Who hears of a supervisor's clock. */
export const supervisor: Telling = { late: ['supervisor'], breach: ['supervisor'], escalate: ['committee'] };
/** Help that a department was asked for: its contact, then its head (G10; the limit is ours). */
const help = {
  default: clock(within(DAY), {
    late: ['department'],
    breach: ['department', 'department-head', 'handler'],
    escalate: ['department-head', 'supervisor'],
  }),
};
/** Who hears of a department's clock. */
export const department: Telling = {
  late: ['department'],
  breach: ['department-head', 'supervisor'],
  escalate: ['committee'],
};
/** A missed update reminds the handler, then the supervisor (G9). */
export const progress: Telling = { late: ['handler'], breach: ['handler'], escalate: ['supervisor'] };

/** Confirm receipt (G8); the manual gives no limit, these are ours. */
const accept = byPriority(
  { P1: within(2 * MINUTE), P2: within(10 * MINUTE), P3: within(30 * MINUTE), default: within(10 * MINUTE) },
  { ...handler, remindAt: [50], escalateAfterMs: 10 * MINUTE },
);

/** The customer wrote again: as soon as the first time (ours; document 0 speaks of the first answer). */
const nextResponse = byPriority(
  { P1: within(10 * MINUTE), P2: within(30 * MINUTE), P3: within(2 * HOUR), default: within(30 * MINUTE) },
  handler,
  'pausable',
);

/** The customer is asked whether that was it (ours). */
export const confirm = { default: clock(within(DAY), handler, 'pausable') };
/** What every ticket that somebody has promises its customer, whatever its process. */
export const ofEveryTicket = {
  accept,
  'first-response': { default: clock(within(2 * HOUR), handler, 'pausable') }, // ours
  'next-response': nextResponse,
  progress: { default: clock(within(DAY), progress, 'pausable') },
  help,
  'follow-up': { default: clock(within(DAY), handler, 'pausable') },
};
