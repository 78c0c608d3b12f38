import type { Priority, Process } from '@duban/contracts';
import { demoCategories } from '../demo-data';
import type { PastIntake, PastTicket } from './ticket';

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Chance of one demo centre: the same numbers every time. */
export interface Chance {
  /** 0–1. */
  next(): number;
  pick<T>(from: readonly T[]): T;
  /** Between two numbers, near the smaller one more often. */
  around(from: number, to: number): number;
}

const matters: Record<string, readonly [subject: string, content: string]> = {
  login: ['账户无法登录', '输入密码后提示系统错误,无法进入账户。'],
  payment: ['支付后订单未生成', '已扣款,但订单列表中没有该订单。'],
  product: ['购买的产品无法开机', '按说明书操作后设备仍无法开机,请指导。'],
  logistics: ['物流显示已签收但未收到货', '订单物流三天未更新,页面显示已签收。'],
  'account-safety': ['账户疑似被盗', '收到异地登录提醒,要求冻结账户。'],
  'system-fault': ['系统无法访问', '页面提示服务不可用。'],
  fees: ['会员收费标准咨询', '请说明年度会员与单次服务的收费差别。'],
  repair: ['产品报修', '使用一个月后按键失灵,申请维修。'],
  quality: ['手机电池续航短', '实际续航不到宣传的一半,要求给出说法。'],
  attitude: ['客服态度冷淡', '多次来电均被敷衍,要求道歉。'],
  delivery: ['配送超时', '承诺次日达,三天后才送到。'],
  cross: ['系统接口异常导致重复扣款', '客户被重复扣款,涉及技术部与财务部。'],
  senior: ['大额退款申请', '超出客服权限,需要高层审批。'],
};
const complaintTypes: Record<string, string> = { quality: 'product', attitude: 'service', delivery: 'logistics' };

/** What somebody asked for: consultations mostly; complaints take days, so none of the last ones is past already. */
export function intake(chance: Chance, ageDays: number, n: number): PastIntake {
  const roll = chance.next();
  const process: Process = roll < 0.7 || ageDays < 12 ? 'consultation' : roll < 0.92 ? 'complaint' : 'escalation';
  const { id: category, group, priority } = chance.pick(demoCategories.filter((known) => known.process === process));
  const [subject, content] = matters[category] ?? ['其他问题', '客户咨询其他问题。'];
  const type = {
    consultation: chance.pick(['business', 'information', 'guidance']),
    complaint: complaintTypes[category] ?? 'service',
    escalation: category === 'senior' ? 'senior-approval' : 'several-departments',
  }[process];
  const channel = chance.pick(['phone', 'phone', 'phone', 'chat', 'chat', 'email', 'web']);
  const form = { orderNo: `DD2026${String(2000 + n)}` };
  return { ...{ process, type, category, group, priority, channel, subject, content, form } };
}

/** Tells one ticket's story to its end; answers when it was archived. */
export function tell(ticket: PastTicket, chance: Chance, ageDays: number): number {
  switch (ticket.given.process) {
    case 'consultation':
      return consultation(ticket, chance, ageDays);
    case 'complaint':
      return complaint(ticket, chance);
    case 'escalation':
      return escalation(ticket, chance);
    default:
      throw new Error(`no story of ${ticket.given.process}`);
  }
}

const answerLimits: Record<Priority, number> = { P1: 10 * MINUTE_MS, P2: 30 * MINUTE_MS, P3: 120 * MINUTE_MS };

function consultation(ticket: PastTicket, chance: Chance, ageDays: number): number {
  const { startedAt, handler, category, priority } = ticket.given;
  // The receipt's limit is a fifth of the answer's or more: few are late.
  const received = startedAt + chance.around(20_000, answerLimits[priority] * 0.22);
  ticket.take('confirm-receipt', handler, received).ran('accept', startedAt, received).moveTo('handling', received);
  if (chance.next() < 0.06) {
    const at = received + chance.around(5 * MINUTE_MS, 2 * HOUR_MS);
    ticket.take('withdraw', 'customer', at, {}, { reason: '问题已自行解决' }).close(at, 'withdrawn');
    return at + 2_000;
  }
  // One in twelve is answered late.
  const limit = answerLimits[priority];
  const late = chance.next() < 0.08;
  const replied =
    startedAt + (late ? limit * chance.around(1.05, 2) : chance.around(received - startedAt + 30_000, limit * 0.9));
  ticket
    .take('reply', handler, replied, { channel: 'phone' }, { text: '您好,已为您核实,请按短信中的步骤操作。' })
    .ran('first-response', startedAt, replied);
  // Logistics has become slower in the last month: statistics have something to point at.
  const slow = category === 'logistics' && ageDays < 30 ? 4 : 1;
  const resolved = replied + chance.around(10 * MINUTE_MS, 7 * HOUR_MS) * slow;
  ticket
    .take('resolve', handler, resolved, {}, { result: '已指导客户处理,问题解决' })
    .ran('handling', startedAt, resolved)
    .moveTo('confirming', resolved);
  const confirmed = resolved + chance.around(2 * MINUTE_MS, 90 * MINUTE_MS);
  ticket
    .take('confirm-with-customer', handler, confirmed, { satisfied: true }, { feedback: '客户表示满意' })
    .ran('confirm', resolved, confirmed)
    .close(confirmed, 'satisfied');
  return survey(ticket, chance, confirmed);
}

function complaint(ticket: PastTicket, chance: Chance): number {
  const { startedAt, handler, category } = ticket.given;
  const department = category === 'delivery' ? 'LOG' : category === 'quality' ? 'TECH' : 'OPS';
  const contact = { LOG: 'WD001', TECH: 'TD001', OPS: 'OD001' }[department]!;
  const liability = chance.pick(['agent-error', 'system-fault', 'process-defect'] as const);
  const received = startedAt + chance.around(MINUTE_MS, 9 * MINUTE_MS);
  ticket
    .moveTo('investigating', startedAt)
    .take('confirm-receipt', handler, received)
    .ran('accept', startedAt, received);
  const replied = received + chance.around(10 * MINUTE_MS, 100 * MINUTE_MS);
  ticket
    .take('reply', handler, replied, { channel: 'phone' }, { text: '非常给您带来不便,我们已成立小组调查。' })
    .ran('first-response', startedAt, replied);
  const formed = replied + chance.around(10 * MINUTE_MS, 2 * HOUR_MS);
  ticket.take('form-group', 'SV001', formed, { lead: 'SV001', members: ['TS002'], departments: [department] });
  const reported = formed + chance.around(6 * HOUR_MS, (chance.next() < 0.15 ? 30 : 19) * HOUR_MS);
  const side = { LOG: 'logistics', TECH: 'product', OPS: 'service' }[department]!;
  ticket
    .take(
      'submit-report',
      'SV001',
      reported,
      { liability, side, substantiated: true, department },
      { findings: '经调查,情况属实。' },
    )
    .ran('investigation', startedAt, reported)
    .moveTo('negotiating', reported);
  const proposed = reported + chance.around(HOUR_MS, 20 * HOUR_MS);
  const due = proposed + 3 * DAY_MS;
  ticket
    .take(
      'propose-solution',
      handler,
      proposed,
      { liability, compensation: 'coupon', dueAt: due },
      { action: '整改并补偿', compensationDetail: '50元优惠券' },
    )
    .ran('solution', reported, proposed)
    .moveTo('consenting', proposed);
  const consented = proposed + chance.around(HOUR_MS, 12 * HOUR_MS);
  ticket.take('record-consent', handler, consented, { accepted: true, form: 'voice' }).moveTo('rectifying', consented);
  const rectified = consented + chance.around(DAY_MS, (chance.next() < 0.25 ? 4.5 : 2.5) * DAY_MS);
  ticket
    .take('complete-rectification', contact, rectified, {}, { result: '已完成整改' })
    .ran('rectification', consented, rectified, { due })
    .moveTo('verifying', rectified);
  const verified = rectified + chance.around(HOUR_MS, 8 * HOUR_MS);
  ticket
    .take('verify-rectification', 'SV001', verified, { accepted: true })
    .ran('verification', rectified, verified)
    .moveTo('revisiting', verified);
  const revisited = verified + chance.around(6 * HOUR_MS, 2.5 * DAY_MS);
  ticket
    .take('record-revisit', 'SV001', revisited, { satisfied: true, effective: true }, { text: '客户认可整改效果' })
    .ran('revisit', rectified, revisited)
    .close(revisited, 'satisfied');
  Object.assign(ticket.facts, {
    groupLead: 'SV001',
    groupMembers: ['TS002'],
    liability,
    side,
    substantiated: true,
    department,
  });
  ticket.departments.push({ id: department, state: 'delivered' });
  return survey(ticket, chance, revisited);
}

function escalation(ticket: PastTicket, chance: Chance): number {
  const { startedAt, handler } = ticket.given;
  const decided = startedAt + chance.around(5 * MINUTE_MS, 110 * MINUTE_MS);
  ticket.moveTo('approving', startedAt).ran('approval', startedAt, decided);
  if (chance.next() < 0.15) {
    ticket.take('reject', 'SV001', decided, {}, { reason: '可由客服处理' }).close(decided, 'rejected');
    return decided + 2_000;
  }
  ticket.take('approve', 'SV001', decided, { departments: ['TECH', 'FIN'] }).moveTo('cooperating', decided);
  let delivered = decided;
  for (const [department, contact] of [
    ['TECH', 'TD001'],
    ['FIN', 'FD001'],
  ] as const) {
    const acknowledged = decided + chance.around(10 * MINUTE_MS, (chance.next() < 0.2 ? 200 : 110) * MINUTE_MS);
    const expectedAt = acknowledged + 20 * HOUR_MS;
    ticket
      .take('acknowledge', contact, acknowledged, { department, rank: 'specialist', expectedAt }, { contact: '对接人' })
      .ran('acknowledge', decided, acknowledged, { department });
    const at = acknowledged + chance.around(2 * HOUR_MS, (chance.next() < 0.2 ? 26 : 18) * HOUR_MS);
    ticket
      .take('deliver-result', contact, at, { department }, { result: '已退还重复扣款' })
      .ran('expected', acknowledged, at, { department, due: expectedAt });
    ticket.departments.push({ id: department, state: 'delivered', expectedAt });
    delivered = Math.max(delivered, at);
  }
  ticket.moveTo('telling', delivered);
  const told = delivered + chance.around(20 * MINUTE_MS, 10 * HOUR_MS);
  ticket
    .take('tell-customer', handler, told, { accepted: true, channel: 'phone' }, { text: '已告知客户处理结果' })
    .ran('tell-customer', delivered, told)
    .close(told, undefined);
  return told + 2_000;
}

/** Six in ten answer; who is not satisfied is called again. */
function survey(ticket: PastTicket, chance: Chance, closedAt: number): number {
  ticket.moveTo('surveying', closedAt);
  if (chance.next() > 0.6) {
    const at = closedAt + 72 * HOUR_MS;
    ticket.unanswered(at);
    return at;
  }
  const at = closedAt + chance.around(5 * MINUTE_MS, 30 * HOUR_MS);
  const roll = chance.next();
  const grade = roll < 0.72 ? 'satisfied' : roll < 0.9 ? 'basically-satisfied' : 'dissatisfied';
  const best = { satisfied: 5, 'basically-satisfied': 4, dissatisfied: 2 }[grade]!;
  const score = () => Math.max(1, best - (chance.next() < 0.3 ? 1 : 0));
  const scores = { efficiency: score(), attitude: score(), solution: score() };
  const needsFollowUp = grade === 'dissatisfied' || Object.values(scores).some((given) => given <= 2);
  ticket.take(
    'submit-survey',
    'customer',
    at,
    { grade, ...scores },
    grade === 'satisfied' ? {} : { comment: '希望更快一些' },
  );
  Object.assign(ticket.facts, {
    ...{ surveyGrade: grade, needsFollowUp, surveyEfficiency: scores.efficiency },
    ...{ surveyAttitude: scores.attitude, surveySolution: scores.solution },
  });
  if (!needsFollowUp) return at + 2_000;
  const followed = at + chance.around(HOUR_MS, 26 * HOUR_MS);
  ticket
    .moveTo('following-up', at)
    .take('record-follow-up', ticket.given.handler, followed, { settled: true }, { text: '已电话致歉并说明' })
    .ran('follow-up', at, followed);
  ticket.facts.followUpSettled = true;
  return followed + 2_000;
}
