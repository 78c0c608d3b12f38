import { archiving, reports } from './lib/activities';

/** Daily report of the day that ends (G15); started by a Schedule, or by hand for another day. */
export async function dailyReport(input: { day?: string } = {}): Promise<void> {
  await reports.makeDailyReport({ ...input, scheduledAt: Date.now() });
}

/** Adds the end of closed tickets' histories to their archives, then purges what is past its date, and only that (G14). */
export async function dailyArchive(): Promise<void> {
  await archiving.addHistoryEnds();
  await archiving.purgeExpired();
}
