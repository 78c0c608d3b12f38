import type { Label } from './fields';
import { type Stage, stageLabels } from './labels';
import { stepLabel } from './step-tables';

/** Why a step changes nothing, in the caller's language. `{x}` is filled from the refusal's detail. */
export const refusals = {
  'not-open': { zh: '当前环节「{stage}」不能执行「{step}」', en: '"{step}" is not open at stage "{stage}"' },
  'not-yours': { zh: '「{step}」应由其他人员执行', en: '"{step}" is for somebody else to take' },
  stale: { zh: '工单已被更新,请刷新后再操作', en: 'The ticket has changed since you looked; look again, then decide' },
  required: { zh: '缺少字段 {field}', en: 'Field {field} is required' },
  malformed: { zh: '字段 {field} 的值不正确', en: 'Field {field} has a wrong value' },
  'unknown-field': { zh: '没有字段 {field}', en: 'There is no field {field}' },
  'in-the-past': { zh: '字段 {field} 的时间已过去', en: 'The time in field {field} has passed' },
  'escalation-open': {
    zh: '仍有升级单 {ticket} 未结束,不能办结',
    en: 'Escalation {ticket} is still open; the ticket cannot be ended',
  },
  'wrong-liability': {
    zh: '方案与责任认定「{liability}」不符',
    en: 'The solution does not fit the liability "{liability}"',
  },
  'no-consent': { zh: '客户尚未书面或语音确认,不能执行', en: 'The customer has not consented in writing or by voice' },
  'not-asked': { zh: '部门 {department} 未参与本工单', en: 'Department {department} takes no part in this ticket' },
  'too-far': { zh: '字段 {field} 的时间过远', en: 'The time in field {field} is too far off' },
  'help-open': {
    zh: '部门 {department} 的协作请求尚未答复,请等待答复或先撤回',
    en: 'Department {department} has not answered a request for help yet; wait, or withdraw it',
  },
  'too-late': { zh: '已超过可执行期限', en: 'The time for this has passed' },
  'not-same-customer': {
    zh: '只能并入同一客户的未结工单',
    en: 'Only an open ticket of the same customer can take this one in',
  },
  'same-policy': { zh: '工单已使用策略版本 {policy}', en: 'The ticket lives by policy version {policy} already' },
  'already-taken': { zh: '工单已被 {handler} 抢先接收', en: '{handler} was first to pick this ticket up' },
  'not-in-group': { zh: '您不是服务组 {group} 的成员', en: 'You do not belong to group {group}' },
  'at-capacity': {
    zh: '您在办 {open} 件,已达上限 {capacity} 件',
    en: 'You have {open} open tickets, and may have {capacity}',
  },
  'no-such-task': { zh: '没有任务 {task}', en: 'There is no task {task}' },
  'tasks-open': { zh: '任务 {tasks} 尚未完成', en: 'Tasks {tasks} are not done yet' },
  'too-many': {
    zh: '该工单的操作次数过多,不能再执行「{step}」',
    en: 'Too much was done on this ticket for another "{step}"',
  },
  commanded: { zh: '{handler} 已接警指挥', en: '{handler} has taken command' },
  'no-such-clock': { zh: '没有正在计时的时限 {clock}', en: 'No clock {clock} is running' },
  'not-later': { zh: '新的期限必须晚于原期限', en: 'The new due time must be later than the present one' },
  'not-an-earlier-stage': {
    zh: '不能退回到环节「{stage}」',
    en: 'The ticket cannot be sent back to stage "{stage}"',
  },
  'cannot-be-skipped': { zh: '环节「{stage}」不能跳过', en: 'Stage "{stage}" cannot be skipped' },
  'for-supervisor': { zh: '此时「{step}」只能由主管执行', en: 'Only a supervisor may take "{step}" now' },
  'document-needed': { zh: '该业务须核验证件', en: 'This business wants a document to be seen' },
  'slot-full': { zh: '时段 {slot} 已约满', en: 'Slot {slot} is full' },
  'slot-past': { zh: '时段 {slot} 已过', en: 'Slot {slot} has passed' },
  'slot-closed': { zh: '时段 {slot} 不可预约', en: 'Slot {slot} is not to be had' },
  'too-early': { zh: '尚未到可执行的时间', en: 'It is too early for this' },
  'wrong-order': { zh: '须先登记前面的进展', en: 'What comes before it is not recorded yet' },
  'not-wanted': { zh: '无需提供该材料', en: 'This material is not wanted' },
  'wrong-amount': { zh: '金额须为 {amountFen} 分', en: 'The amount must be {amountFen} fen' },
  'wrong-process': { zh: '类别 {category} 不属于目标流程', en: 'Category {category} is not of that process' },
  closed: { zh: '工单已结束', en: 'The ticket has ended' },
  repeated: { zh: '重复提交', en: 'This step was taken already' },
} as const satisfies Record<string, Label>;

export type RefusalCode = keyof typeof refusals;

/** The refusal's text, its variables filled in; `step` and `stage` in the detail are names and become labels. */
export function refusalText(
  code: RefusalCode,
  locale: 'zh' | 'en',
  detail: Record<string, string | number> = {},
): string {
  return refusals[code][locale].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(detail[name] ?? '');
    if (name === 'stage') return stageLabels[value as Stage]?.[locale] ?? value;
    if (name === 'step') return stepLabel(value)?.[locale] ?? value;
    return value;
  });
}
