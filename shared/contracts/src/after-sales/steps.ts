import * as common from '../common/steps';
import { field } from '../fields';
import { step } from '../steps';
import {
  type ServiceStage,
  causeLabels,
  conditions,
  paidKinds,
  serviceKinds,
  serviceStageLabels,
  wantedMaterials,
} from './kinds';

/** After-sales 售后 (A1). Amounts are fen of RMB. */
export const afterSalesSteps = {
  'check-policy': step({
    label: { zh: '核对售后政策', en: 'Check the policy' },
    by: ['handler', 'supervisor'],
    command: {
      condition: field.code('商品状况', 'Condition', conditions),
      purchasedAt: field.instant('购买时间', 'Purchased at'),
    },
    material: { note: field.text('说明', 'Note', 2000, true) },
  }),
  'apply-service': step({
    label: { zh: '提交售后申请', en: 'Apply for the service' },
    by: ['handler', 'supervisor'],
    command: {
      kind: field.code('售后方式', 'Kind', serviceKinds),
      amountFen: field.count('金额(分)', 'Amount in fen', true),
    },
    material: {
      description: field.text('问题描述', 'Description', 4000),
      address: field.text('取送地址', 'Address', 500, true),
    },
    rule: (c) => (paidKinds.includes(c.kind) && !c.amountFen ? { field: 'amountFen', code: 'required' } : null),
  }),
  'record-material': step({
    label: { zh: '登记材料', en: 'Record material' },
    by: ['handler', 'supervisor'],
    command: {
      codes: field.codes('材料', 'Material', wantedMaterials),
      attachments: field.ids('附件', 'Attachments', 'material', true),
      waived: field.flag('免于提供', 'Waived', true),
    },
    material: { note: field.text('说明', 'Note', 2000, true) },
  }),
  'review-application': step({
    label: { zh: '审核申请', en: 'Review the application' },
    by: ['handler', 'team-leader', 'supervisor'],
    command: {
      passed: field.flag('审核通过', 'Passed'),
      cause: field.code('问题原因', 'Cause', Object.keys(causeLabels) as Array<keyof typeof causeLabels>),
      reason: field.code('不通过原因', 'Why not', ['not-covered', 'not-proved', 'misused'], true),
      department: field.id('实施部门', 'Department', 'department', true),
    },
    material: { note: field.text('审核意见', 'Note', 4000) },
    rule: (c) => (!c.passed && !c.reason ? { field: 'reason', code: 'required' } : null),
  }),
  'approve-refund': step({
    label: { zh: '批准退款或补偿', en: 'Approve the amount' },
    by: ['team-leader', 'supervisor'],
    command: { amountFen: field.count('金额(分)', 'Amount in fen') },
    material: { note: field.text('意见', 'Note', 2000, true) },
    revision: true,
  }),
  'reject-refund': step({
    label: { zh: '驳回退款或补偿', en: 'Reject the amount' },
    by: ['team-leader', 'supervisor'],
    command: {},
    material: { reason: field.text('驳回原因', 'Reason', 2000) },
    revision: true,
  }),
  'record-service-stage': step({
    label: { zh: '登记售后进展', en: 'Record how far it is' },
    by: ['department', 'handler', 'supervisor'],
    command: { stage: field.code('进展', 'Stage', Object.keys(serviceStageLabels) as ServiceStage[]) },
    material: { note: field.text('说明', 'Note', 2000, true) },
    signal: true,
  }),
  'record-refund': step({
    label: { zh: '登记付款', en: 'Record the payment' },
    by: ['department', 'handler', 'supervisor'],
    command: {
      amountFen: field.count('金额(分)', 'Amount in fen'),
      method: field.code('付款方式', 'Method', ['original', 'bank', 'coupon', 'other']),
    },
    material: { reference: field.text('付款凭证号', 'Reference', 200) },
    signal: true,
  }),
  'confirm-with-customer': common.confirmWithCustomer,
  'record-call-back': common.recordCallBack,
  ...common.ofEveryTicket,
};
