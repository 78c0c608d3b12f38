import * as common from '../common/steps';
import { field } from '../fields';
import { step } from '../steps';

/** Cross-department escalation 跨部门升级 (E1–E5). */
export const escalationSteps = {
  approve: step({
    label: { zh: '批准升级', en: 'Approve' },
    by: ['supervisor'],
    command: {
      departments: field.ids('协作部门', 'Departments', 'department', true),
      committee: field.flag('提交升级管理委员会', 'To the committee', true),
    },
    material: { note: field.text('意见', 'Note', 2000, true) },
    revision: true,
    rule: (c) => (!c.committee && !c.departments?.length ? { field: 'departments', code: 'required' } : null),
  }),
  reject: step({
    label: { zh: '驳回升级', en: 'Reject' },
    by: ['supervisor'],
    command: {},
    material: { reason: field.text('驳回理由', 'Reason', 2000) },
    revision: true,
  }),
  acknowledge: common.acknowledge,
  'report-progress': common.reportProgress,
  'tell-progress': step({
    label: { zh: '向客户同步进度', en: 'Tell the customer the progress' },
    by: ['handler', 'supervisor'],
    command: { form: field.code('方式', 'Form', ['phone', 'written', 'sms']) },
    material: { text: field.text('进度', 'Progress', 4000) },
  }),
  'raise-dispute': step({
    label: { zh: '提出争议', en: 'Raise a dispute' },
    by: ['department'],
    command: { department: field.id('部门', 'Department', 'department') },
    material: { reason: field.text('争议事由', 'Reason', 4000) },
    signal: true,
  }),
  'record-ruling': step({
    label: { zh: '记录裁定', en: 'Record the ruling' },
    by: ['committee'],
    command: {
      department: field.id('责任部门', 'Responsible department', 'department'),
      dueAt: field.instant('解决时限', 'Deadline'),
    },
    material: { minutes: field.text('会议纪要', 'Minutes', 20000) },
  }),
  'deliver-result': step({
    label: { zh: '反馈结果', en: 'Deliver the result' },
    by: ['department'],
    command: { department: field.id('部门', 'Department', 'department') },
    material: { result: field.text('最终方案', 'Result', 8000) },
    signal: true,
  }),
  'tell-customer': step({
    label: { zh: '告知客户', en: 'Tell the customer' },
    by: ['handler', 'supervisor'],
    command: {
      accepted: field.flag('客户接受', 'Accepted'),
      form: field.code('告知方式', 'Form', ['written', 'phone']),
    },
    material: { text: field.text('告知内容与客户意见', 'What was said', 4000) },
  }),
  urge: common.urge,
  reassign: common.reassign,
  'move-policy': common.movePolicy,
  withdraw: common.withdraw,
  ...common.hand,
};
