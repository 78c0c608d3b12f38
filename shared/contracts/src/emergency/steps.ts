import * as common from '../common/steps';
import type { Addressee } from '../effects';
import { field } from '../fields';
import { step } from '../steps';

export const emergencyTypes = ['account-safety', 'system-fault', 'other-emergency'] as const;
export const taskOutcomes = ['done', 'not-needed'] as const;
export const emergencyCauses = ['attack', 'software', 'hardware', 'operation', 'supplier', 'other'] as const;

/** One task of an emergency plan as its workflow keeps it; what it says stands with the ticket's form. */
export interface EmergencyTask {
  id: string;
  owner: Addressee;
  limitMs: number;
}
/** The plan that was in force when the emergency was opened (U1). */
export interface EmergencyPlan {
  plan: string | null;
  tasks: EmergencyTask[];
  /** Whom to tell at once, and who comes next while nobody takes command. */
  chain: Addressee[][];
}

/** Emergency 紧急事件 (U1): commanded, worked off by a checklist, cleared, looked back on, revisited. */
export const emergencySteps = {
  'take-command': step({
    label: { zh: '接警指挥', en: 'Take command' },
    by: ['alarmed', 'desk', 'supervisor', 'duty-manager'],
    command: {},
    material: { note: field.text('说明', 'Note', 1000, true) },
  }),
  'complete-task': step({
    label: { zh: '完成应急任务', en: 'Complete a task' },
    by: ['alarmed', 'handler', 'desk', 'supervisor', 'duty-manager', 'department'],
    command: {
      task: field.id('任务', 'Task', 'task'),
      outcome: field.code('结果', 'Outcome', taskOutcomes),
    },
    material: { result: field.text('处理情况', 'What was done', 4000) },
    signal: true,
  }),
  'add-task': step({
    label: { zh: '增加应急任务', en: 'Add a task' },
    by: ['handler', 'supervisor', 'duty-manager'],
    command: {
      owner: field.id('负责人', 'Owner', 'staff', true),
      department: field.id('负责部门', 'Department', 'department', true),
      dueAt: field.instant('完成期限', 'Due'),
    },
    material: { what: field.text('任务内容', 'What is to be done', 2000) },
    rule: (c) => (c.owner || c.department ? null : { field: 'owner', code: 'required' }),
  }),
  'log-entry': step({
    label: { zh: '记录处置日志', en: 'Log' },
    by: ['alarmed', 'handler', 'desk', 'supervisor', 'duty-manager', 'department'],
    command: { kind: field.code('类别', 'Kind', ['decision', 'finding', 'action', 'contact']) },
    material: { text: field.text('内容', 'Entry', 4000) },
    signal: true,
  }),
  'all-clear': step({
    label: { zh: '解除警报', en: 'All clear' },
    by: ['handler', 'supervisor', 'duty-manager'],
    command: {},
    material: { summary: field.text('处置结果', 'Result', 4000) },
    revision: true,
  }),
  'submit-debrief': step({
    label: { zh: '提交复盘报告', en: 'Submit the debrief' },
    by: ['handler', 'supervisor', 'duty-manager'],
    command: { cause: field.code('原因', 'Cause', emergencyCauses) },
    material: {
      course: field.text('事件经过', 'What happened', 8000),
      lessons: field.text('经验教训', 'Lessons', 4000),
      prevention: field.text('预防措施', 'Prevention', 4000, true),
    },
  }),
  'record-call-back': common.recordCallBack,
  reply: common.reply,
  'request-help': common.requestHelp,
  'give-help': common.giveHelp,
  'withdraw-help': common.withdrawHelp,
  urge: common.urge,
  reassign: common.reassign,
  'move-policy': common.movePolicy,
  escalate: common.escalate,
  merge: common.merge,
  ...common.hand,
};
