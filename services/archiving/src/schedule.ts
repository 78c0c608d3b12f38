import { type Client, ScheduleAlreadyRunning } from '@temporalio/client';
import { taskQueues } from '@duban/contracts';

const DAILY_ARCHIVE = 'duban-daily-archive';

/** The nightly upkeep of the archive (G14): 03:30 in China. Creating it again changes nothing. */
export async function createSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: DAILY_ARCHIVE,
      spec: { calendars: [{ hour: 3, minute: 30, comment: '每日 03:30' }], timezone: 'Asia/Shanghai' },
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
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
