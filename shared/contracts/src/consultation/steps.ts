import * as common from '../common/steps';
import { field } from '../fields';
import { step } from '../steps';

export const problemTypes = ['technical', 'billing', 'account', 'order', 'policy', 'other'] as const;
export const urgencies = ['normal', 'urgent', 'critical'] as const;

/** Consultation 咨询 (C1–C3). */
export const consultationSteps = {
  'confirm-receipt': common.confirmReceipt,
  reply: common.reply,
  'hand-over': step({
    label: { zh: '转交', en: 'Hand over' },
    by: ['handler', 'team-leader', 'supervisor'],
    command: {
      to: field.code('转交给', 'To', ['supervisor', 'department']),
      department: field.id('业务部门', 'Department', 'department', true),
      problemType: field.code('问题类型', 'Problem type', problemTypes),
      urgency: field.code('紧急程度', 'Urgency', urgencies),
    },
    material: { note: field.text('说明', 'Note', 2000) },
    rule: (c) => (c.to === 'department' && !c.department ? { field: 'department', code: 'required' } : null),
  }),
  'request-answer': step({
    label: { zh: '提交请求单', en: 'Request an answer' },
    by: ['handler'],
    command: { problemType: field.code('问题类型', 'Problem type', problemTypes, true) },
    material: {
      question: field.text('待解答问题', 'Question', 4000),
      callback: field.text('回呼电话', 'Callback number', 30, true),
    },
  }),
  'provide-answer': step({
    label: { zh: '提供答案', en: 'Provide the answer' },
    by: ['team-leader', 'supervisor', 'department'],
    command: {},
    material: { answer: field.text('答案', 'Answer', 8000) },
    signal: true,
  }),
  'wait-for-customer': common.waitForCustomer,
  'customer-replied': common.customerReplied,
  'request-help': common.requestHelp,
  'give-help': common.giveHelp,
  'withdraw-help': common.withdrawHelp,
  'report-progress': common.reportProgress,
  urge: common.urge,
  reassign: common.reassign,
  'pick-up': common.pickUp,
  'move-policy': common.movePolicy,
  escalate: common.escalate,
  resolve: step({
    label: { zh: '处理完成', en: 'Resolve' },
    by: ['handler'],
    command: {},
    material: { result: field.text('处理结果', 'Result', 8000) },
  }),
  'confirm-with-customer': step({
    label: { zh: '客户确认', en: 'Confirm with the customer' },
    by: ['handler', 'customer'],
    command: { satisfied: field.flag('客户满意', 'Customer satisfied') },
    material: { feedback: field.text('客户反馈', 'Feedback', 4000, true) },
  }),
  'submit-survey': common.submitSurvey,
  'record-follow-up': common.recordFollowUp,
  withdraw: common.withdraw,
  reopen: common.reopen,
  merge: common.merge,
};
