import type { PolicyDefinition } from '../types';
import { DAY, HOUR, MINUTE, byPriority, calendars, clock, within, workingDays, type Telling } from './build';

const handler: Telling = { late: ['handler'], breach: ['handler', 'supervisor'], escalate: ['supervisor'] };
const supervisor: Telling = { late: ['supervisor'], breach: ['supervisor'], escalate: ['committee'] };
/** Help that a department was asked for: its contact, then its head (G10; the limit is ours). */
const help = {
  default: clock(within(DAY), {
    late: ['department'],
    breach: ['department', 'department-head', 'handler'],
    escalate: ['department-head', 'supervisor'],
  }),
};
const department: Telling = {
  late: ['department'],
  breach: ['department-head', 'supervisor'],
  escalate: ['committee'],
};
/** A missed update reminds the handler, then the supervisor (G9). */
const progress: Telling = { late: ['handler'], breach: ['handler'], escalate: ['supervisor'] };

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
const confirm = { default: clock(within(DAY), handler, 'pausable') };
/** What every ticket that somebody has promises its customer, whatever its process. */
const ofEveryTicket = {
  accept,
  'first-response': { default: clock(within(2 * HOUR), handler, 'pausable') }, // ours
  'next-response': nextResponse,
  progress: { default: clock(within(DAY), progress, 'pausable') },
  help,
  'follow-up': { default: clock(within(DAY), handler, 'pausable') },
};

/**
 * Document 0, 客服中心工作流管理执行规范手册: the default policy (G5, G9, K2, K5, E3). Clocks the manual gives no limit
 * for are ours and marked so.
 */
export const manual: PolicyDefinition = {
  name: { zh: '客服中心工作流管理执行规范手册', en: 'Service centre workflow manual' },
  priorities: {
    P1: { zh: '紧急', en: 'Urgent', colour: 'red' },
    P2: { zh: '普通', en: 'Normal', colour: 'orange' },
    P3: { zh: '低优先级', en: 'Low', colour: 'blue' },
  },
  calendars,
  clocks: {
    consultation: {
      ...ofEveryTicket,
      'first-response': byPriority(
        { P1: within(10 * MINUTE), P2: within(30 * MINUTE), P3: within(2 * HOUR), default: within(30 * MINUTE) },
        handler,
        'pausable',
      ),
      answer: {
        default: clock(
          workingDays(1),
          { late: ['team-leader'], breach: ['team-leader', 'supervisor'], escalate: ['supervisor'] },
          'pausable',
        ),
      },
      confirm,
      // ours
      handling: byPriority(
        { P1: within(4 * HOUR), P2: within(DAY), P3: workingDays(3), default: within(DAY) },
        handler,
        'pausable',
      ),
    },
    complaint: {
      ...ofEveryTicket,
      // Round the clock from intake, customer or not: the report is owed by the centre.
      investigation: {
        default: clock(within(DAY), {
          ...supervisor,
          late: ['handler', 'supervisor'],
          breach: ['handler', 'supervisor'],
        }),
      },
      solution: { default: clock(within(DAY), handler, 'pausable') }, // ours, from the report
      // The step's own deadline replaces this target.
      rectification: {
        default: clock(workingDays(3), {
          late: ['department'],
          breach: ['department', 'supervisor'],
          escalate: ['department-head', 'supervisor'],
        }),
      },
      verification: { default: clock(workingDays(1), supervisor) }, // ours
      revisit: { default: clock({ unit: 'calendarDays', days: 3 }, supervisor) },
    },
    escalation: {
      approval: { default: clock(within(2 * HOUR), supervisor) }, // ours
      acknowledge: { default: clock(within(2 * HOUR), { ...department, remindAt: [50] }) },
      // The time the department itself names replaces this target.
      expected: { default: clock(within(DAY), department) },
      'customer-progress': { default: clock(within(DAY), progress) },
      // ours
      ruling: {
        default: clock(workingDays(1), {
          late: ['committee'],
          breach: ['committee', 'supervisor'],
          escalate: ['committee', 'supervisor'],
        }),
      },
      'tell-customer': { default: clock(within(DAY), handler, 'pausable') }, // ours
    },
  },
  periods: {
    surveyWindow: 72 * HOUR,
    // One reminder, half of the window after closing; ours.
    surveyReminder: 36 * HOUR,
    reopenWindow: 7 * DAY,
    // From the due instant of `accept` to the dispatch to somebody else.
    redispatchAfter: 5 * MINUTE,
    // Urges of the customer within this period are counted together.
  },
  limits: {
    urgesBeforeSupervisor: 2,
    complaintRetentionYears: 2,
    retentionYears: 1,
    surveyLowScore: 2,
    redispatches: 1,
    // How far off a department's due time may be set.
    helpHours: 720,
  },
};
