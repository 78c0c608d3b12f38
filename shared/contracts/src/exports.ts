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
