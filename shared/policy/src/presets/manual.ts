import type { PolicyDefinition } from '../types';
import { business, businessLimits, businessPeriods } from './business';
import { DAY, HOUR, MINUTE, byPriority, calendars, clock, within, workingDays } from './build';
import { care, careLimits, carePeriods } from './care';
import { confirm, department, handler, ofEveryTicket, progress, supervisor } from './every-ticket';
import { repair, repairPeriods } from './repair';
import { urgent, urgentPeriods } from './urgent';

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
    ...business,
    ...repair,
    ...urgent,
    ...care,
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
    ...businessPeriods,
    ...carePeriods,
    ...repairPeriods,
    ...urgentPeriods,
    surveyWindow: 72 * HOUR,
    // One reminder, half of the window after closing; ours.
    surveyReminder: 36 * HOUR,
    reopenWindow: 7 * DAY,
    // From the due instant of `accept` to the dispatch to somebody else.
    redispatchAfter: 5 * MINUTE,
    // Urges of the customer within this period are counted together.
  },
  limits: {
    ...businessLimits,
    ...careLimits,
    urgesBeforeSupervisor: 2,
    complaintRetentionYears: 2,
    retentionYears: 1,
    surveyLowScore: 2,
    redispatches: 1,
    // How far off a department's due time may be set.
    helpHours: 720,
  },
};
