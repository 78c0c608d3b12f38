import * as common from '../common/steps';
import { field } from '../fields';
import { step } from '../steps';

/** How a revisit reaches the customer (R1): 电话访谈, 在线问卷, 电子邮件. */
export const revisitChannels = ['phone', 'online', 'email'] as const;
export type RevisitChannel = (typeof revisitChannels)[number];

/** What a score of a questionnaire means, where it means what a survey's score does (G12). */
export const surveyMeasures = ['efficiency', 'attitude', 'solution'] as const;
export type SurveyMeasure = (typeof surveyMeasures)[number];

/** What a revisit's workflow knows of its plan: codes, ids and instants (UTC ms). */
export interface RevisitStart {
  plan: string;
  /** `id:version` of the questionnaire. */
  questionnaire: string;
  channel: RevisitChannel;
  /** The time of day that suits the customer begins then. */
  notBefore?: number;
  /** The questions answered by a score. */
  questions: Array<{ id: string; measure?: SurveyMeasure; optional?: true }>;
}

/** Proactive revisit 回访 (R1). */
export const revisitSteps = {
  'record-attempt': step({
    label: { zh: '记录回访联系', en: 'Record an attempt' },
    by: ['handler', 'revisit-group', 'supervisor'],
    command: {
      result: field.code('联系结果', 'Result', ['reached', 'no-answer', 'refused']),
      nextAt: field.instant('下次联系时间', 'Next attempt at', true),
    },
    material: { note: field.text('说明', 'Note', 2000, true) },
  }),
  'record-answers': step({
    label: { zh: '记录回访答案', en: 'Record the answers' },
    by: ['handler', 'revisit-group', 'supervisor', 'customer'],
    command: {
      scores: field.points('评分', 'Scores'),
      problem: field.code('新问题或需求', 'New problem or need', ['consultation', 'complaint'], true),
      category: field.id('新工单分类', 'Its category', 'category', true),
    },
    material: {
      answers: field.form('其他答案', 'Other answers', true),
      need: field.text('新问题或需求的内容', 'What the problem or need is', 4000, true),
    },
  }),
  'confirm-receipt': common.confirmReceipt,
  reassign: common.reassign,
  'pick-up': common.pickUp,
  'move-policy': common.movePolicy,
  ...common.hand,
};
