import { field } from '../fields';
import { type Stage, stageLabels } from '../labels';
import { step } from '../steps';

/** Steps that several processes share, word for word. */
export const urge = step({
  label: { zh: '催单', en: 'Urge' },
  by: ['customer', 'desk'],
  command: {},
  material: { note: field.text('说明', 'Note', 500, true) },
});

export const reassign = step({
  label: { zh: '改派', en: 'Reassign' },
  by: ['handler', 'team-leader', 'supervisor'],
  command: {
    to: field.id('指定人员', 'To', 'staff', true),
    group: field.id('服务组', 'Group', 'group', true),
  },
  material: { note: field.text('派发说明', 'Note', 1000) },
  revision: true,
});

/** 抢单: whoever of the group is first gets a ticket of its pool (G7). */
export const pickUp = step({
  label: { zh: '抢单', en: 'Pick up' },
  by: ['desk'],
  command: {},
  material: {},
});

/** Running clocks go on under another published version, with the time they have used (G5). */
export const movePolicy = step({
  label: { zh: '转用新版时限策略', en: 'Move to a policy version' },
  by: ['supervisor', 'administrator'],
  command: { to: field.id('策略版本', 'Policy version', 'policy') },
  material: { note: field.text('说明', 'Note', 1000, true) },
});

export const reportProgress = step({
  label: { zh: '更新进度', en: 'Report progress' },
  by: ['handler', 'department', 'supervisor'],
  command: { nextAt: field.instant('下次更新时间', 'Next news at', true) },
  material: { text: field.text('进度', 'Progress', 4000) },
  signal: true,
});

export const waitForCustomer = step({
  label: { zh: '等待客户', en: 'Wait for the customer' },
  by: ['handler', 'supervisor'],
  command: {},
  material: { reason: field.text('等待事由', 'Waiting for', 1000) },
});

export const customerReplied = step({
  label: { zh: '客户已回复', en: 'Customer replied' },
  by: ['customer', 'handler', 'desk'],
  command: {},
  material: { text: field.text('客户回复', 'Reply', 4000, true) },
});

export const confirmReceipt = step({
  label: { zh: '确认接收', en: 'Confirm receipt' },
  by: ['handler'],
  command: {},
  material: {},
});

export const reply = step({
  label: { zh: '答复客户', en: 'Reply' },
  by: ['handler', 'team-leader', 'supervisor'],
  command: { channel: field.code('渠道', 'Channel', ['phone', 'chat', 'email', 'web', 'sms']) },
  material: { text: field.text('答复内容', 'Answer', 8000) },
});

export const resolve = step({
  label: { zh: '处理完成', en: 'Resolve' },
  by: ['handler'],
  command: {},
  material: { result: field.text('处理结果', 'Result', 8000) },
});

export const confirmWithCustomer = step({
  label: { zh: '客户确认', en: 'Confirm with the customer' },
  by: ['handler', 'customer'],
  command: { satisfied: field.flag('客户满意', 'Customer satisfied') },
  material: { feedback: field.text('客户反馈', 'Feedback', 4000, true) },
});

/** The application form of E1; escalation's own intake takes the same fields. */
export const escalationReasons = ['several-departments', 'senior-approval', 'beyond-authority', 'other'] as const;
export const escalate = step({
  label: { zh: '发起升级', en: 'Escalate' },
  by: ['handler', 'team-leader', 'supervisor'],
  command: {
    reasonKind: field.code('升级原因类别', 'Kind of reason', escalationReasons),
    departments: field.ids('建议协作部门', 'Departments proposed', 'department', true),
    committee: field.flag('提交升级管理委员会', 'To the committee', true),
  },
  material: {
    reason: field.text('升级原因', 'Reason', 2000),
    description: field.text('问题描述', 'Description', 4000),
    tried: field.text('已尝试解决方案', 'Tried so far', 4000),
    expected: field.text('预期结果', 'Expected result', 2000),
  },
});

export const withdraw = step({
  label: { zh: '客户撤回', en: 'Withdraw' },
  by: ['customer', 'desk'],
  command: {},
  material: { reason: field.text('撤回原因', 'Reason', 1000, true) },
});

export const reopen = step({
  label: { zh: '重新打开', en: 'Reopen' },
  by: ['customer', 'desk'],
  command: {},
  material: { reason: field.text('原因', 'Reason', 2000) },
});

export const merge = step({
  label: { zh: '合并工单', en: 'Merge' },
  by: ['handler', 'team-leader', 'supervisor'],
  command: { into: field.id('并入工单', 'Into', 'ticket') },
  material: { note: field.text('说明', 'Note', 1000, true) },
  revision: true,
});

export const grades = ['satisfied', 'basically-satisfied', 'dissatisfied'] as const;
export const submitSurvey = step({
  label: { zh: '提交满意度评价', en: 'Submit survey' },
  by: ['customer'],
  command: {
    grade: field.code('总体评价', 'Grade', grades),
    efficiency: field.score('问题解决效率', 'Efficiency', true),
    attitude: field.score('服务人员态度', 'Attitude', true),
    solution: field.score('解决方案满意度', 'Solution', true),
  },
  material: {
    efficiencyComment: field.text('对效率的意见', 'On efficiency', 1000, true),
    attitudeComment: field.text('对态度的意见', 'On attitude', 1000, true),
    solutionComment: field.text('对方案的意见', 'On the solution', 1000, true),
    comment: field.text('其他建议', 'Comment', 2000, true),
  },
});

export const recordFollowUp = step({
  label: { zh: '记录二次跟进', en: 'Record follow-up' },
  by: ['handler', 'supervisor', 'revisit-group'],
  command: { settled: field.flag('客户认可', 'Customer content') },
  material: { text: field.text('跟进情况', 'Follow-up', 4000) },
});

/** 回访: whether all is well some time after. */
export const recordCallBack = step({
  label: { zh: '记录回访', en: 'Record the revisit call' },
  by: ['revisit-group', 'supervisor'],
  command: { satisfied: field.flag('客户满意', 'Satisfied') },
  material: { text: field.text('回访情况', 'Revisit', 4000) },
});

/** A department that was asked names its contact person and an expected time (E3, F3). */
export const acknowledge = step({
  label: { zh: '部门确认接收', en: 'Acknowledge' },
  by: ['department'],
  command: {
    department: field.id('部门', 'Department', 'department'),
    rank: field.code('对接人级别', "Contact's rank", ['manager', 'specialist']),
    expectedAt: field.instant('预计完成时间', 'Expected at'),
  },
  material: {
    contact: field.text('对接人', 'Contact person', 100),
    phone: field.text('联系电话', 'Phone', 30, true),
  },
  signal: true,
});

/** 部门协作 (G10): a department is asked for help with a due time, and answers. */
export const requestHelp = step({
  label: { zh: '请求部门协作', en: 'Ask a department for help' },
  by: ['handler', 'team-leader', 'supervisor'],
  command: {
    department: field.id('协作部门', 'Department', 'department'),
    dueAt: field.instant('期望完成时间', 'Due', true),
    attachments: field.ids('附件', 'Attachments', 'material', true),
  },
  material: { question: field.text('协作事项', 'What is wanted', 4000) },
});

export const giveHelp = step({
  label: { zh: '答复协作', en: 'Give the help asked for' },
  by: ['department'],
  command: {
    department: field.id('部门', 'Department', 'department'),
    attachments: field.ids('附件', 'Attachments', 'material', true),
  },
  material: { answer: field.text('协作结果', 'Answer', 8000) },
  signal: true,
});

export const withdrawHelp = step({
  label: { zh: '撤回协作请求', en: 'Withdraw a request for help' },
  by: ['handler', 'team-leader', 'supervisor'],
  command: { department: field.id('部门', 'Department', 'department') },
  material: { reason: field.text('撤回原因', 'Reason', 1000, true) },
});

const stages = Object.keys(stageLabels) as Stage[];

/**
 * 主管干预: what a supervisor may do with any running process. Each is a step like any other: recorded, audited, and
 * open only where the process says so.
 */
export const hand = {
  'take-over': step({
    label: { zh: '接管工单', en: 'Take over' },
    by: ['supervisor'],
    command: {},
    material: { reason: field.text('接管原因', 'Reason', 1000) },
    revision: true,
  }),
  pause: step({
    label: { zh: '暂停计时', en: 'Pause' },
    by: ['supervisor'],
    command: {},
    material: { reason: field.text('暂停原因', 'Reason', 1000) },
  }),
  continue: step({
    label: { zh: '恢复计时', en: 'Continue' },
    by: ['supervisor'],
    command: {},
    material: { note: field.text('说明', 'Note', 1000, true) },
  }),
  'extend-clock': step({
    label: { zh: '延长时限', en: 'Extend a clock' },
    by: ['supervisor'],
    command: {
      clock: field.id('时限', 'Clock', 'clock'),
      dueAt: field.instant('新的期限', 'New due time'),
    },
    material: { reason: field.text('延长原因', 'Reason', 1000) },
    revision: true,
  }),
  skip: step({
    label: { zh: '跳过环节', en: 'Skip a stage' },
    by: ['supervisor'],
    command: { stage: field.code('环节', 'Stage', stages) },
    material: { reason: field.text('跳过原因', 'Reason', 1000) },
    revision: true,
  }),
  'send-back': step({
    label: { zh: '退回环节', en: 'Send back' },
    by: ['supervisor'],
    command: { to: field.code('退回到环节', 'To stage', stages) },
    material: { reason: field.text('退回原因', 'Reason', 1000) },
    revision: true,
  }),
  cancel: step({
    label: { zh: '取消工单', en: 'Cancel' },
    by: ['supervisor'],
    command: {},
    material: { reason: field.text('取消原因', 'Reason', 1000) },
    revision: true,
  }),
};

/** The steps of every ticket that somebody has and a customer waits for; each process adds its own. */
export const ofEveryTicket = {
  'confirm-receipt': confirmReceipt,
  reply,
  'wait-for-customer': waitForCustomer,
  'customer-replied': customerReplied,
  'request-help': requestHelp,
  'give-help': giveHelp,
  'withdraw-help': withdrawHelp,
  'report-progress': reportProgress,
  urge,
  reassign,
  'pick-up': pickUp,
  'move-policy': movePolicy,
  escalate,
  'submit-survey': submitSurvey,
  'record-follow-up': recordFollowUp,
  withdraw,
  reopen,
  merge,
  ...hand,
};
