import { workflowInfo } from '@temporalio/workflow';
import { archiving, reports } from './lib/activities';

/** Daily report of the day that ends (G15); started by a Schedule, or by hand for another day. */
export async function dailyReport(input: { day?: string } = {}): Promise<void> {
  // A run that the Schedule makes up for reports on its own day, not on the day it is made up.
  const [scheduled] = (workflowInfo().searchAttributes.TemporalScheduledStartTime ?? []) as Date[];
  await reports.makeDailyReport({ ...input, scheduledAt: scheduled?.getTime() ?? Date.now() });
}

/** Adds the end of closed tickets' histories to their archives, then purges what is past its date, and only that (G14). */
export async function dailyArchive(): Promise<void> {
  await archiving.addHistoryEnds();
  await archiving.purgeExpired();
}
