import type { Client } from '@temporalio/client';
import { taskQueues } from '@duban/contracts';
import { createSchedule } from '@duban/platform';

const DAILY_REPORT = 'duban-daily-report';

const WEEKLY_REVIEW = 'duban-weekly-review';

const DAILY_REVISITS = 'duban-daily-revisits';

const DAILY_QUALITY_DRAW = 'duban-daily-quality-draw';

const FAULT_SUMMARY = 'duban-fault-summary';

/**
 * All by the centre's clock: the daily report at 18:00 (G15), at the end of the day that it counts; the complaint review on
 * Mondays at 08:30 (K6), the fault summary at 08:00 (F3). Creating them again changes only the zone.
 */
export async function createSchedules(client: Client, timezone: string): Promise<void> {
  await createSchedule(client, {
    scheduleId: DAILY_REPORT,
    spec: { calendars: [{ hour: 18, comment: '每日 18:00' }], timezone },
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
  // Before the revisit group and the supervisors begin their day (R1; issue 5, section 7).
  for (const [scheduleId, workflowType, hour, staticSummary] of [
    [DAILY_REVISITS, 'dailyRevisits', 7, '到期回访 · due revisits'],
    [DAILY_QUALITY_DRAW, 'dailyQualityDraw', 6, '质检抽样 · quality draw'],
  ] as const)
    await createSchedule(client, {
      scheduleId,
      spec: { calendars: [{ hour, comment: `每日 0${hour}:00` }], timezone },
      action: {
        type: 'startWorkflow',
        ...{ workflowType, workflowId: scheduleId, taskQueue: taskQueues.orchestrator, args: [{}], staticSummary },
      },
      // One run makes up for every one missed.
      policies: { overlap: 'BUFFER_ONE', catchupWindow: '1 day' },
    });
  await createSchedule(client, {
    scheduleId: WEEKLY_REVIEW,
    spec: {
      calendars: [{ dayOfWeek: 'MONDAY', hour: 8, minute: 30, comment: '每周一 08:30' }],
      timezone,
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
  await createSchedule(client, {
    scheduleId: FAULT_SUMMARY,
    spec: { calendars: [{ dayOfWeek: 'MONDAY', hour: 8, comment: '每周一 08:00' }], timezone },
    action: {
      type: 'startWorkflow',
      workflowType: 'faultSummary',
      workflowId: FAULT_SUMMARY,
      taskQueue: taskQueues.orchestrator,
      args: [{}],
      staticSummary: '故障周报 · fault summary',
    },
    policies: { overlap: 'BUFFER_ALL', catchupWindow: '7 days' },
  });
}
