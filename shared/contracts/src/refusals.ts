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
  'no-such-clock': { zh: '没有正在计时的时限 {clock}', en: 'No clock {clock} is running' },
  'not-later': { zh: '新的期限必须晚于原期限', en: 'The new due time must be later than the present one' },
  'not-an-earlier-stage': {
    zh: '不能退回到环节「{stage}」',
    en: 'The ticket cannot be sent back to stage "{stage}"',
  },
  'cannot-be-skipped': { zh: '环节「{stage}」不能跳过', en: 'Stage "{stage}" cannot be skipped' },
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
