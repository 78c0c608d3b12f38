import type { Template } from '@duban/contracts';
import { type TextContext, fill } from './texts';

/** Title and body for in-app and e-mail; `sms` where the template goes by SMS and a shorter text serves better. */
interface Words {
  title: string;
  text: string;
  sms?: string;
}
interface Texts {
  zh: Words;
  en: Words;
}

const t = (zh: [string, string, string?], en: [string, string, string?]): Texts => ({ zh: words(zh), en: words(en) });
const words = ([title, text, sms]: [string, string, string?]): Words => ({ title, text, ...(sms ? { sms } : {}) });

/** What staff are told. Warnings name the ticket, the clock, the limit and who is late (G13). */
export const staffTexts: Record<Template, Texts> = {
  'ticket-assigned': t(
    [
      '新工单待接收',
      '工单 {ticket}({priority})已派给您,请尽快确认接收。',
      '工单 {ticket}({priority})已派给您,请确认接收。',
    ],
    ['New ticket', 'Ticket {ticket} ({priority}) is yours: please confirm receipt.'],
  ),
  'ticket-reminder': t(
    ['工单提醒', '工单 {ticket}:{clock}时限 {limit},到期时间 {due},责任方 {late}。{reason}'],
    ['Reminder', 'Ticket {ticket}: {clock}, limit {limit}, due {due}; responsible: {late}. {reason}'],
  ),
  'clock-warning': t(
    ['即将超时:{clock}', '工单 {ticket} 的{clock}时限 {limit},将于 {due} 到期,责任方 {late},当前环节 {stage}。'],
    [
      'Due soon: {clock}',
      'Ticket {ticket}: {clock} (limit {limit}) is due at {due}; responsible: {late}; stage: {stage}.',
    ],
  ),
  'clock-breached': t(
    [
      '已超时:{clock}',
      '工单 {ticket} 的{clock}已超时:时限 {limit},应于 {due} 前完成,责任方 {late},当前环节 {stage}。',
      '工单 {ticket}{clock}已超时(时限 {limit},{due} 到期),责任方 {late}。',
    ],
    [
      'Overdue: {clock}',
      'Ticket {ticket}: {clock} (limit {limit}) was due at {due} and is late; responsible: {late}; stage: {stage}.',
      'Ticket {ticket} overdue: {clock}, limit {limit}, due {due}; late: {late}.',
    ],
  ),
  'clock-escalated': t(
    [
      '超时上报:{clock}',
      '工单 {ticket} 的{clock}超时后仍未完成:时限 {limit},应于 {due} 前完成,责任方 {late},当前环节 {stage},请督办。',
      '工单 {ticket}{clock}超时未完成(时限 {limit},{due} 到期),责任方 {late},请督办。',
    ],
    [
      'Reported upward: {clock}',
      'Ticket {ticket}: {clock} (limit {limit}, due {due}) is still not done; late: {late}; stage: {stage}. Please see to it.',
      'Ticket {ticket}: {clock} still late (limit {limit}, due {due}); late: {late}. Please see to it.',
    ],
  ),
  'pool-waiting': t(
    ['有工单可抢单', '工单 {ticket}({priority})在本组待抢单。', '工单 {ticket}({priority})可抢单。'],
    ['Ticket to pick up', 'Ticket {ticket} ({priority}) waits in your group: the first to pick it up gets it.'],
  ),
  'waiting-for-assignment': t(
    ['工单排队待派单', '工单 {ticket}({priority})暂无可派人员,已进入排队。'],
    ['Nobody free', 'Ticket {ticket} ({priority}) waits for somebody free.'],
  ),
  'support-wanted': t(
    ['请协同排查', '工单 {ticket}({priority})需要您协同处理人立即排查。'],
    ['Your support is wanted', 'Ticket {ticket} ({priority}): please join the handler at once.'],
  ),
  'handed-over': t(
    ['工单转交', '工单 {ticket} 已转交给您或您的部门处理。'],
    ['Handed over', 'Ticket {ticket} was handed over to you or your department.'],
  ),
  'answer-requested': t(
    ['请求单待答复', '工单 {ticket} 有问题需要您在 {due} 前给出答案。'],
    ['Answer requested', 'Ticket {ticket}: an answer is wanted from you (due {due}).'],
  ),
  'answer-provided': t(
    ['请求单已答复', '工单 {ticket} 的问题已有答案,请回复客户。'],
    ['Answer provided', 'Ticket {ticket}: the answer is there; please reply to the customer.'],
  ),
  'help-wanted': t(
    [
      '请部门协作',
      '工单 {ticket} 请贵部门协作,请于 {due} 前答复,事项见工单。',
      '工单 {ticket} 请贵部门协作,{due} 前答复。',
    ],
    ['Help wanted', 'Ticket {ticket}: your help is wanted by {due}; see the ticket.'],
  ),
  'help-given': t(
    ['部门已答复协作', '{department}已答复工单 {ticket} 的协作请求。'],
    ['Help given', '{department} has answered the request for help in ticket {ticket}.'],
  ),
  'help-withdrawn': t(
    ['协作请求已撤回', '工单 {ticket} 的协作请求已撤回,无需答复。'],
    ['Help not wanted any more', 'Ticket {ticket}: the request for help was withdrawn; no answer is needed.'],
  ),
  'progress-told': t(
    ['工单有新进度', '工单 {ticket} 有新的处理进度。{text}'],
    ['Progress', 'There is news on ticket {ticket}. {text}'],
  ),
  urged: t(
    ['客户催单', '客户催办工单 {ticket}(第 {urges} 次),请尽快处理。'],
    ['Urged', 'The customer urges ticket {ticket} (time {urges}).'],
  ),
  'urged-again': t(
    [
      '客户多次催单',
      '客户已第 {urges} 次催办工单 {ticket},请主管关注。',
      '工单 {ticket} 客户第 {urges} 次催单,请关注。',
    ],
    ['Urged repeatedly', 'The customer has urged ticket {ticket} {urges} times; please look into it.'],
  ),
  'not-satisfied': t(
    ['客户不满意', '工单 {ticket} 的客户对处理结果不满意,请跟进。'],
    ['Customer not satisfied', 'The customer of ticket {ticket} is not satisfied with the result; please follow up.'],
  ),
  'survey-invitation': t(
    ['已发送满意度评价', '工单 {ticket} 的满意度评价邀请已发送给客户。'],
    ['Survey sent', 'The customer of ticket {ticket} was invited to the survey.'],
  ),
  'survey-reminder': t(
    ['已提醒客户评价', '工单 {ticket} 的客户尚未评价,已发送提醒。'],
    ['Survey reminder sent', 'The customer of ticket {ticket} was reminded of the survey.'],
  ),
  'review-ready': t(
    [
      '投诉复盘材料已备好',
      '{ticket} 投诉复盘材料已生成:本周投诉 {complaints} 件,高发问题 {problems} 项,请召开复盘会。',
    ],
    [
      'Complaint review is ready',
      'The pack of {ticket} is made: {complaints} complaints, {problems} frequent problems. Please hold the review.',
    ],
  ),
  'measure-wanted': t(
    ['请制定预防措施', '{ticket}:问题 {problem} 需要您制定预防措施,请于 {due} 前填写措施与完成日期。'],
    ['Preventive measure wanted', '{ticket}: please write a preventive measure and its date for {problem} by {due}.'],
  ),
  'measure-overdue': t(
    ['预防措施已到期', '{ticket}:问题 {problem} 的预防措施应于 {due} 前完成,责任人 {owner},请尽快处理。'],
    ['Preventive measure overdue', '{ticket}: the measure for {problem} was due at {due}; owner: {owner}.'],
  ),
  'follow-up-wanted': t(
    ['需要二次跟进', '工单 {ticket} 的客户评价为「{grade}」,请进行二次跟进。'],
    ['Second follow-up', 'Ticket {ticket} was graded "{grade}": a second follow-up is wanted.'],
  ),
  'investigation-wanted': t(
    ['投诉待调查', '投诉工单 {ticket} 请成立调查小组并提交调查报告。'],
    ['Investigation wanted', 'Complaint {ticket}: please form a group and submit the report.'],
  ),
  'group-formed': t(
    ['加入调查小组', '您已加入工单 {ticket} 的调查小组,组长 {lead}。'],
    ['Investigation group', 'You belong to the group investigating ticket {ticket}; lead: {lead}.'],
  ),
  'solution-wanted': t(
    ['请提出解决方案', '工单 {ticket} 调查已完成,请与客户协商解决方案。'],
    ['Solution wanted', 'Ticket {ticket}: the report is there; please propose a solution to the customer.'],
  ),
  'rectification-wanted': t(
    ['整改任务', '工单 {ticket} 需要贵部门整改,期限 {due}。'],
    ['Rectification wanted', 'Ticket {ticket}: please carry out the rectification by {due}.'],
  ),
  'rectification-returned': t(
    ['整改被退回', '工单 {ticket} 的整改未通过核验,请继续整改,期限 {due}。'],
    ['Rectification returned', 'Ticket {ticket}: the rectification was sent back; due {due}.'],
  ),
  'verification-wanted': t(
    ['整改待核验', '工单 {ticket} 的整改已完成,请核验。'],
    ['Verification wanted', 'Ticket {ticket}: the rectification is done; please verify it.'],
  ),
  'revisit-wanted': t(
    ['待二次回访', '工单 {ticket} 已处理完成,请对客户进行二次回访。'],
    ['Revisit wanted', 'Ticket {ticket} is done; please revisit the customer.'],
  ),
  'approval-wanted': t(
    ['升级申请待审批', '升级单 {ticket} 等待您审批。', '升级单 {ticket} 待您审批。'],
    ['Approval wanted', 'Escalation {ticket} waits for your approval.'],
  ),
  'escalation-decided': t(
    ['升级申请{decision}', '升级单 {ticket} 的申请{decision}。'],
    ['Escalation {decision}', 'The application for escalation {ticket} was {decision}.'],
  ),
  'department-asked': t(
    [
      '协作任务待确认',
      '升级单 {ticket} 需要贵部门协同处理,请于 {due} 前确认接收,并告知对接人和预计完成时间。',
      '升级单 {ticket} 请贵部门于 {due} 前确认接收,并告知对接人和预计完成时间。',
    ],
    ['Please acknowledge', 'Escalation {ticket}: please acknowledge by {due}, with contact person and expected time.'],
  ),
  'dispute-raised': t(
    ['部门争议待裁定', '升级单 {ticket} 存在部门争议,请召开协调会裁定。'],
    ['Dispute', 'Escalation {ticket}: departments disagree; a ruling is wanted.'],
  ),
  'ruling-recorded': t(
    ['争议已裁定', '升级单 {ticket} 已裁定由{department}负责,解决时限 {due},会议纪要见工单。'],
    ['Ruling', 'Escalation {ticket}: {department} is responsible, deadline {due}; see the minutes in the ticket.'],
  ),
  'result-delivered': t(
    ['部门已反馈结果', '{department}已反馈升级单 {ticket} 的处理结果,请告知客户。'],
    ['Result delivered', '{department} has delivered the result of escalation {ticket}; please tell the customer.'],
  ),
  'result-refused': t(
    ['客户不接受结果', '升级单 {ticket} 的客户不接受处理结果,请继续处理。'],
    ['Result refused', 'The customer of escalation {ticket} does not accept the result; please go on.'],
  ),
  'ticket-registered': t(
    ['工单已受理', '工单 {ticket} 已受理。'],
    ['Ticket registered', 'Ticket {ticket} is registered.'],
  ),
  'reply-sent': t(
    ['已答复客户', '工单 {ticket} 的答复已发送给客户。'],
    ['Reply sent', 'The reply of ticket {ticket} was sent to the customer.'],
  ),
  'message-received': t(
    ['客户来信', '工单 {ticket} 的客户发来新消息,请查看并回复。'],
    ['The customer wrote', 'The customer of ticket {ticket} has written; please read and answer.'],
  ),
  'webhook-disabled': t(
    ['对外推送已停用', '对外推送 {ticket} 连续多日无法送达,已停用,请检查接收地址。'],
    ['Webhook disabled', 'Webhook {ticket} could not be delivered for days and is disabled: see to its address.'],
  ),
  'emergency-raised': t(
    ['紧急事件,请立即接警', '紧急事件 {ticket}({priority})尚无人接警,请立即接警指挥!', '紧急事件 {ticket} 请立即接警!'],
    ['Emergency: take command', 'Emergency {ticket} ({priority}): nobody has taken command. Please do, now!'],
  ),
  'task-wanted': t(
    ['应急任务:{task}', '紧急事件 {ticket}:您负责的任务「{task}」须在 {due} 前完成,请立即处理。'],
    ['Emergency task: {task}', 'Emergency {ticket}: your task "{task}" is due at {due}. Please do it now.'],
  ),
  'debrief-wanted': t(
    ['请提交复盘报告', '紧急事件 {ticket} 已解除,请提交复盘报告。'],
    ['Debrief wanted', 'Emergency {ticket} is cleared: please submit the debrief.'],
  ),
  'suggestion-routed': t(
    ['客户建议待答复', '客户建议 {ticket} 已转贵部门,请答复是否采纳及安排。{text}'],
    ['A suggestion for you', 'Suggestion {ticket} is for your department: please answer whether it is adopted. {text}'],
  ),
  'suggestion-returned': t(
    ['建议被退回', '{department} 认为建议 {ticket} 不属于本部门,请重新转办。{text}'],
    ['Suggestion returned', '{department} says that suggestion {ticket} is not theirs; please route it again. {text}'],
  ),
  'thanks-wanted': t(
    ['请答复客户并致谢', '建议 {ticket} 已有部门答复,请告知客户并致谢。'],
    ['Answer and thanks wanted', 'Suggestion {ticket} is answered: please tell the customer, with our thanks.'],
  ),
  'department-released': t(
    ['工单无需再处理', '工单 {ticket} 已取消或转为其他流程,贵部门无需再处理。'],
    [
      'Not wanted any more',
      'Ticket {ticket} was cancelled or goes on as something else: nothing more is wanted of you.',
    ],
  ),
  'ticket-cancelled': t(
    ['工单已取消', '工单 {ticket} 已由主管取消,无需继续处理。'],
    ['Ticket cancelled', 'A supervisor cancelled ticket {ticket}; nothing more is to be done.'],
  ),
  'identity-failed': t(
    ['身份核验未通过', '工单 {ticket} 的客户身份核验已 {failures} 次未通过,请主管核验或决定是否继续。'],
    ['Identity not proved', 'Ticket {ticket}: the identity check failed {failures} times; please check or decide.'],
  ),
  'appointment-booked': t(
    ['预约成功', '工单 {ticket} 已预约 {due}。'],
    ['Appointment made', 'Ticket {ticket} has an appointment at {due}.'],
  ),
  'appointment-reminder': t(
    ['预约提醒', '工单 {ticket} 的预约时间为 {due}。'],
    ['Appointment', 'Ticket {ticket} has its appointment at {due}.'],
  ),
  'appointment-cancelled': t(
    ['预约已取消', '工单 {ticket} 的预约已取消。'],
    ['Appointment cancelled', 'The appointment of ticket {ticket} was cancelled.'],
  ),
  'slot-refused': t(
    ['时段未能预约', '工单 {ticket} 所选时段 {slot} {reason},请另选时段。'],
    ['Slot not to be had', 'Ticket {ticket}: slot {slot} {reason}; please choose another.'],
  ),
  'change-approval-wanted': t(
    ['资料变更待审批', '工单 {ticket} 的客户资料变更等待您审批。'],
    ['Change to approve', "Ticket {ticket}: a change of the customer's data waits for your approval."],
  ),
  'change-decided': t(
    ['资料变更{decision}', '工单 {ticket} 的客户资料变更{decision},请告知客户。'],
    [
      'Change {decision}',
      "Ticket {ticket}: the change of the customer's data was {decision}; please tell the customer.",
    ],
  ),
  'business-receipt': t(
    ['业务回执已发送', '工单 {ticket} 的业务回执已发送给客户。'],
    ['Receipt sent', 'The receipt of ticket {ticket} was sent to the customer.'],
  ),
  'policy-answered': t(
    ['政策核对结果', '工单 {ticket} 政策允许:{allowed}。超出政策的申请须由主管提交。'],
    ['What the policy allows', 'Ticket {ticket}: the policy allows {allowed}. Beyond it only a supervisor applies.'],
  ),
  'material-wanted': t(
    ['已请客户补交材料', '工单 {ticket} 已请客户补交:{materials}。'],
    ['Material wanted', 'Ticket {ticket}: the customer was asked for {materials}.'],
  ),
  'application-refused': t(
    ['售后申请未通过', '工单 {ticket} 的售后申请未通过审核。'],
    ['Application refused', 'The application of ticket {ticket} was refused.'],
  ),
  'refund-approval-wanted': t(
    ['金额待审批', '工单 {ticket} 的退款或补偿 {amount} 等待您审批。'],
    ['Amount to approve', 'Ticket {ticket}: a payment of {amount} waits for your approval.'],
  ),
  'refund-decided': t(
    ['金额审批{decision}', '工单 {ticket} 的退款或补偿{decision}。'],
    ['Amount {decision}', 'The payment of ticket {ticket} was {decision}.'],
  ),
  'service-wanted': t(
    ['售后任务', '工单 {ticket} 需要实施{kind},请登记每一步进展。'],
    ['Service wanted', 'Ticket {ticket}: please carry out the {kind}, and record each stage.'],
  ),
  'service-stage-told': t(
    ['售后进展', '工单 {ticket} 的商品{serviceStage}。'],
    ['How far it is', 'Ticket {ticket}: the goods are {serviceStage}.'],
  ),
  'refund-wanted': t(
    ['请向客户付款', '工单 {ticket} 请向客户支付 {amount},并登记付款凭证。'],
    ['Payment wanted', 'Ticket {ticket}: please pay {amount} to the customer and record it.'],
  ),
  'refund-made': t(
    ['款项已支付', '工单 {ticket} 的款项已支付。'],
    ['Payment made', 'The payment of ticket {ticket} was made.'],
  ),
  'call-back-wanted': t(
    ['请回访客户', '工单 {ticket} 已处理完成,请回访客户。'],
    ['Revisit wanted', 'Ticket {ticket} is done; please ask the customer whether all is well.'],
  ),
  'revisit-due': t(
    ['请回访客户', '回访 {ticket} 已到约定时间(第 {attempt} 次),请联系客户。'],
    ['Revisit due', 'Revisit {ticket} is due (attempt {attempt}): please contact the customer.'],
  ),
  'revisit-invitation': t(
    ['回访问卷已发送', '回访 {ticket} 的问卷已发送给客户。'],
    ['Questionnaire sent', 'The questionnaire of revisit {ticket} was sent to the customer.'],
  ),
  'revisit-reminder': t(
    ['回访问卷已提醒', '已提醒客户填写回访 {ticket} 的问卷。'],
    ['Questionnaire reminded of', 'The customer was reminded of the questionnaire of revisit {ticket}.'],
  ),
  'check-scored': t(
    ['质检结果', '您的质检 {ticket} 已评分:{percent} 分({verdict})。如有异议,请在 {due} 前申诉。'],
    ['Check scored', 'Your check {ticket}: {percent} of 100 ({verdict}). You may appeal until {due}.'],
  ),
  'appeal-raised': t(
    ['质检申诉', '质检 {ticket} 的被质检人提出申诉,请由评分人以外的主管或班组长裁定。'],
    ['Appeal', 'The agent appeals against check {ticket}: a supervisor or leader who did not score it decides.'],
  ),
  'appeal-decided': t(
    ['申诉裁定', '质检 {ticket} 的申诉{decision},最终得分 {percent} 分({verdict})。'],
    ['Appeal decided', 'Appeal of check {ticket}: {decision}; final score {percent} of 100 ({verdict}).'],
  ),
  'fault-published': t(
    ['故障公告', '故障公告 {ticket} 已发布,预计恢复时间 {due},原因、进展与影响范围见公告。'],
    [
      'Fault announced',
      'Fault announcement {ticket} is published; expected recovery: {due}. See there what it covers.',
    ],
  ),
  'fault-updated': t(
    ['故障公告更新', '故障公告 {ticket} 有新的进展,预计恢复时间 {due}。'],
    ['Announcement updated', 'Fault announcement {ticket} has news; expected recovery: {due}.'],
  ),
  'fault-over': t(['故障已恢复', '故障公告 {ticket} 已结束。'], ['Fault over', 'Fault announcement {ticket} is over.']),
  'fault-attached': t(
    ['已告知客户故障情况', '工单 {ticket} 属于故障公告 {announcement},已告知客户原因与预计恢复时间。'],
    ['Customer told of the fault', 'Ticket {ticket} is part of fault {announcement}; the customer was told.'],
  ),
  'fault-postponed': t(
    ['已告知客户新的恢复时间', '工单 {ticket} 的客户已获知新的预计恢复时间 {due}。'],
    ['Customer told of the new time', 'The customer of ticket {ticket} was told of the new recovery time {due}.'],
  ),
  'fault-recovered': t(
    ['已告知客户故障恢复', '工单 {ticket} 的客户已获知故障恢复。'],
    ['Customer told of the recovery', 'The customer of ticket {ticket} was told that the fault is over.'],
  ),
  'fault-adopted': t(
    ['并入故障公告', '工单 {ticket} 属于新发布的故障公告 {announcement},暂无需处理,客户将在恢复后获知。'],
    [
      'Part of an announcement',
      'Ticket {ticket} is part of the new fault {announcement}: nothing is to be done for now.',
    ],
  ),
  'fault-summary-ready': t(
    ['故障周报', '{ticket} 故障周报已生成:上周故障申告 {reports} 件,请按类别、区域、原因查看。'],
    ['Fault summary', '{ticket} is made: {reports} fault reports last week, by kind, area and cause.'],
  ),
  'repair-wanted': t(
    [
      '派修单待确认',
      '工单 {ticket} 需要贵部门维修,请于 {due} 前确认接收,并告知对接人和预计完成时间。',
      '工单 {ticket} 请贵部门维修,{due} 前确认接收。',
    ],
    [
      'Repair wanted',
      'Ticket {ticket}: please acknowledge the repair by {due}, with contact person and expected time.',
    ],
  ),
  'repair-released': t(
    ['无需维修', '工单 {ticket} 已另行处理,贵部门无需继续维修。'],
    ['Repair not wanted any more', 'Ticket {ticket} is seen to otherwise; your department need not repair it.'],
  ),
  'visit-wanted': t(
    ['请预约上门', '工单 {ticket} 需要上门,请与客户约定时间。'],
    ['Visit to arrange', 'Ticket {ticket} needs a visit; please agree on a time with the customer.'],
  ),
  'visit-arranged': t(
    ['上门预约', '工单 {ticket} 已约定 {due} 上门。'],
    ['Visit arranged', 'Ticket {ticket}: a visit is arranged for {due}.'],
  ),
  'visit-reminder': t(
    ['上门提醒', '工单 {ticket} 约定 {due} 上门,请按时到达。', '工单 {ticket} {due} 上门,请按时到达。'],
    ['Visit soon', 'Ticket {ticket}: the visit is at {due}; please be in time.'],
  ),
  'replacement-wanted': t(
    ['请更换设备', '工单 {ticket} 需要更换设备,请安排。'],
    ['Replacement wanted', 'Ticket {ticket}: the device is to be replaced; please see to it.'],
  ),
  'attention-wanted': t(
    ['需要人工介入', '工单 {ticket} 有自动处理无法完成的事项,请查看。{reason}'],
    ['Attention wanted', 'Ticket {ticket} has something that cannot be done by itself; please look. {reason}'],
  ),
};

/** What a member of staff reads: `title` and `text` in-app and by e-mail, `sms` on the telephone. */
export function staffMessage(template: Template, context: TextContext) {
  const own = staffTexts[template][context.locale];
  const text = fill(reasonOnly(template, context) ?? own.text, context);
  return { title: fill(own.title, context), text, sms: own.sms ? fill(own.sms, context) : text };
}

/** A reminder that no clock gave has nothing to say about one. */
function reasonOnly(template: Template, { data, locale }: TextContext): string | undefined {
  if (template !== 'ticket-reminder' || data.clock !== undefined) return undefined;
  return locale === 'zh' ? '工单 {ticket}:{reason},请及时处理。' : 'Ticket {ticket}: {reason}; please go on.';
}
