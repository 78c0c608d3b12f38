import { type Database, makeReportRows, reportDay } from '@duban/database';
import type { Logger } from '@duban/platform';

const HALF_DAY_MS = 12 * 3_600_000;
const DAY_MS = 2 * HALF_DAY_MS;

/** The daily report (G15), as rows that the API serves. */
export function createReportActivities(deps: { database: Database; log: Logger; timeZone?: string | undefined }) {
  const { database, log, timeZone = 'Asia/Shanghai' } = deps;

  return {
    /**
     * Makes the report of `day` (`YYYY-MM-DD` by the centre's clock) anew. Without it: of the day that the scheduled instant
     * (UTC ms) ends, a run before noon meaning the day before; and once more of the day before that one, for what
     * happened there after its own run.
     */
    async makeDailyReport(input: { day?: string; scheduledAt?: number } = {}): Promise<{ rows: number }> {
      const meant = (input.scheduledAt ?? Date.now()) - HALF_DAY_MS;
      const days = input.day ? [input.day] : [reportDay(meant - DAY_MS, timeZone), reportDay(meant, timeZone)];
      let rows = 0;
      for (const day of days) rows += await makeReportRows(database.db, day, timeZone);
      log.info({ days, rows }, 'daily report made');
      return { rows };
    },
  };
}
