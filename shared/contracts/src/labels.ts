import type { Label } from './fields';
import type { ChangeKind, Process, Status } from './snapshot';

export const processLabels: Record<Process, Label> = {
  consultation: { zh: '咨询', en: 'Consultation' },
  complaint: { zh: '投诉', en: 'Complaint' },
  escalation: { zh: '跨部门升级', en: 'Escalation' },
};

/** What a ticket is about within its process; the values of `type` at intake (C1, K1, E1). */
export const typeLabels: Record<string, Label> = {
  business: { zh: '业务咨询', en: 'Business question' },
  information: { zh: '信息查询', en: 'Information query' },
  guidance: { zh: '操作指导', en: 'Guidance' },
  product: { zh: '产品', en: 'Product' },
  logistics: { zh: '物流', en: 'Logistics' },
  service: { zh: '服务', en: 'Service' },
  'several-departments': { zh: '多部门协作', en: 'Several departments' },
  'senior-approval': { zh: '高层审批', en: 'Senior approval' },
  'beyond-authority': { zh: '超出权限', en: 'Beyond authority' },
  other: { zh: '其他', en: 'Other' },
};

export const statusLabels: Record<Status, Label> = {
  'awaiting-assignment': { zh: '待派单', en: 'Awaiting assignment' },
  'awaiting-receipt': { zh: '待接收', en: 'Awaiting receipt' },
  'in-progress': { zh: '处理中', en: 'In progress' },
  'waiting-customer': { zh: '等待客户', en: 'Waiting for customer' },
  'on-hold': { zh: '暂停', en: 'On hold' },
  escalated: { zh: '已升级', en: 'Escalated' },
  'awaiting-confirmation': { zh: '待客户确认', en: 'Awaiting confirmation' },
  'follow-up': { zh: '待跟进', en: 'Follow-up' },
  resolved: { zh: '已解决', en: 'Resolved' },
  closed: { zh: '已关闭', en: 'Closed' },
};

/** Where a process is. A stage's name is unique over all processes, so one table serves all. */
export const stageLabels = {
  dispatching: { zh: '派单', en: 'Dispatch' },
  receipt: { zh: '待确认接收', en: 'Receipt' },
  handling: { zh: '处理', en: 'Handling' },
  confirming: { zh: '客户确认', en: 'Confirming' },
  'not-satisfied': { zh: '待跟进', en: 'Not satisfied' },
  investigating: { zh: '调查', en: 'Investigation' },
  negotiating: { zh: '协商方案', en: 'Negotiation' },
  consenting: { zh: '待客户确认方案', en: 'Consent' },
  rectifying: { zh: '整改', en: 'Rectification' },
  verifying: { zh: '核验整改', en: 'Verification' },
  revisiting: { zh: '二次回访', en: 'Revisit' },
  approving: { zh: '升级审批', en: 'Approval' },
  cooperating: { zh: '部门协同', en: 'Departments at work' },
  ruling: { zh: '委员会裁定', en: 'Ruling' },
  telling: { zh: '告知客户', en: 'Telling the customer' },
  surveying: { zh: '满意度评价', en: 'Survey' },
  'following-up': { zh: '二次跟进', en: 'Second follow-up' },
  archiving: { zh: '归档', en: 'Archiving' },
  ended: { zh: '已归档', en: 'Archived' },
} as const satisfies Record<string, Label>;
export type Stage = keyof typeof stageLabels;

export const clockLabels = {
  accept: { zh: '确认接收', en: 'Receipt' },
  'first-response': { zh: '首次响应', en: 'First response' },
  'next-response': { zh: '再次响应', en: 'Next response' },
  progress: { zh: '进度更新', en: 'Progress update' },
  answer: { zh: '请求单答复', en: 'Requested answer' },
  help: { zh: '部门协作', en: "Department's help" },
  handling: { zh: '处理时限', en: 'Handling' },
  confirm: { zh: '客户确认', en: 'Customer confirmation' },
  'follow-up': { zh: '二次跟进', en: 'Second follow-up' },
  investigation: { zh: '调查报告', en: 'Investigation report' },
  solution: { zh: '解决方案', en: 'Solution' },
  rectification: { zh: '整改', en: 'Rectification' },
  verification: { zh: '整改核验', en: 'Verification' },
  revisit: { zh: '二次回访', en: 'Revisit' },
  approval: { zh: '升级审批', en: 'Approval' },
  acknowledge: { zh: '部门确认', en: 'Acknowledgement' },
  expected: { zh: '部门预计完成', en: "Department's promise" },
  'customer-progress': { zh: '客户进度同步', en: 'Daily news to the customer' },
  ruling: { zh: '委员会裁定', en: 'Ruling' },
  'tell-customer': { zh: '告知客户', en: 'Telling the customer' },
} as const satisfies Record<string, Label>;
export type ClockName = keyof typeof clockLabels;

export const changeLabels: Record<ChangeKind, Label> = {
  started: { zh: '工单登记', en: 'Registered' },
  step: { zh: '执行环节', en: 'Step taken' },
  ignored: { zh: '已忽略的信号', en: 'Signal ignored' },
  assigned: { zh: '派单', en: 'Assigned' },
  queued: { zh: '排队等待派单', en: 'Waiting for somebody free' },
  redispatched: { zh: '超时未接收,重新派单', en: 'Unconfirmed, dispatched again' },
  'support-joined': { zh: '技术支持介入', en: 'Technical support joined' },
  'policy-moved': { zh: '转用另一版时限策略', en: 'Moved to another policy version' },
  'clock-extended': { zh: '延长时限', en: 'Clock extended' },
  converted: { zh: '转为其他流程', en: 'Converted to another process' },
  stage: { zh: '进入环节', en: 'Stage' },
  reminded: { zh: '提醒', en: 'Reminder' },
  warned: { zh: '即将超时预警', en: 'Warning' },
  breached: { zh: '超时', en: 'Overdue' },
  'breach-withdrawn': { zh: '撤销超时标记', en: 'Overdue flag withdrawn' },
  'escalated-up': { zh: '逐级上报', en: 'Reported upward' },
  'clock-met-late': { zh: '超时后完成', en: 'Met late' },
  linked: { zh: '关联工单', en: 'Linked' },
  'link-changed': { zh: '关联工单变化', en: 'Linked ticket changed' },
  closed: { zh: '关闭', en: 'Closed' },
  'survey-expired': { zh: '评价到期未提交', en: 'Survey expired' },
  attention: { zh: '需要人工介入', en: 'Needs attention' },
  archived: { zh: '归档', en: 'Archived' },
};

/** A survey's three grades (G12). */
export const gradeLabels: Record<string, Label> = {
  satisfied: { zh: '满意', en: 'Satisfied' },
  'basically-satisfied': { zh: '基本满意', en: 'Basically satisfied' },
  dissatisfied: { zh: '不满意', en: 'Dissatisfied' },
};

export const channelLabels: Record<string, Label> = {
  phone: { zh: '电话', en: 'Telephone' },
  chat: { zh: '在线咨询', en: 'Web chat' },
  email: { zh: '电子邮件', en: 'E-mail' },
  web: { zh: '网页表单', en: 'Web form' },
};
