import { exampleIntakes } from '../seed-tickets';
import { DAY, HOUR, type Stage, Story } from './story';

/** A consultation answered after its limit: warned, overdue, answered, confirmed, surveyed, archived (C1–C3, G13). */
export async function consultationStory(stage: Stage): Promise<void> {
  const story = new Story(stage, {
    zh: '一、咨询:P2 限 30 分钟首次响应,超时后才答复',
    en: '1. A consultation: first response due in 30 minutes, given late',
  });
  const { ticket, handler } = await story.begin('CS001', exampleIntakes.consultation(30));
  story.say(`${handler} 接单后迟迟没有答复客户。`, `${handler} has the ticket, but does not answer.`);
  await story.pass(ticket, 'first-response', { percent: 80 });
  await story.entry(ticket, 'warned', { clock: 'first-response' });
  await story.told(ticket, 'clock-warning', handler);
  await story.pass(ticket, 'first-response', { percent: 100 });
  await story.entry(ticket, 'breached', { clock: 'first-response', late: handler });
  await story.told(ticket, 'clock-breached', handler, 'SV001', 'SV002');

  const text = '您好,请长按电源键十秒重启设备,再按说明书第二章完成设置。';
  await story.take(handler, ticket, 'reply', { channel: 'phone', text });
  await story.entry(ticket, 'clock-met-late', { clock: 'first-response' });
  await story.take(handler, ticket, 'resolve', { result: '已指导客户重启设备,设备正常开机' });
  await story.take(handler, ticket, 'confirm-with-customer', { satisfied: true, feedback: '问题解决,客户满意' });
  await story.is(ticket, { status: 'closed', stage: 'surveying' });
  story.say('客户打开短信中的链接评价。', 'The customer opens the link of the SMS.');
  await story.survey(ticket, {
    grade: 'satisfied',
    efficiency: 3,
    attitude: 5,
    solution: 5,
    comment: '希望回复再快些',
  });
  await story.is(ticket, { status: 'closed', archived: true });
}

/** A complaint from investigation to revisit: refused once, rectified late, verified, content (K1–K5). */
export async function complaintStory(stage: Stage): Promise<void> {
  const story = new Story(stage, {
    zh: '二、投诉:24 小时内完成调查,方案须经客户确认,整改超时,三日内回访',
    en: '2. A complaint: investigated in 24 h, consented to, rectified late, revisited in 3 days',
  });
  const { ticket, handler } = await story.begin('CS003', exampleIntakes.complaint(31));
  await story.told(ticket, 'investigation-wanted', 'SV001', 'SV002');
  await story.take(handler, ticket, 'reply', {
    ...{ channel: 'phone', text: '非常给您带来不便,我理解您的感受,已为您登记投诉。' },
  });
  const group = { lead: 'SV001', members: ['TS002'], departments: ['TECH'], note: '请技术部提供系统日志' };
  await story.take('SV001', ticket, 'form-group', group);
  await story.told(ticket, 'group-formed', 'SV001', 'TS002');
  await story.take('TS002', ticket, 'add-evidence', {
    kind: 'system-log',
    reference: 'LOG-0412',
    note: '电池管理日志',
  });
  await story.pass(ticket, 'investigation', { percent: 80 });
  await story.entry(ticket, 'warned', { clock: 'investigation' });
  await story.told(ticket, 'clock-warning', handler, 'SV001', 'SV002');
  await story.take('SV001', ticket, 'submit-report', {
    ...{ liability: 'system-fault', side: 'product', substantiated: true, department: 'TECH' },
    findings: '电池管理固件存在缺陷,续航低于标称值,投诉属实。',
  });
  await story.told(ticket, 'solution-wanted', handler);

  story.say(
    '因系统故障:说明修复时间与补偿。第一次方案客户不同意。',
    'A system fault asks for a date and a compensation. The customer refuses the first one.',
  );
  const solution = async (compensation: string, compensationDetail: string) => ({
    ...{ liability: 'system-fault', compensation, dueAt: await story.in(2 * DAY) },
    ...{ action: '两日内推送固件修复,并延长保修一年', compensationDetail },
  });
  await story.take(handler, ticket, 'propose-solution', await solution('coupon', '50 元优惠券'));
  await story.take(handler, ticket, 'record-consent', { accepted: false, form: 'voice', note: '客户认为补偿不足' });
  await story.is(ticket, { stage: 'negotiating' });
  await story.take(handler, ticket, 'propose-solution', await solution('service-upgrade', '一年高级会员'));
  const recording = { reference: 'REC-20260131-07', text: '客户电话同意方案' };
  const evidence = await story.material(handler, ticket, 'evidence', recording);
  await story.take(handler, ticket, 'record-consent', { accepted: true, form: 'voice', evidence });
  await story.told(ticket, 'rectification-wanted', 'TD001');
  const news = { text: '技术部正在修复固件,完成后第一时间通知您', nextAt: await story.in(2 * DAY + 4 * HOUR) };
  await story.take(handler, ticket, 'report-progress', news);

  await story.pass(ticket, 'rectification', { percent: 100 });
  await story.entry(ticket, 'breached', { clock: 'rectification' });
  await story.told(ticket, 'clock-breached', 'TD001', 'SV001', 'SV002');
  await story.take('TD001', ticket, 'complete-rectification', { result: '固件 2.1.3 已推送,续航恢复标称值' });
  await story.entry(ticket, 'clock-met-late', { clock: 'rectification' });
  await story.told(ticket, 'verification-wanted', 'SV001');
  await story.take('SV001', ticket, 'verify-rectification', { accepted: true, note: '抽测 20 台,均达标' });
  await story.told(ticket, 'revisit-wanted', 'SV001', 'RV001');
  const followUp = { text: '整改已完成,请客户试用两日', nextAt: await story.in(3 * DAY) };
  await story.take(handler, ticket, 'report-progress', followUp);
  await story.passBy(2 * DAY);
  await story.take('SV001', ticket, 'record-revisit', {
    ...{ satisfied: true, effective: true, text: '客户确认续航恢复,对处理满意' },
  });
  await story.survey(ticket, { grade: 'satisfied', efficiency: 4, attitude: 5, solution: 5 });
  await story.is(ticket, { status: 'closed', archived: true });
}

/** An escalation of an open consultation: silence, dispute, ruling, a refusal, and the origin goes on (E1–E5). */
export async function escalationStory(stage: Stage): Promise<void> {
  const story = new Story(stage, {
    zh: '三、跨部门升级:部门未在 2 小时内确认,争议由委员会裁定,客户先拒后受',
    en: '3. An escalation: no acknowledgement in 2 h, a dispute ruled upon, refused once, accepted',
  });
  const { subject, content, reason, tried, expected } = exampleIntakes.escalation(32);
  const payment = { ...exampleIntakes.consultation(32, 'payment', 'P1'), type: 'business', subject, content };
  const { ticket: origin, handler } = await story.begin('CS002', payment);
  await story.entry(origin, 'support-joined');
  const first = { channel: 'phone', text: '您好,我为您核实扣款记录,涉及技术部与财务部,现为您申请升级。' };
  await story.take(handler, origin, 'reply', first);
  await story.take(handler, origin, 'escalate', {
    ...{ reasonKind: 'several-departments', departments: ['TECH', 'FIN'], reason, description: content },
    ...{ tried, expected },
  });
  const ticket = String((await story.entry(origin, 'linked')).data.ticket);
  story.follow(ticket);
  await story.is(origin, { status: 'escalated' });
  await story.is(ticket, { stage: 'approving' });
  await story.told(ticket, 'approval-wanted', 'SV001', 'SV002');
  await story.take('SV001', ticket, 'approve', { departments: ['TECH', 'FIN'], note: '情况属实,请两部门协同' });
  await story.told(ticket, 'department-asked', 'TD001', 'FD001');

  story.say('两个部门都没有动静。', 'Neither department says anything.');
  const clocks = { TECH: 'acknowledge:TECH', FIN: 'acknowledge:FIN' };
  await story.pass(ticket, clocks.FIN, { percent: 50 });
  for (const late of ['TECH', 'FIN']) await story.entry(ticket, 'reminded', { clock: 'acknowledge', late });
  await story.told(ticket, 'ticket-reminder', 'TD001', 'FD001');
  await story.pass(ticket, clocks.FIN, { percent: 80 });
  for (const late of ['TECH', 'FIN']) await story.entry(ticket, 'warned', { clock: 'acknowledge', late });
  await story.told(ticket, 'clock-warning', 'TD001', 'FD001');
  await story.pass(ticket, clocks.FIN, { percent: 100 });
  for (const late of ['TECH', 'FIN']) await story.entry(ticket, 'breached', { clock: 'acknowledge', late });
  await story.told(ticket, 'clock-breached', 'TD002', 'FD002', 'SV001');
  await story.pass(ticket, clocks.FIN, { afterMs: HOUR });
  for (const late of ['TECH', 'FIN']) await story.entry(ticket, 'escalated-up', { clock: 'acknowledge', late });
  await story.told(ticket, 'clock-escalated', 'CM001', 'CM002');

  await story.take('TD001', ticket, 'acknowledge', {
    ...{ department: 'TECH', rank: 'specialist', expectedAt: await story.in(20 * HOUR), contact: '林海涛' },
  });
  await story.entry(ticket, 'clock-met-late', { clock: 'acknowledge' });
  story.say('财务部由自己的系统以信号确认,并提出争议。', "Finance's own system acknowledges by signal, and disputes.");
  const expectedAt = (await story.now()) + 22 * HOUR;
  await story.signal('FIN', ticket, 'acknowledge', { department: 'FIN', rank: 'manager', expectedAt });
  await story.take('FD001', ticket, 'raise-dispute', {
    department: 'FIN',
    reason: '扣款由接口重复调用引起,应由技术部负责',
  });
  await story.told(ticket, 'dispute-raised', 'CM001', 'CM002', 'SV001');
  await story.is(ticket, { stage: 'ruling' });
  await story.take('CM001', ticket, 'record-ruling', {
    ...{ department: 'TECH', dueAt: await story.in(8 * HOUR) },
    minutes: '协调会纪要:由技术部修复接口并冲正重复扣款,财务部配合核对,今日完成。',
  });
  await story.told(ticket, 'ruling-recorded', 'TD001', 'FD001', 'CM001', 'SV001', handler);
  await story.take(handler, ticket, 'tell-progress', {
    ...{ form: 'sms', text: '技术团队正在排查系统接口问题,预计明日12点前给出方案' },
  });
  await story.told(ticket, 'progress-told', 'customer');

  await story.passBy(2 * HOUR);
  await story.take('TD001', ticket, 'deliver-result', { department: 'TECH', result: '接口已修复,重复扣款三日内退回' });
  await story.told(ticket, 'result-delivered', handler);
  const no = { accepted: false, form: 'phone', text: '客户不接受等待三日' };
  await story.take(handler, ticket, 'tell-customer', no);
  await story.told(ticket, 'result-refused', 'TD001');
  await story.is(ticket, { stage: 'cooperating' });
  const result = '重复扣款已即时冲正,赠送一个月会员';
  await story.take('TD001', ticket, 'deliver-result', { department: 'TECH', result });
  await story.take(handler, ticket, 'tell-customer', { accepted: true, form: 'phone', text: '客户接受' });
  await story.is(ticket, { status: 'resolved' });
  await story.ended(ticket);

  story.say('升级单已解决,原工单继续办理。', 'The escalation is resolved; the ticket it came from goes on.');
  await story.entry(origin, 'link-changed', { ticket, outcome: 'resolved' });
  await story.is(origin, { status: 'in-progress' });
  await story.take(handler, origin, 'resolve', { result: '重复扣款已冲正,原因已向客户说明' });
  await story.take(handler, origin, 'confirm-with-customer', { satisfied: true, feedback: '客户认可' });
  await story.survey(origin, { grade: 'basically-satisfied', efficiency: 3, attitude: 5, solution: 4 });
  await story.is(origin, { status: 'closed', archived: true });
}
