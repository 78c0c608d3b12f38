import type { Label } from '../fields';

/** By what the results of quality checks are broken down. */
export const qualityDimensionLabels = {
  agent: { zh: '被质检人', en: 'Agent' },
  group: { zh: '服务组', en: 'Group' },
  rule: { zh: '抽检规则', en: 'Rule' },
  item: { zh: '评分项', en: 'Item' },
  month: { zh: '月(首日)', en: 'Month (its first day)' },
} as const satisfies Record<string, Label>;
export type QualityDimension = keyof typeof qualityDimensionLabels;
export const qualityDimensions = Object.keys(qualityDimensionLabels) as QualityDimension[];

export const qualityFigureLabels = {
  checks: { zh: '质检数', en: 'Checks' },
  averagePercent: { zh: '平均得分', en: 'Average of 100' },
  passRate: { zh: '合格率', en: 'Pass rate' },
  appeals: { zh: '申诉数', en: 'Appeals' },
  upheld: { zh: '申诉成立', en: 'Appeals upheld' },
} as const satisfies Record<string, Label>;

export const revisitFigureLabels = {
  planned: { zh: '计划数', en: 'Planned' },
  leftOut: { zh: '未安排', en: 'Left out' },
  open: { zh: '进行中', en: 'Open' },
  reached: { zh: '已联系上', en: 'Reached' },
  answered: { zh: '已答复', en: 'Answered' },
  notReached: { zh: '未联系上', en: 'Not reached' },
  refused: { zh: '拒绝回访', en: 'Refused' },
  attempts: { zh: '联系次数', en: 'Attempts' },
  averageScore: { zh: '平均评分', en: 'Average score' },
  lowScores: { zh: '低分', en: 'Low scores' },
} as const satisfies Record<string, Label>;
