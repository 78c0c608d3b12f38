import type { Condition, ServiceKind, WantedMaterial } from './after-sales/kinds';
import type { Label } from './fields';
import type { Role } from './roles';
import type { Process, Priority, Publication, TicketStart } from './snapshot';

/** What notifications say, by name; texts zh/en are the notification service's. Codes only in `data`. */
export const templateLabels = {
  'ticket-assigned': { zh: '派单', en: 'Assigned' },
  'ticket-reminder': { zh: '提醒', en: 'Reminder' },
  'clock-warning': { zh: '即将超时', en: 'Nearly overdue' },
  'clock-breached': { zh: '超时', en: 'Overdue' },
  'clock-escalated': { zh: '逐级上报', en: 'Reported upward' },
  'waiting-for-assignment': { zh: '无人可派', en: 'Nobody free' },
  'pool-waiting': { zh: '有工单可抢单', en: 'Ticket to pick up' },
  'support-wanted': { zh: '请技术支持介入', en: 'Support wanted' },
  'handed-over': { zh: '转交', en: 'Handed over' },
  'answer-requested': { zh: '请求单', en: 'Answer requested' },
  'answer-provided': { zh: '请求单答复', en: 'Answer provided' },
  'help-wanted': { zh: '请部门协作', en: 'Help wanted' },
  'help-given': { zh: '部门协作答复', en: 'Help given' },
  'help-withdrawn': { zh: '协作请求撤回', en: 'Help not wanted any more' },
  'progress-told': { zh: '进度', en: 'Progress' },
  urged: { zh: '催单', en: 'Urged' },
  'urged-again': { zh: '重复催单', en: 'Urged again' },
  'not-satisfied': { zh: '客户不满意', en: 'Not satisfied' },
  'survey-invitation': { zh: '邀请评价', en: 'Survey' },
  'survey-reminder': { zh: '评价提醒', en: 'Survey reminder' },
  'review-ready': { zh: '投诉周报', en: 'Complaint review' },
  'measure-wanted': { zh: '请制定预防措施', en: 'Preventive measure wanted' },
  'measure-overdue': { zh: '预防措施到期', en: 'Preventive measure due' },
  'follow-up-wanted': { zh: '请二次跟进', en: 'Follow-up wanted' },
  'investigation-wanted': { zh: '请成立调查小组', en: 'Investigation wanted' },
  'group-formed': { zh: '调查小组成立', en: 'Group formed' },
  'solution-wanted': { zh: '请提出方案', en: 'Solution wanted' },
  'rectification-wanted': { zh: '请整改', en: 'Rectification wanted' },
  'rectification-returned': { zh: '整改退回', en: 'Rectification sent back' },
  'verification-wanted': { zh: '请核验整改', en: 'Verification wanted' },
  'revisit-wanted': { zh: '请二次回访', en: 'Revisit wanted' },
  'approval-wanted': { zh: '请审批升级', en: 'Approval wanted' },
  'escalation-decided': { zh: '升级审批结果', en: 'Escalation decided' },
  'department-asked': { zh: '请部门确认接收', en: 'Department asked' },
  'dispute-raised': { zh: '部门争议', en: 'Dispute' },
  'ruling-recorded': { zh: '裁定通知', en: 'Ruling' },
  'result-delivered': { zh: '部门反馈结果', en: 'Result delivered' },
  'result-refused': { zh: '客户不接受', en: 'Result refused' },
  'ticket-registered': { zh: '工单受理', en: 'Registered' },
  'reply-sent': { zh: '答复客户', en: 'Reply' },
  'message-received': { zh: '客户来信', en: 'The customer wrote' },
  'webhook-disabled': { zh: '对外推送停用', en: 'Webhook disabled' },
  'emergency-raised': { zh: '紧急事件告警', en: 'Emergency' },
  'task-wanted': { zh: '应急任务', en: 'Task wanted' },
  'debrief-wanted': { zh: '请提交复盘报告', en: 'Debrief wanted' },
  'suggestion-routed': { zh: '客户建议', en: 'Suggestion' },
  'suggestion-returned': { zh: '建议退回', en: 'Suggestion returned' },
  'thanks-wanted': { zh: '请答复并致谢', en: 'Answer and thanks wanted' },
  'department-released': { zh: '部门无需再处理', en: 'Not wanted any more' },
  'ticket-cancelled': { zh: '工单取消', en: 'Cancelled' },
  'identity-failed': { zh: '身份核验未通过', en: 'Identity not proved' },
  'appointment-booked': { zh: '预约成功', en: 'Appointment made' },
  'appointment-reminder': { zh: '预约提醒', en: 'Appointment tomorrow' },
  'appointment-cancelled': { zh: '预约取消', en: 'Appointment cancelled' },
  'slot-refused': { zh: '时段不可预约', en: 'Slot not to be had' },
  'change-approval-wanted': { zh: '请审批资料变更', en: 'Change to approve' },
  'change-decided': { zh: '资料变更审批结果', en: 'Change decided' },
  'business-receipt': { zh: '业务回执', en: 'Receipt' },
  'policy-answered': { zh: '政策核对结果', en: 'What the policy allows' },
  'material-wanted': { zh: '请补交材料', en: 'Material wanted' },
  'application-refused': { zh: '售后申请未通过', en: 'Application refused' },
  'refund-approval-wanted': { zh: '请审批金额', en: 'Amount to approve' },
  'refund-decided': { zh: '金额审批结果', en: 'Amount decided' },
  'service-wanted': { zh: '请实施售后', en: 'Service wanted' },
  'service-stage-told': { zh: '售后进展', en: 'How far it is' },
  'refund-wanted': { zh: '请付款', en: 'Payment wanted' },
  'refund-made': { zh: '已付款', en: 'Paid' },
  'call-back-wanted': { zh: '请回访', en: 'Revisit call wanted' },
  'fault-published': { zh: '故障公告', en: 'Fault announced' },
  'fault-updated': { zh: '故障公告更新', en: 'Announcement updated' },
  'fault-over': { zh: '故障恢复', en: 'Fault over' },
  'fault-attached': { zh: '属已公告故障', en: 'Part of a known fault' },
  'fault-postponed': { zh: '预计恢复时间调整', en: 'Recovery at another time' },
  'fault-recovered': { zh: '故障恢复通知', en: 'Recovered' },
  'fault-adopted': { zh: '并入故障公告', en: 'Taken over by an announcement' },
  'fault-summary-ready': { zh: '故障周报', en: 'Fault summary' },
  'repair-wanted': { zh: '请维修', en: 'Repair wanted' },
  'repair-released': { zh: '无需维修', en: 'Repair not wanted any more' },
  'visit-wanted': { zh: '请预约上门', en: 'Visit to arrange' },
  'visit-arranged': { zh: '上门预约', en: 'Visit arranged' },
  'visit-reminder': { zh: '上门提醒', en: 'Visit soon' },
  'replacement-wanted': { zh: '请更换设备', en: 'Replacement wanted' },
  'revisit-due': { zh: '请回访客户', en: 'Revisit due' },
  'revisit-invitation': { zh: '回访问卷', en: 'Questionnaire' },
  'revisit-reminder': { zh: '回访问卷提醒', en: "Questionnaire's reminder" },
  'check-scored': { zh: '质检结果', en: 'Check scored' },
  'appeal-raised': { zh: '质检申诉', en: 'Appeal' },
  'appeal-decided': { zh: '申诉裁定', en: 'Appeal decided' },
  'attention-wanted': { zh: '需要人工介入', en: 'Attention wanted' },
} as const satisfies Record<string, Label>;
export type Template = keyof typeof templateLabels;
export const templates = Object.keys(templateLabels) as Template[];

/** To whom a message goes: one person, everyone with a role (in a department), or the ticket's customer. */
export type Addressee =
  | { kind: 'staff'; id: string }
  | { kind: 'role'; role: Role }
  | { kind: 'group'; id: string }
  | { kind: 'department'; id: string; role: 'department-contact' | 'department-head' }
  | { kind: 'customer' };

/** One message; `key` is its business key `ticket:template:occurrence`, sent once whatever happens (design 8). */
export interface Message {
  key: string;
  template: Template;
  to: Addressee[];
  data: Record<string, string | number>;
  /** Trace id of the request that led to it; none when time did. */
  trace?: string;
}
export interface NotifyInput {
  ticket: string;
  messages: Message[];
}

/** Ask for somebody to take a ticket. `key` = `ticket:slot:n`; the same key gets the same answer. */
export interface AssignInput {
  key: string;
  ticket: string;
  n: number;
  slot: 'handler' | 'support';
  process: Process;
  category: string;
  group: string | null;
  priority: Priority;
  /** Dispatched by hand to this person, whatever their load. */
  to?: string;
  /** `to` took it from the pool: they must belong to its group and have room. */
  pickUp?: true;
  /** Who had it and did not confirm. */
  exclude?: string[];
  role?: 'technical-support' | 'supervisor' | 'revisit-group';
  /** Since when the ticket waits, UTC ms: the longest-waiting goes first. */
  waitingSince: number;
}

/** Why this person (G7), as codes and numbers; `choiceText` says it in words. */
export interface Choice {
  choice: 'least-loaded' | 'fallback' | 'elsewhere' | 'by-hand' | 'substitute' | 'picked-up';
  handler: string;
  /** What the person had open before this ticket. */
  open: number;
  weight?: number;
  /** On duty in the group that decides, with the skills wanted; how many of them had no room. */
  members?: number;
  full?: number;
  /** The group they were chosen from, where it is not the category's own. */
  via?: string;
  skills?: string[];
  /** For whom the substitute stands in. */
  absent?: string;
  /** The customer's class whose rule named the group. */
  rule?: string;
}
export type AssignResult =
  | { handler: string; group: string | null; reason: string; choice?: Choice }
  | {
      handler: null;
      waiting: true;
      /** Whose hands it waits for: a dispatcher's, or those of the first of the group. */
      mode?: 'manual' | 'pick-up';
      group?: string;
      /** Why who picked it up does not get it. */
      refused?: 'at-capacity' | 'not-in-group';
    };

export interface CreateLinkedInput {
  /** `origin:stepId`: created once. */
  key: string;
  origin: string;
  stepId: string;
  kind: 'escalation' | 'reopened' | 'business' | 'follow-up-ticket';
  /** Of a follow-up ticket: the step may name its category. */
  process?: Process;
  /** Workflow time of the step, UTC ms. */
  at: number;
}
export interface CreateLinkedResult {
  ticket: string;
}

/** Read a published version for one ticket: `policy` is `manual:2`, `keys` what its rules are looked up by. */
export interface LoadPolicyInput {
  policy: string;
  process: Process;
  keys: string[];
}

/** Make a ticket's row that of another process, as the `convert` step said; again, nothing more happens. */
export interface ConvertInput {
  ticket: string;
  stepId: string;
  to: Process;
}
/** The part of its start that differs now. */
export type ConvertResult = Pick<TicketStart, 'type' | 'category' | 'group' | 'policy'>;

/** Give a ticket a slot, or none (B1). A ticket has one slot at most: asking again for the same one changes nothing. */
export interface BookSlotInput {
  ticket: string;
  slot: string;
}
export type BookSlotResult =
  | { booked: true; startsAt: number; endsAt: number }
  | { booked: false; reason: 'slot-full' | 'slot-past' | 'slot-closed' };

/** Apply what a customer asked to have changed, as the step `stepId` approved; once for each approval. */
export interface ChangeProfileInput {
  ticket: string;
  stepId: string;
  actor: string;
  /** Workflow time of the approval, UTC ms. */
  at: number;
}

/** What the rules in force say to a product of this category in this condition (A1); instants UTC ms. */
export interface CheckPolicyInput {
  ticket: string;
  condition: Condition;
  purchasedAt: number;
  at: number;
}
/** What may be given, each with the rule that says so. */
export interface ServiceOption {
  kind: ServiceKind;
  rule: string;
  materials: WantedMaterial[];
  /** From this amount on somebody approves. */
  approvalFromFen: number;
}
export interface CheckPolicyResult {
  options: ServiceOption[];
  /** Why there is no more, as codes. */
  reasons: Array<'no-rule' | 'too-late' | 'condition'>;
}

export interface ArchiveInput {
  publication: Publication;
  retainUntil: number;
}
export interface ArchiveResult {
  sha256: string;
}
