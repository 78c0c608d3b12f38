import { type Database, drawQualityChecks, makeDueRevisits } from '@duban/database';
import { type Logger, crashPoint } from '@duban/platform';

/** Revisits that plans ask for (R1) and quality checks that rules draw; each ticket is made once whatever happens. */
export function createCareActivities(deps: { database: Database; log: Logger; timeZone?: string | undefined }) {
  const { database, log, timeZone = 'Asia/Shanghai' } = deps;
  const { db } = database;
  const dayOf = (at: number) => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at);
  return {
    /** Makes one batch of the revisits due by the day of `at` (UTC ms); `due` is 0 when none is left. */
    async makeDueRevisits({ at }: { at: number }): Promise<{ due: number; made: number }> {
      const { due, made } = await makeDueRevisits(db, { day: dayOf(at), timeZone });
      crashPoint('effect-done');
      if (made.length) log.info({ day: dayOf(at), tickets: made.length }, 'revisits made');
      return { due, made: made.length };
    },

    /** Draws the checks of tickets that were closed before the day of `at` (UTC ms). */
    async drawQualityChecks({ at }: { at: number }): Promise<{ made: number }> {
      const { made } = await drawQualityChecks(db, { day: dayOf(at), timeZone });
      crashPoint('effect-done');
      if (made.length) log.info({ day: dayOf(at), tickets: made.length }, 'quality checks drawn');
      return { made: made.length };
    },
  };
}
