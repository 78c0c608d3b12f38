import { proxyActivities } from '@temporalio/workflow';
import type {
  createArchivingActivities,
  createAssignmentActivities,
  createBusinessActivities,
  createCareActivities,
  createExportActivities,
  createFaultActivities,
  createFaultCallerActivities,
  createNotificationActivities,
  createReportActivities,
  createReviewActivities,
  createTicketActivities,
  createWebhookActivities,
} from '@duban/activities';
import { taskQueues } from '@duban/contracts';

type Assignment = ReturnType<typeof createAssignmentActivities>;
type Business = ReturnType<typeof createBusinessActivities>;
type Care = ReturnType<typeof createCareActivities>;
type Notification = ReturnType<typeof createNotificationActivities>;
type Archiving = ReturnType<typeof createArchivingActivities>;
type Faults = ReturnType<typeof createFaultActivities>;
type FaultCallers = ReturnType<typeof createFaultCallerActivities>;
type Exports = ReturnType<typeof createExportActivities>;
type Reviews = ReturnType<typeof createReviewActivities>;
type Reports = ReturnType<typeof createReportActivities>;
type Tickets = ReturnType<typeof createTicketActivities>;
type Webhooks = ReturnType<typeof createWebhookActivities>;

// One proxy per class of repetition. Each effect has a business key, so every one of them may run twice.

/** One PostgreSQL transaction: seconds at most, tried until it succeeds, for nothing may be lost. */
const transaction = { startToCloseTimeout: '30s', retry: { initialInterval: '1s', maximumInterval: '1m' } } as const;

/** A process that was killed is noticed after so long, and its activity tried again; beats cost nothing before that. */
const heartbeatTimeout = '20s';

/** Leaves the building: a gateway may hang for a minute; after a day of trying a person must look (design 9). */
const outside = {
  startToCloseTimeout: '2m',
  heartbeatTimeout,
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '2s', maximumInterval: '10m' },
} as const;

/** Reads a whole history or a whole day: minutes at most. */
const long = {
  startToCloseTimeout: '5m',
  heartbeatTimeout,
  retry: { initialInterval: '2s', maximumInterval: '5m' },
} as const;

export const books = proxyActivities<Tickets>({
  ...transaction,
  taskQueue: taskQueues.orchestrator,
  summary: '登记进展 · bookkeeping',
});
export const links = proxyActivities<Tickets>({
  ...transaction,
  taskQueue: taskQueues.orchestrator,
  summary: '建立关联工单 · linked ticket',
});
export const conversions = proxyActivities<Tickets>({
  ...transaction,
  taskQueue: taskQueues.orchestrator,
  summary: '转换流程 · conversion',
});
export const slots = proxyActivities<Business>({
  ...transaction,
  taskQueue: taskQueues.orchestrator,
  summary: '预约时段 · slot',
});
export const profiles = proxyActivities<Business>({
  ...transaction,
  taskQueue: taskQueues.orchestrator,
  summary: '客户资料变更 · profile change',
});
export const afterSalesRules = proxyActivities<Business>({
  ...transaction,
  taskQueue: taskQueues.orchestrator,
  summary: '核对售后政策 · policy check',
});
export const policies = proxyActivities<Tickets>({
  ...transaction,
  taskQueue: taskQueues.orchestrator,
  summary: '读取时限策略 · policy version',
});
export const assignment = proxyActivities<Assignment>({
  ...transaction,
  taskQueue: taskQueues.assignment,
  summary: '派单 · assignment',
});
export const notification = proxyActivities<Notification>({ ...outside, taskQueue: taskQueues.notification });
/** Thousands of customers in batches; what is told stays told when it begins anew. */
export const callers = proxyActivities<FaultCallers>({
  ...outside,
  startToCloseTimeout: '1h',
  taskQueue: taskQueues.notification,
  summary: '通知故障来电客户 · callers of a fault',
});
/** Thousands of signals in batches. */
export const faults = proxyActivities<Faults>({
  ...long,
  startToCloseTimeout: '1h',
  taskQueue: taskQueues.orchestrator,
  summary: '故障公告 · fault announcement',
});
export const summaries = proxyActivities<Faults>({
  ...long,
  taskQueue: taskQueues.orchestrator,
  summary: '故障周报 · fault summary',
});
export const archiving = proxyActivities<Archiving>({
  ...long,
  taskQueue: taskQueues.archiving,
  summary: '归档 · archiving',
});
export const reports = proxyActivities<Reports>({
  ...long,
  taskQueue: taskQueues.orchestrator,
  summary: '日报表 · daily report',
});
export const exports = proxyActivities<Exports>({
  ...long,
  // Half a million rows take minutes; what fails for an hour is told to whoever asked.
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '1h',
  taskQueue: taskQueues.orchestrator,
  summary: '导出 · export',
});
export const care = proxyActivities<Care>({
  ...long,
  taskQueue: taskQueues.orchestrator,
  summary: '回访与质检 · revisits and checks',
});
export const reviews = proxyActivities<Reviews>({
  ...long,
  taskQueue: taskQueues.orchestrator,
  summary: '投诉周报 · complaint review',
});
/** Sends a batch within two minutes; what did not get through is in its table, so the activity itself fails only with the database. */
export const webhooks = proxyActivities<Webhooks>({
  startToCloseTimeout: '2m',
  heartbeatTimeout,
  retry: { initialInterval: '2s', maximumInterval: '5m' },
  taskQueue: taskQueues.notification,
  summary: '对外推送 · webhooks',
});
