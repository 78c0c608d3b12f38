import * as common from '../common/steps';
import { field } from '../fields';
import { step } from '../steps';

export const liabilities = ['agent-error', 'system-fault', 'process-defect', 'external-factor'] as const;
export type Liability = (typeof liabilities)[number];
export const compensations = ['coupon', 'service-upgrade', 'refund', 'goodwill', 'none'] as const;

/** What a solution must contain, by liability (K3; the last one is ours). */
export const solutionNeeds: Record<Liability, readonly ('apologyBy' | 'compensation' | 'dueAt')[]> = {
  'agent-error': ['apologyBy', 'compensation', 'dueAt'],
  'system-fault': ['compensation', 'dueAt'],
  'process-defect': ['dueAt'],
  'external-factor': ['compensation'],
};

/** Complaint 投诉 (K1–K5). */
export const complaintSteps = {
  'form-group': step({
    label: { zh: '成立调查小组', en: 'Form the investigation group' },
    by: ['supervisor'],
    command: {
      lead: field.id('组长', 'Lead', 'staff'),
      members: field.ids('组员', 'Members', 'staff', true),
      departments: field.ids('涉事部门', 'Departments concerned', 'department', true),
    },
    material: { note: field.text('说明', 'Note', 1000, true) },
  }),
  'add-evidence': step({
    label: { zh: '补充证据', en: 'Add evidence' },
    by: ['investigator', 'handler', 'supervisor', 'department'],
    command: { kind: field.code('证据类型', 'Kind', ['recording', 'chat', 'system-log', 'document']) },
    material: {
      reference: field.text('证据编号', 'Reference', 200),
      note: field.text('说明', 'Note', 2000, true),
    },
    signal: true,
  }),
  'submit-report': step({
    label: { zh: '提交调查报告', en: 'Submit the investigation report' },
    by: ['investigator', 'supervisor'],
    command: {
      liability: field.code('责任认定', 'Liability', liabilities),
      side: field.code('责任方', 'Responsible side', ['product', 'logistics', 'service']),
      substantiated: field.flag('投诉属实', 'Substantiated'),
      department: field.id('责任部门', 'Responsible department', 'department', true),
    },
    material: { findings: field.text('调查结论', 'Findings', 8000) },
  }),
  'propose-solution': step({
    label: { zh: '提出解决方案', en: 'Propose a solution' },
    by: ['handler', 'supervisor'],
    command: {
      liability: field.code('责任认定', 'Liability', liabilities),
      apologyBy: field.id('致歉主管', 'Apology by', 'staff', true),
      compensation: field.code('补偿', 'Compensation', compensations, true),
      dueAt: field.instant('完成期限', 'Due', true),
    },
    material: {
      action: field.text('方案内容', 'Action', 4000),
      compensationDetail: field.text('补偿说明', 'Compensation', 1000, true),
    },
    rule: (c) => {
      const missing = solutionNeeds[c.liability].find((name) => c[name] === undefined);
      return missing ? { field: missing, code: 'required' } : null;
    },
  }),
  'record-consent': step({
    label: { zh: '记录客户确认', en: "Record the customer's consent" },
    by: ['handler', 'supervisor'],
    command: {
      accepted: field.flag('客户同意', 'Accepted'),
      form: field.code('确认形式', 'Form', ['written', 'voice']),
      evidence: field.id('凭证编号', "Evidence's id", 'material', true),
    },
    material: { note: field.text('说明', 'Note', 2000, true) },
    rule: (c) => (c.accepted && !c.evidence ? { field: 'evidence', code: 'required' } : null),
  }),
  'complete-rectification': step({
    label: { zh: '完成整改', en: 'Complete the rectification' },
    by: ['department', 'handler', 'supervisor'],
    command: {},
    material: { result: field.text('整改情况', 'What was done', 4000) },
    signal: true,
  }),
  'verify-rectification': step({
    label: { zh: '核验整改', en: 'Verify the rectification' },
    by: ['supervisor'],
    command: { accepted: field.flag('核验通过', 'Accepted') },
    material: { note: field.text('意见', 'Note', 2000, true) },
    revision: true,
  }),
  'record-revisit': step({
    label: { zh: '记录二次回访', en: 'Record the revisit' },
    by: ['supervisor', 'revisit-group'],
    command: {
      satisfied: field.flag('客户满意', 'Satisfied'),
      effective: field.flag('整改有效', 'Rectification effective'),
    },
    material: { text: field.text('回访情况', 'Revisit', 4000) },
  }),
  ...common.ofEveryTicket,
};
