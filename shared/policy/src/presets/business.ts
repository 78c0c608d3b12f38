import type { ClockRule, PolicyDefinition, Rung } from '../types';
import { DAY, HOUR, MINUTE, clock, within, workingDays, type Telling } from './build';
import { confirm, department, handler, ofEveryTicket, supervisor } from './every-ticket';

const leader: Telling = {
  late: ['team-leader'],
  breach: ['team-leader', 'supervisor'],
  escalate: ['supervisor'],
};
const revisitGroup: Telling = {
  late: ['revisit-group'],
  breach: ['revisit-group', 'supervisor'],
  escalate: ['supervisor'],
};

const hours = (n: number): Rung => ({
  at: { percent: (n * HOUR * 100) / (7 * DAY) },
  act: 'remind',
  tell: ['customer'],
});
/**
 * The customer is reminded of missing material after 24 hours, then every 48 hours, three times; after that the handler
 * hears of it, to close the ticket or go on without. Runs while the ticket waits: it is the wait itself.
 */
const material: ClockRule = {
  target: within(7 * DAY),
  calendar: 'always',
  pausable: false,
  ladder: [
    ...[24, 72, 120].map(hours),
    { at: { percent: 80 }, act: 'warn', tell: ['handler'] },
    { at: { percent: 100 }, act: 'breach', tell: ['handler'] },
    { at: { afterDueMs: DAY }, act: 'escalate', tell: ['supervisor'] },
  ],
};

/** Business acceptance (B1) and after-sales (A1); the documents give no limits for them, all of these are ours. */
export const business: PolicyDefinition['clocks'] = {
  acceptance: {
    ...ofEveryTicket,
    confirm,
    identity: { default: clock(within(30 * MINUTE), handler, 'pausable') },
    handling: { default: clock(workingDays(3), handler, 'pausable') },
    // From the beginning of the appointment: did the customer come?
    attendance: { default: clock(within(2 * HOUR), handler) },
    // The time agreed with the customer replaces this target.
    contact: { default: clock(within(DAY), handler) },
    'change-approval': { default: clock(within(4 * HOUR), leader) },
  },
  'after-sales': {
    ...ofEveryTicket,
    confirm,
    handling: { default: clock(workingDays(7), handler, 'pausable') },
    material: { default: material },
    review: { default: clock(workingDays(1), handler) },
    'refund-approval': { default: clock(within(4 * HOUR), leader) },
    'carry-out': {
      default: clock(workingDays(7), { ...department, late: ['handler', 'department'] }, 'pausable'),
    },
    refund: { default: clock(workingDays(3), { ...handler, escalate: supervisor.late }) },
    revisit: { default: clock({ unit: 'calendarDays', days: 3 }, revisitGroup) },
  },
};

export const businessPeriods = {
  // So long before an appointment the customer is reminded of it.
  appointmentReminder: DAY,
};

export const businessLimits = {
  // So often an identity may fail before it is the supervisor's matter.
  identityAttempts: 3,
  // Up to this amount a team leader approves, beyond it a supervisor; fen.
  leaderRefundFen: 50_000,
};
