import type { Label } from './fields';

/** What can be had as a file (G15); each is a list or statistic that a route shows, too. */
export const exportKinds = {
  tickets: { zh: '工单登记表', en: 'Registration table' },
  statistics: { zh: '统计表', en: 'Statistic' },
  'daily-report': { zh: '日报', en: 'Daily report' },
  customers: { zh: '客户档案', en: 'Customers' },
  problems: { zh: '投诉问题库', en: 'Complaint problem library' },
  measures: { zh: '预防措施', en: 'Preventive measures' },
  audit: { zh: '审计记录', en: 'Audit log' },
  calls: { zh: '通话记录', en: 'Call records' },
  conversations: { zh: '会话记录', en: 'Conversations' },
  deliveries: { zh: '短信与邮件发送记录', en: 'Log of texts and e-mails' },
  articles: { zh: '知识库文章', en: 'Knowledge articles' },
  staff: { zh: '员工名册', en: 'Staff' },
  archive: { zh: '归档目录', en: 'Archive' },
  'webhook-deliveries': { zh: '对外推送记录', en: 'Webhook deliveries' },
  departments: { zh: '部门', en: 'Departments' },
  groups: { zh: '客服组', en: 'Groups' },
  skills: { zh: '技能', en: 'Skills' },
  categories: { zh: '工单分类', en: 'Categories' },
  'customer-classes': { zh: '客户类别', en: 'Customer classes' },
  shifts: { zh: '班次表', en: 'Roster' },
  'shift-patterns': { zh: '每周固定班次', en: 'Weekly patterns' },
  absences: { zh: '缺勤', en: 'Absences' },
  policies: { zh: '时限策略版本', en: 'Policy versions' },
  'policy-drafts': { zh: '时限策略草稿', en: 'Policy drafts' },
  calendars: { zh: '节假日与调休', en: 'Public days' },
  'tone-phrases': { zh: '服务用语', en: 'Phrases' },
  'tone-rules': { zh: '服务忌语', en: 'Words to avoid' },
  announcements: { zh: '公告', en: 'Announcements' },
  'knowledge-proposals': { zh: '知识提议', en: 'Knowledge proposals' },
  'retention-rules': { zh: '保存期限', en: 'Retention rules' },
  purges: { zh: '销毁证明', en: 'Purge certificates' },
  tokens: { zh: '接口令牌', en: 'API tokens' },
  webhooks: { zh: '对外推送地址', en: 'Webhooks' },
  'fault-announcements': { zh: '故障公告', en: 'Fault announcements' },
  'fault-scopes': { zh: '故障区域与业务', en: 'Areas and services' },
  'fault-summaries': { zh: '故障周报', en: 'Fault summaries' },
  'revisit-statistics': { zh: '回访统计', en: 'Revisits' },
  'quality-statistics': { zh: '质检统计', en: 'Quality checks' },
  questionnaires: { zh: '回访问卷', en: 'Questionnaires' },
  'revisit-plans': { zh: '回访计划', en: 'Revisit plans' },
  'quality-forms': { zh: '质检评分表', en: 'Quality forms' },
  'quality-rules': { zh: '质检抽样规则', en: 'Quality rules' },
  'service-kinds': { zh: '可受理业务', en: 'Kinds of business' },
  'service-slots': { zh: '预约时段', en: 'Slots' },
  'after-sales-rules': { zh: '售后政策规则', en: 'After-sales rules' },
  'after-sales-statistics': { zh: '售后结果统计', en: 'After-sales results' },
} as const satisfies Record<string, Label>;
export type ExportKind = keyof typeof exportKinds;
export const exportKindNames = Object.keys(exportKinds) as ExportKind[];

export const exportFormats = ['xlsx', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Input of the workflow that makes a file and removes it when its time is over: ids and instants only. */
export interface ExportInput {
  id: string;
  /** UTC ms. */
  expiresAt: number;
}
