import { dueMeasures } from '@duban/database';
import type { Message } from '@duban/contracts';
import { type NotificationDeps, createNotificationActivities } from './notification';

const WEEK_MS = 7 * 86_400_000;
/** As long as a weekly review follows its own measures. */
const FOLLOWED_WEEKS = 12;

/**
 * Reminds of preventive measures that people added by themselves, as a weekly review does of its own (K6): owner and
 * supervisors hear when one falls due, and again each week until it is settled. Run it as often as you like: each
 * reminder goes out once.
 * @returns how many measures are due
 */
export function createMeasureReminder(deps: NotificationDeps): (now?: number) => Promise<number> {
  const { notify } = createNotificationActivities(deps);
  return async (now = Date.now()) => {
    const since = new Date(now - FOLLOWED_WEEKS * WEEK_MS);
    const due = await dueMeasures(deps.database.db, { since, at: new Date(now) });
    for (const { id, problem, owner, dueAt } of due) {
      const dueMs = dueAt.getTime();
      const times = Math.floor((now - dueMs) / WEEK_MS) + 1;
      const message: Message = {
        key: `${id}:measure-overdue:${dueMs}:${times}`,
        template: 'measure-overdue',
        to: [
          { kind: 'staff', id: owner },
          { kind: 'role', role: 'supervisor' },
        ],
        data: { problem, dueAt: dueMs, owner },
      };
      await notify({ ticket: id, messages: [message] });
    }
    return due.length;
  };
}
