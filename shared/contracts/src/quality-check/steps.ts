import * as common from '../common/steps';
import { field } from '../fields';
import { step } from '../steps';

/** Why a ticket is drawn for a check. */
export const qualityRuleKinds = ['random', 'low-score', 'overdue', 'new-staff'] as const;
export type QualityRuleKind = (typeof qualityRuleKinds)[number];

/** One item of a form as a check's workflow knows it; a fatal one without a point fails the whole. */
export interface CheckedItem {
  id: string;
  weight: number;
  max: number;
  fatal?: true;
}

/** What a quality check's workflow knows: codes, ids and numbers. */
export interface CheckStart {
  /** Who handled the ticket that is checked. */
  agent: string;
  rule: string;
  /** `id:version` of the form. */
  form: string;
  passPercent: number;
  items: CheckedItem[];
}

/** The item whose points are missing, unknown or beyond its maximum; null when all is well. */
export function wrongPoints(items: CheckedItem[], points: Record<string, number>): string | null {
  const unknown = Object.keys(points).find((id) => !items.some((item) => item.id === id));
  return unknown ?? items.find(({ id, max }) => !((points[id] ?? -1) >= 0 && points[id]! <= max))?.id ?? null;
}

/** Percent of what could be reached, by weight, and whether that passes; a fatal item without a point fails it. */
export function scoreOf(
  { items, passPercent }: Pick<CheckStart, 'items' | 'passPercent'>,
  points: Record<string, number>,
): { percent: number; passed: boolean } {
  const whole = items.reduce((sum, { weight }) => sum + weight, 0);
  const got = items.reduce((sum, { id, weight, max }) => sum + (weight * (points[id] ?? 0)) / max, 0);
  const failed = items.some(({ id, fatal }) => fatal && !points[id]);
  const percent = failed ? 0 : Math.round((1000 * got) / whole) / 10;
  return { percent, passed: percent >= passPercent && !failed };
}

/** Quality check 质检. */
export const qualityCheckSteps = {
  score: step({
    label: { zh: '质检评分', en: 'Score' },
    by: ['handler', 'supervisor'],
    command: { points: field.points('各项得分', 'Points by item') },
    material: { remarks: field.text('评语', 'Remarks', 4000, true) },
  }),
  'accept-score': step({
    label: { zh: '确认质检结果', en: 'Accept the score' },
    by: ['checked-agent'],
    command: {},
    material: { note: field.text('说明', 'Note', 1000, true) },
  }),
  appeal: step({
    label: { zh: '申诉', en: 'Appeal' },
    by: ['checked-agent'],
    command: {},
    material: { reason: field.text('申诉理由', 'Reason', 4000) },
  }),
  'decide-appeal': step({
    label: { zh: '裁定申诉', en: 'Decide the appeal' },
    by: ['supervisor', 'team-leader'],
    command: {
      upheld: field.flag('申诉成立', 'Upheld'),
      points: field.points('重新评分', 'New points by item', true),
    },
    material: { reason: field.text('裁定理由', 'Reason', 4000) },
    rule: (c) => (c.upheld && c.points === undefined ? { field: 'points', code: 'required' } : null),
    revision: true,
  }),
  'confirm-receipt': common.confirmReceipt,
  reassign: common.reassign,
  'move-policy': common.movePolicy,
  ...common.hand,
};
