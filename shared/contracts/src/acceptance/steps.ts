import * as common from '../common/steps';
import { type Label, field } from '../fields';
import { step } from '../steps';

/** What a kind of business is, and so which steps it goes through (B1). */
export const businessKinds = ['reservation', 'marketing', 'profile-change', 'general'] as const;
export type BusinessKind = (typeof businessKinds)[number];

/** How a customer shows who they are: questions answered, or a document seen. */
export const identityMethods = ['questions', 'document'] as const;
export type IdentityMethod = (typeof identityMethods)[number];
/** What a kind of business asks for; `questions` is content with a document, too. */
export const identityLevels = ['none', ...identityMethods] as const;
export type IdentityLevel = (typeof identityLevels)[number];
export const identityLabels: Record<IdentityLevel, Label> = {
  none: { zh: '不核验', en: 'None' },
  questions: { zh: '问答或证件', en: 'Questions or document' },
  document: { zh: '须核验证件', en: 'Document' },
};

/** Business acceptance 业务受理 (B1). */
export const acceptanceSteps = {
  'check-identity': step({
    label: { zh: '核验身份', en: 'Check the identity' },
    by: ['handler', 'supervisor'],
    command: {
      method: field.code('核验方式', 'Method', identityMethods),
      passed: field.flag('核验通过', 'Passed'),
    },
    material: { seen: field.text('核验情况', 'What was asked or seen', 2000) },
  }),
  reserve: step({
    label: { zh: '预约', en: 'Reserve' },
    by: ['handler', 'supervisor'],
    command: { slot: field.id('时段', 'Slot', 'slot') },
    material: { note: field.text('说明', 'Note', 1000, true) },
  }),
  rebook: step({
    label: { zh: '改约', en: 'Rebook' },
    by: ['handler', 'supervisor'],
    command: { slot: field.id('时段', 'Slot', 'slot') },
    material: { note: field.text('说明', 'Note', 1000, true) },
  }),
  'cancel-reservation': step({
    label: { zh: '取消预约', en: 'Cancel the reservation' },
    by: ['handler', 'supervisor', 'customer'],
    command: {},
    material: { reason: field.text('取消原因', 'Reason', 1000, true) },
  }),
  'record-attendance': step({
    label: { zh: '登记到访', en: 'Record attendance' },
    by: ['handler', 'supervisor'],
    command: { attended: field.flag('客户已到', 'Attended') },
    material: { note: field.text('说明', 'Note', 1000, true) },
  }),
  'record-offer': step({
    label: { zh: '登记推介结果', en: 'Record the offer' },
    by: ['handler', 'supervisor'],
    command: {
      outcome: field.code('推介结果', 'Outcome', ['accepted', 'declined', 'later']),
      nextAt: field.instant('下次联系时间', 'Next contact at', true),
    },
    material: { offer: field.text('推介内容与客户意见', 'Offer and what the customer said', 4000) },
    rule: (c) => (c.outcome === 'later' && c.nextAt === undefined ? { field: 'nextAt', code: 'required' } : null),
  }),
  'approve-change': step({
    label: { zh: '批准资料变更', en: 'Approve the change' },
    by: ['team-leader', 'supervisor'],
    command: {},
    material: { note: field.text('意见', 'Note', 1000, true) },
    revision: true,
  }),
  'reject-change': step({
    label: { zh: '驳回资料变更', en: 'Reject the change' },
    by: ['team-leader', 'supervisor'],
    command: {},
    material: { reason: field.text('驳回原因', 'Reason', 2000) },
    revision: true,
  }),
  'complete-business': step({
    label: { zh: '办结业务', en: 'Complete the business' },
    by: ['handler', 'supervisor'],
    command: {},
    material: { result: field.text('办理结果', 'Result', 8000) },
  }),
  'add-business': step({
    label: { zh: '加办业务', en: 'Add another business' },
    by: ['handler', 'supervisor'],
    command: {
      service: field.id('业务', 'Business', 'service'),
      category: field.id('类别', 'Category', 'category'),
    },
    material: {
      content: field.text('业务内容', 'Content', 8000, true),
      form: field.form('业务表单', 'Form', true),
    },
  }),
  'confirm-with-customer': common.confirmWithCustomer,
  ...common.ofEveryTicket,
};
