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
