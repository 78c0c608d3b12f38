import type { PolicyDefinition } from '../types';
import { DAY, HOUR, MINUTE, byPriority, clock, within, workingDays, type Telling } from './build';
import { confirm, department, handler, ofEveryTicket } from './every-ticket';

const dutyManager: Telling = {
  late: ['duty-manager'],
  breach: ['duty-manager', 'supervisor'],
  escalate: ['supervisor'],
};
const revisitGroup: Telling = {
  late: ['revisit-group'],
  breach: ['revisit-group', 'supervisor'],
  escalate: ['supervisor'],
};
const visit: Telling = {
  late: ['handler', 'department'],
  breach: ['handler', 'department', 'department-head'],
  escalate: ['department-head', 'supervisor'],
};

/** Visits, whoever makes them: agreed on soon, and kept. The appointment itself replaces the target of `visit`. */
const visits = {
  appointment: { default: clock(within(4 * HOUR), visit, 'pausable') },
  visit: { default: clock(within(DAY), visit) },
};

/** Faults (F1–F3) and technical support (T1); the documents give no limits for them, all of these are ours. */
export const repair: PolicyDefinition['clocks'] = {
  fault: {
    ...ofEveryTicket,
    confirm,
    ...visits,
    diagnosis: byPriority(
      { P1: within(30 * MINUTE), P2: within(2 * HOUR), P3: within(4 * HOUR), default: within(2 * HOUR) },
      handler,
      'pausable',
    ),
    dispatch: { default: clock(within(30 * MINUTE), handler) },
    acknowledge: { default: clock(within(2 * HOUR), { ...department, remindAt: [50] }) },
    // The time the department itself names replaces this target.
    expected: { default: clock(within(DAY), department) },
    handling: byPriority(
      { P1: within(DAY), P2: workingDays(2), P3: workingDays(5), default: workingDays(2) },
      handler,
      'pausable',
    ),
  },
  'fault-announcement': {
    // Agents and callers hear how far it is at least so often.
    'fault-update': { default: clock(within(HOUR), dutyManager) },
    // The time that operations name replaces this target.
    recovery: { default: clock(within(4 * HOUR), dutyManager) },
  },
  'technical-support': {
    ...ofEveryTicket,
    confirm,
    ...visits,
    guidance: { default: clock(within(4 * HOUR), handler, 'pausable') },
    replacement: { default: clock(workingDays(3), handler, 'pausable') },
    handling: byPriority(
      { P1: within(DAY), P2: workingDays(3), P3: workingDays(7), default: workingDays(3) },
      handler,
      'pausable',
    ),
    revisit: { default: clock({ unit: 'calendarDays', days: 3 }, revisitGroup) },
  },
};

export const repairPeriods = {
  // So long before a visit the customer and whoever comes are reminded, and again on the day.
  visitReminder: DAY,
  visitReminderAgain: 2 * HOUR,
  // So long after a fault is over a caller may say that it is not, for theirs.
  stillBroken: DAY,
};
