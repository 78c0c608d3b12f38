import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import { taskQueues } from '@duban/contracts';

const DAILY_REPORT = 'duban-daily-report';

const WEEKLY_REVIEW = 'duban-weekly-review';

/**
 * The daily report is made at the end of each day (G15), 18:00 in China; the complaint review is prepared on Mondays at
 * 08:30 (K6). Creating them again changes nothing.
 */
export async function createSchedules(client: Client): Promise<void> {
  await create(client, {
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
  await create(client, {
    scheduleId: WEEKLY_REVIEW,
    spec: {
      calendars: [{ dayOfWeek: 'MONDAY', hour: 8, minute: 30, comment: '每周一 08:30' }],
      timezone: 'Asia/Shanghai',
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'weeklyReview',
      workflowId: WEEKLY_REVIEW,
      taskQueue: taskQueues.orchestrator,
      args: [{}],
      staticSummary: '投诉复盘 · complaint review',
    },
    // A review follows its measures up for weeks: the next one does not wait for it.
    policies: { overlap: 'ALLOW_ALL', catchupWindow: '7 days' },
  });
}

async function create(client: Client, schedule: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create(schedule);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
