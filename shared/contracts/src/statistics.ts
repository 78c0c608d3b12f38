import type { Label } from './fields';
import type { Outcome } from './snapshot';

/** Ends at which nobody's matter was settled: they count in no resolution time and in no share of resolved tickets. */
export const unsettledOutcomes: Outcome[] = ['merged', 'withdrawn', 'cancelled', 'rejected', 'not-reached', 'refused'];

/** What is counted or timed (G15), and the figures of each; `time` says which instant places a ticket in a period. */
export const measures = {
  intake: { label: { zh: '受理量', en: 'Intake' }, time: 'created', values: ['count'] },
  closed: {
    label: { zh: '办结量', en: 'Closed' },
    time: 'closed',
    values: ['count', 'resolved', 'withdrawn', 'merged', 'cancelled', 'share'],
  },
  'first-response': {
    label: { zh: '首次响应时长', en: 'First response' },
    time: 'created',
    values: ['count', 'medianMs', 'p90Ms'],
  },
  resolution: {
    label: { zh: '解决时长', en: 'Resolution' },
    time: 'closed',
    values: ['count', 'medianMs', 'p90Ms'],
  },
  timeliness: {
    label: { zh: '时限达成', en: 'Timeliness' },
    time: 'created',
    values: ['met', 'breached', 'share'],
  },
  satisfaction: {
    label: { zh: '满意度', en: 'Satisfaction' },
    time: 'closed',
    values: [
      ...['count', 'satisfied', 'basicallySatisfied', 'dissatisfied', 'share'],
      ...['efficiency', 'attitude', 'solution', 'followUps'],
    ],
  },
  overdue: {
    label: { zh: '超时工单', en: 'Overdue' },
    time: 'created',
    values: ['count', 'total', 'share'],
  },
  reopened: {
    label: { zh: '重新打开', en: 'Re-opened' },
    time: 'created',
    values: ['count', 'total', 'share'],
  },
  backlog: {
    label: { zh: '在办积压', en: 'Backlog' },
    time: 'open',
    values: [
      ...['open', 'overdue', 'medianAgeMs', 'p90AgeMs', 'oldestAgeMs'],
      ...['upToOneDay', 'upToThreeDays', 'upToSevenDays', 'older'],
    ],
  },
} as const satisfies Record<string, { label: Label; time: 'created' | 'closed' | 'open'; values: readonly string[] }>;
export type Measure = keyof typeof measures;
export const measureNames = Object.keys(measures) as Measure[];

/** By what figures are broken down. A ticket counts once for each of its departments, once a clock for `clock`. */
export const dimensionLabels = {
  day: { zh: '日', en: 'Day' },
  week: { zh: '周(周一)', en: 'Week (its Monday)' },
  month: { zh: '月(首日)', en: 'Month (its first day)' },
  process: { zh: '流程', en: 'Process' },
  type: { zh: '类型', en: 'Type' },
  category: { zh: '分类', en: 'Category' },
  group: { zh: '服务组', en: 'Group' },
  handler: { zh: '处理人员', en: 'Handler' },
  department: { zh: '部门', en: 'Department' },
  channel: { zh: '渠道', en: 'Channel' },
  priority: { zh: '优先级', en: 'Priority' },
  grade: { zh: '总体评价', en: 'Grade' },
  clock: { zh: '时限', en: 'Clock' },
} as const satisfies Record<string, Label>;
export type Dimension = keyof typeof dimensionLabels;
export const dimensions = Object.keys(dimensionLabels) as Dimension[];
export const timeDimensions = ['day', 'week', 'month'] as const satisfies readonly Dimension[];
export type TimeDimension = (typeof timeDimensions)[number];

/** Figures as people read them; a name that ends in `Ms` is a duration, `share` is 0–1. */
export const figureLabels: Record<string, Label> = {
  count: { zh: '数量', en: 'Count' },
  total: { zh: '总数', en: 'Total' },
  resolved: { zh: '已解决', en: 'Resolved' },
  withdrawn: { zh: '撤回', en: 'Withdrawn' },
  merged: { zh: '合并', en: 'Merged' },
  cancelled: { zh: '取消', en: 'Cancelled' },
  share: { zh: '占比', en: 'Share' },
  medianMs: { zh: '中位数', en: 'Median' },
  p90Ms: { zh: '90 分位', en: '90th percentile' },
  met: { zh: '按时', en: 'Met' },
  breached: { zh: '超时', en: 'Breached' },
  satisfied: { zh: '满意', en: 'Satisfied' },
  basicallySatisfied: { zh: '基本满意', en: 'Basically satisfied' },
  dissatisfied: { zh: '不满意', en: 'Dissatisfied' },
  efficiency: { zh: '效率均分', en: 'Efficiency, mean' },
  attitude: { zh: '态度均分', en: 'Attitude, mean' },
  solution: { zh: '方案均分', en: 'Solution, mean' },
  followUps: { zh: '二次跟进', en: 'Second follow-ups' },
  open: { zh: '在办', en: 'Open' },
  overdue: { zh: '其中超时', en: 'of them overdue' },
  medianAgeMs: { zh: '在办时长中位数', en: 'Median age' },
  p90AgeMs: { zh: '在办时长 90 分位', en: '90th percentile of age' },
  oldestAgeMs: { zh: '最长在办时长', en: 'Oldest' },
  upToOneDay: { zh: '1 天以内', en: 'Up to a day' },
  upToThreeDays: { zh: '1–3 天', en: '1–3 days' },
  upToSevenDays: { zh: '3–7 天', en: '3–7 days' },
  older: { zh: '7 天以上', en: 'Older' },
};
