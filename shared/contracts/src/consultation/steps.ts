import * as common from '../common/steps';
import { field } from '../fields';
import type { Process } from '../snapshot';
import { step } from '../steps';

export const problemTypes = ['technical', 'billing', 'account', 'order', 'policy', 'other'] as const;
export const urgencies = ['normal', 'urgent', 'critical'] as const;

/** What a consultation may turn out to be. */
export const convertible = [
  'complaint',
  'after-sales',
  'fault',
  'technical-support',
] as const satisfies readonly Process[];

const needs: Partial<Record<Process, readonly ('occurredAt' | 'demands' | 'area' | 'service')[]>> = {
  complaint: ['occurredAt', 'demands'],
  fault: ['area', 'service'],
};

/** Consultation 咨询 (C1–C3). */
export const consultationSteps = {
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
  convert: step({
    label: { zh: '转为其他流程', en: 'Convert' },
    by: ['handler', 'team-leader', 'supervisor'],
    command: {
      to: field.code('目标流程', 'To', convertible),
      category: field.id('类别', 'Category', 'category'),
      occurredAt: field.instant('发生时间', 'Occurred at', true),
      area: field.id('区域', 'Area', 'code', true),
      service: field.id('业务', 'Service', 'code', true),
      demands: field.codes('客户诉求', 'Demands', ['apology', 'compensation', 'rectification'], true),
    },
    material: {
      reason: field.text('转换原因', 'Reason', 2000),
      cause: field.text('投诉原因', 'Cause', 2000, true),
      persons: field.text('涉及人员', 'Persons involved', 500, true),
    },
    revision: true,
    // The core elements of a complaint (K1), and where and what a fault is (F1).
    rule: (c) => {
      const missing = needs[c.to]?.find((name) => c[name] === undefined);
      return missing ? { field: missing, code: 'required' } : null;
    },
  }),
  resolve: common.resolve,
  'confirm-with-customer': common.confirmWithCustomer,
  ...common.ofEveryTicket,
};
