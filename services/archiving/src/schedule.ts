import type { Client } from '@temporalio/client';
import { taskQueues } from '@duban/contracts';
import { createSchedule } from '@duban/platform';

const DAILY_ARCHIVE = 'duban-daily-archive';

/** The nightly upkeep of the archive (G14): 03:30 by the centre's clock. Creating it again changes only the zone. */
export async function scheduleArchive(client: Client, timezone: string): Promise<void> {
  await createSchedule(client, {
    scheduleId: DAILY_ARCHIVE,
    spec: { calendars: [{ hour: 3, minute: 30, comment: '每日 03:30' }], timezone },
    action: {
      type: 'startWorkflow',
      workflowType: 'dailyArchive',
      workflowId: DAILY_ARCHIVE,
      taskQueue: taskQueues.orchestrator,
      staticSummary: '归档维护 · archive upkeep',
    },
    // One run makes up for every one missed.
    policies: { overlap: 'SKIP', catchupWindow: '1 day' },
  });
}
