import { type Client, ScheduleAlreadyRunning } from '@temporalio/client';
import { taskQueues } from '@duban/contracts';

const DAILY_REPORT = 'duban-daily-report';

/** The daily report is made at the end of each day (G15): 18:00 in China. Creating it again changes nothing. */
export async function createSchedules(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: DAILY_REPORT,
      spec: { calendars: [{ hour: 18, comment: '每日 18:00' }], timezone: 'Asia/Shanghai' },
      action: {
        type: 'startWorkflow',
        workflowType: 'dailyReport',
        workflowId: DAILY_REPORT,
        taskQueue: taskQueues.orchestrator,
        args: [{}],
        staticSummary: '日报 · daily report',
      },
      // A day missed while the server was down is made up when it is back.
      policies: { overlap: 'BUFFER_ALL', catchupWindow: '7 days' },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
