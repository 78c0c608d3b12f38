import * as common from '../common/steps';
import { visits } from '../common/visits';
import { field } from '../fields';
import { step } from '../steps';
import { faultCauses } from './causes';

export const diagnoses = ['solved-remotely', 'dispatch', 'not-a-fault'] as const;
export type Diagnosis = (typeof diagnoses)[number];

/** Fault report 故障申告 (F1, F3). */
export const faultSteps = {
  diagnose: step({
    label: { zh: '故障诊断', en: 'Diagnose' },
    by: ['handler'],
    command: {
      result: field.code('诊断结果', 'Result', diagnoses),
      cause: field.code('故障原因', 'Cause', faultCauses, true),
    },
    material: { findings: field.text('诊断情况', 'Findings', 4000) },
  }),
  'dispatch-repair': step({
    label: { zh: '派修', en: 'Dispatch to repair' },
    by: ['handler', 'team-leader', 'supervisor'],
    command: { department: field.id('维修部门', 'Repair department', 'department') },
    material: { instructions: field.text('派修说明', 'What is to be repaired', 4000) },
  }),
  acknowledge: common.acknowledge,
  ...visits,
  'still-broken': step({
    label: { zh: '仍未恢复', en: 'Still broken' },
    by: ['customer', 'desk'],
    command: {},
    material: { text: field.text('情况说明', 'What is wrong', 2000, true) },
  }),
  'confirm-with-customer': common.confirmWithCustomer,
  ...common.ofEveryTicket,
};

/** Fault announcement 故障公告 (F2): what operations tell the duty manager, and the manager every agent. */
export const faultAnnouncementSteps = {
  'update-fault': step({
    label: { zh: '更新故障公告', en: 'Update the announcement' },
    by: ['duty-manager', 'supervisor', 'department'],
    command: { expectedAt: field.instant('预计恢复时间', 'Expected recovery', true) },
    material: { progress: field.text('处理进展', 'Progress', 2000) },
    signal: true,
  }),
  'end-fault': step({
    label: { zh: '故障恢复', en: 'The fault is over' },
    by: ['duty-manager', 'supervisor', 'department'],
    command: {},
    material: { result: field.text('恢复情况', 'How it was mended', 2000, true) },
    signal: true,
  }),
  'move-policy': common.movePolicy,
  ...common.hand,
};
