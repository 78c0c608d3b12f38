import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import type { Desk, Ending } from '../desk';
import { toTheEnd } from './escalations';

export type Story = (desk: Desk, i: number) => Promise<Ending[]>;

const archived = (ticket: string, outcome: string): Ending => ({ ticket, archived: true, stage: 'ended', outcome });
const agents = ['CS001', 'CS002', 'CS003', 'CS004', 'CS005', 'CS006'];
const registrar = (i: number) => agents[i % agents.length]!;

async function received(desk: Desk, i: number, priority = 'P2', category = 'product'): Promise<string> {
  const n = await desk.people.register(registrar(i), exampleIntakes.consultation(i, category, priority));
  await desk.take(n, 'handler', 'confirm-receipt');
  return n;
}

async function resolved(desk: Desk, n: string, satisfied = true): Promise<void> {
  await desk.think();
  await desk.take(n, 'handler', 'resolve', () => ({ result: '已指导客户重启设备' }));
  await desk.everybodyIn;
  await desk.think(2_000);
  await desk.take(n, 'handler', 'confirm-with-customer', () => ({
    satisfied,
    feedback: satisfied ? '满意' : '仍无法开机',
  }));
}

/** The customer answers by the link they were sent, if it came in time; whether that was taken, or taken in. */
async function surveyed(desk: Desk, n: string, grade: string): Promise<boolean> {
  const token = await desk.linkBySms(n, 9_000);
  if (!token) return false;
  const about = { ticket: n, step: 'submit-survey' };
  const outcome = await desk.people.step(null, `/public/survey/${token}`, about, { grade, comment: '谢谢' });
  return outcome.state !== 'refused';
}

/** Answered, confirmed, surveyed. */
const answered: Story = async (desk, i) => {
  const n = await received(desk, i, i % 3 === 0 ? 'P3' : 'P2');
  await desk.think();
  await desk.take(n, 'handler', 'reply', () => ({ channel: 'phone', text: '您好,请长按电源键十秒重启设备。' }));
  await resolved(desk, n);
  await surveyed(desk, n, 'satisfied');
  return [archived(n, 'satisfied')];
};

/** Urgent: technical support beside the handler; the answer goes out by SMS. */
const urgent: Story = async (desk, i) => {
  const n = await received(desk, i, 'P1', 'login');
  await desk.take(n, 'handler', 'reply', () => ({ channel: 'sms', text: '账户已解锁,请重新登录。' }));
  await resolved(desk, n);
  return [archived(n, 'satisfied')];
};

/** The clocks stand still while the customer looks for a photograph. */
const waited: Story = async (desk, i) => {
  const n = await received(desk, i, 'P2', 'logistics');
  await desk.take(n, 'handler', 'wait-for-customer', () => ({ reason: '等待客户提供快递单照片' }));
  await desk.think(6_000);
  await desk.take(n, registrar(i), 'customer-replied', () => ({ text: '照片已发' }));
  await desk.take(n, 'handler', 'report-progress', () => ({ text: '已联系快递公司' }));
  await resolved(desk, n);
  return [archived(n, 'satisfied')];
};

/** Asked inside: the team leader answers, and a department's own system. */
const asked: Story = async (desk, i) => {
  const n = await received(desk, i, 'P3', 'fees');
  await desk.take(n, 'handler', 'request-answer', () => ({ question: '赔付口径是什么?' }));
  await desk.think();
  await desk.take(n, 'TL001', 'provide-answer', () => ({ answer: '按订单金额三倍赔付' }));
  const handOver = { to: 'department', department: 'LOG', problemType: 'order', urgency: 'urgent', note: '请核实' };
  await desk.take(n, 'handler', 'hand-over', () => handOver);
  const material = await desk.people.material('TL001', n, 'provide-answer', { answer: '包裹在中转站' });
  await desk.signal(
    n,
    'LOG',
    'provide-answer',
    () => ({}),
    (t) => !t.open.includes('provide-answer'),
    material,
  );
  await resolved(desk, n);
  return [archived(n, 'satisfied')];
};

/** Not satisfied at first, then not content with the survey either. */
const twice: Story = async (desk, i) => {
  const n = await received(desk, i);
  await resolved(desk, n, false);
  await resolved(desk, n);
  if (await surveyed(desk, n, 'dissatisfied')) {
    const seen = await desk.board.until(n, (t) => t.stage === 'following-up' || t.archived);
    // Only taken in, it may have reached the workflow too late.
    if (!seen.archived) await desk.take(n, 'SV001', 'record-follow-up', () => ({ settled: true, text: '已致歉' }));
  }
  return [archived(n, 'satisfied')];
};

/** Urged, urged again, given to somebody else, withdrawn in the end. */
const withdrawn: Story = async (desk, i) => {
  const n = await received(desk, i);
  for (const who of ['CS001', 'CS002']) await desk.take(n, who, 'urge', () => ({ note: '请尽快' }));
  await desk.take(n, 'SV001', 'reassign', () => ({ note: '请跟进' }));
  await desk.take(n, 'handler', 'confirm-receipt');
  await desk.everybodyIn;
  await desk.think();
  await desk.take(n, 'CS001', 'withdraw', () => ({ reason: '问题已自行解决' }));
  return [archived(n, 'withdrawn')];
};

/** Several departments are needed: an escalation of its own number, whose end is told here. */
const escalated: Story = async (desk, i) => {
  const n = await received(desk, i, 'P2', 'logistics');
  const form = { reason: '涉及多部门', description: '包裹疑似丢失', tried: '已联系快递公司', expected: '补发' };
  await desk.take(n, 'handler', 'escalate', () => ({
    reasonKind: 'several-departments',
    departments: ['TECH'],
    ...form,
  }));
  const origin = await desk.board.until(n, (t) => t.links.some((link) => link.kind === 'escalates-to'));
  const linked = origin.links.find((link) => link.kind === 'escalates-to')!.ticket;
  await desk.take(linked, 'SV001', 'approve', () => ({ departments: ['TECH'] }));
  await toTheEnd(desk, linked, ['TECH']);
  await resolved(desk, n);
  return [archived(n, 'satisfied'), { ticket: linked, archived: true, stage: 'ended', outcome: null }];
};

/** Closed, then reopened as a ticket of its own. */
const reopened: Story = async (desk, i) => {
  const n = await received(desk, i);
  await resolved(desk, n);
  for (let attempt = 0; attempt < 10; attempt++) {
    const seen = await desk.board.until(n, (t) => t.stage !== 'confirming');
    const outcome = await desk.offer(seen, 'CS002', 'reopen', { reason: '问题再次出现' });
    if (outcome.state === 'refused' && outcome.code === 'too-late') break;
    if (outcome.state === 'refused') {
      await desk.think(1_500);
      continue;
    }
    const isNew = (link: { kind: string }) => link.kind === 'reopened-as';
    const again = outcome.linked ?? (await desk.board.until(n, (t) => t.links.some(isNew))).links.find(isNew)!.ticket;
    await desk.take(again, 'CS002', 'withdraw', () => ({ reason: '已解决' }));
    return [archived(n, 'satisfied'), archived(again, 'withdrawn')];
  }
  return [archived(n, 'satisfied')];
};

/** Two of the same customer become one. */
const merged: Story = async (desk, i) => {
  const [n, into] = [
    await received(desk, i),
    await desk.people.register(registrar(i), exampleIntakes.consultation(i, 'fees')),
  ];
  await desk.take(into, 'handler', 'confirm-receipt');
  await desk.everybodyIn;
  await desk.think();
  await desk.take(n, 'handler', 'merge', () => ({ into, note: '同一问题' }));
  await desk.board.until(n, (t) => t.archived);
  await desk.take(into, 'CS001', 'withdraw', () => ({ reason: '已解决' }));
  return [archived(n, 'merged'), archived(into, 'withdrawn')];
};

/** Left lying: every clock it has runs out. */
const neglected: Story = async (desk, i) => {
  const n = await received(desk, i);
  await desk.take(n, 'handler', 'reply', () => ({ channel: 'chat', text: '正在核实' }));
  return [{ ticket: n, archived: false, stage: 'handling', outcome: null }];
};

/** Nobody confirms receipt: given to others, in the end to a supervisor. */
const unconfirmed: Story = async (desk, i) => {
  const n = await desk.people.register(registrar(i), exampleIntakes.consultation(i, 'product', 'P2'));
  return [{ ticket: n, archived: false, stage: 'receipt', outcome: null }];
};

export const consultations: Story[] = [
  answered,
  urgent,
  waited,
  asked,
  answered,
  twice,
  withdrawn,
  escalated,
  answered,
  reopened,
  merged,
  answered,
  neglected,
  unconfirmed,
];
