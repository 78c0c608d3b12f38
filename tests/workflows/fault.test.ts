import { announceFault, exampleFault } from '@duban/infra/local/demo-faults';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { attachToFault, createCustomerLink, createTicket, findTicket, wakeRelay } from '@duban/database';
import { customerActor } from '@duban/contracts';
import { type TestCentre, openCentre } from '../support/centre';
import { referenceFault, repairPromise } from '../support/references/fault';
import { DAY, HOUR, inHours, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;
let customers = 0;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

/** A report outside any announcement, received by its handler. */
async function reported(area = 'west') {
  const n = await c.people.register('CS001', exampleIntakes.fault(customers++, area));
  const handler = await c.people.handlerOf(n);
  await take(handler, n, 'confirm-receipt');
  return { n, handler };
}
const dispatch = { result: 'dispatch', findings: '疑似线路损坏' };
async function sentToTech() {
  const { n, handler } = await reported();
  await take(handler, n, 'diagnose', dispatch);
  await take(handler, n, 'dispatch-repair', { department: 'TECH', instructions: '请上门' });
  return { n, handler };
}
async function visiting() {
  const { n, handler } = await sentToTech();
  await take('TD001', n, 'acknowledge', repairPromise('TECH'));
  await take('TD001', n, 'arrange-visit', { at: inHours(30) });
  return { n, handler };
}
/** What is over is not announced any more: the next test has its own. */
async function announced(areas: string[]) {
  const announcement = await announceFault(c.people, exampleFault(areas));
  await c.people.until(announcement, (t) => t.revision > 0);
  return announcement;
}
const end = (announcement: string) => take('DM001', announcement, 'end-fault', { result: '已恢复' });
async function stillBroken(n: string) {
  const token = await createCustomerLink(c.database.db, { ticket: n, purpose: 'progress', lastsMs: DAY });
  const { body } = await c.people.request<{ fault: object | null; steps: Array<{ step: string }> }>(
    ...([null, 'GET', `/public/progress/${token}`] as const),
  );
  const path = `/public/progress/${token}/steps/still-broken`;
  const taken = () => c.people.request(null, 'POST', path, { text: '还是上不了网' });
  return { page: body, taken };
}
const sms = async (n: string, template: string) =>
  c.eventually(async () => {
    const sent = await c.sent(n);
    expect(sent).toContain(`${template} → sms sent`);
  });

describe('a fault outside any announcement (F3)', () => {
  it('is diagnosed, repaired at the customer’s, confirmed, surveyed, archived (F3)', async () => {
    const n = await referenceFault(c.people, customers++);
    await sms(n, 'visit-arranged');
    await paths.told(n, 'repair-wanted → TD001');
    await paths.survey(n);
    await c.ended(n);
    expect((await c.state(n)).facts).toMatchObject({ diagnosis: 'dispatch', cause: 'equipment', visits: 1 });
    expect(await c.people.ticket(n)).toMatchObject({ status: 'closed', archived: true });
    await c.saveHistory(n, 'fault/repaired');
  });

  it.each(['solved-remotely', 'not-a-fault'])(
    '%s needs nobody to come; not content → diagnosed anew (F3)',
    async (result) => {
      const { n, handler } = await reported();
      expect(await paths.refused(take(handler, n, 'dispatch-repair', { department: 'TECH', instructions: 'x' }))).toBe(
        'not-open',
      );
      await take(handler, n, 'diagnose', { result, findings: '已指导重启' });
      await take(handler, n, 'confirm-with-customer', { satisfied: false });
      expect(await c.state(n)).toMatchObject({ stage: 'diagnosing', facts: { diagnosis: null } });
      await take(handler, n, 'diagnose', { result, findings: '再次核对' });
      await take(handler, n, 'confirm-with-customer', { satisfied: true });
      await paths.survey(n);
      await c.ended(n);
      await c.saveHistory(n, `fault/${result}`);
    },
  );

  it("a department's system acknowledges, arranges and records by signal; another's is ignored (F3, D1)", async () => {
    const { n, handler } = await sentToTech();
    const { expectedAt: _, ...promise } = repairPromise('TECH');
    const expectedAt = Date.now() + 20 * HOUR;
    const command = { department: 'TECH', rank: promise.rank, expectedAt };
    await paths.signal(n, 'acknowledge', systemOf('FIN'), command);
    await paths.entry(n, 'ignored', { step: 'acknowledge', code: 'not-yours' });
    await paths.signal(n, 'acknowledge', systemOf('TECH'), command);
    await paths.entry(n, 'step', { step: 'acknowledge', origin: 'signal' });
    await paths.signal(n, 'arrange-visit', systemOf('TECH'), { at: Date.now() + 30 * HOUR });
    await paths.entry(n, 'step', { step: 'arrange-visit', origin: 'signal' });
    await paths.signal(n, 'record-visit', systemOf('TECH'), { result: 'fixed' });
    await paths.entry(n, 'ignored', { step: 'record-visit', code: 'required' });
    await paths.signal(n, 'record-visit', systemOf('TECH'), { result: 'fixed', arrivedAt: Date.now() });
    await c.people.until(n, (t) => t.stage === 'confirming');
    expect((await c.state(n)).departments).toMatchObject([{ id: 'TECH', state: 'delivered' }]);
    await take(handler, n, 'confirm-with-customer', { satisfied: true });
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'fault/by-signals');
  });

  it('nobody there, or parts missing → another appointment, reminded of; late ones are told upward (F3, G13)', async () => {
    const { n, handler } = await visiting();
    const past = take('TD001', n, 'arrange-visit', { at: inHours(-1) });
    expect(await paths.refused(past)).toBe('in-the-past');
    await c.advance(n, 7 * HOUR); // 24 hours before
    await sms(n, 'visit-reminder');
    await paths.told(n, 'visit-reminder → TD001');
    await c.advancePast(n, 'visit');
    await paths.entry(n, 'breached', { clock: 'visit' });
    await paths.told(n, 'clock-breached → TD002');
    await take('TD001', n, 'record-visit', { result: 'no-access', arrivedAt: inHours(0), findings: '无人在家' });
    expect((await c.state(n)).stage).toBe('appointing');
    await c.advancePast(n, 'appointment');
    await paths.entry(n, 'breached', { clock: 'appointment' });
    const at = new Date((await c.virtualNow(n)) + 5 * HOUR).toISOString();
    await take(handler, n, 'arrange-visit', { at });
    await take('TD001', n, 'record-visit', { result: 'needs-parts', arrivedAt: at, findings: '缺光模块' });
    await take(handler, n, 'arrange-visit', { at });
    await take('TD001', n, 'record-visit', { result: 'no-show', findings: '工程车故障' });
    expect(await c.state(n)).toMatchObject({ stage: 'appointing', facts: { visits: 3, visitResult: 'no-show' } });
    await take('SV001', n, 'cancel', { reason: '客户改用其他线路' });
    await c.ended(n);
    await c.saveHistory(n, 'fault/visits-in-vain');
  });

  it('repaired, and not to the customer’s content: diagnosed and dispatched anew (F3, G11)', async () => {
    const { n, handler } = await visiting();
    const fixed = { result: 'fixed', arrivedAt: inHours(30), findings: '已更换光猫' };
    await take('TD001', n, 'record-visit', fixed);
    const kept = (await c.state(n)).clocks.find(({ key }) => key === 'handling');
    expect(kept).toMatchObject({ state: 'met' });
    await take(handler, n, 'confirm-with-customer', { satisfied: false });
    await paths.told(n, `not-satisfied → ${handler}`);
    await take(handler, n, 'diagnose', dispatch);
    await take(handler, n, 'dispatch-repair', { department: 'TECH', instructions: '请再次上门' });
    await take('TD001', n, 'acknowledge', repairPromise('TECH'));
    await take('TD001', n, 'arrange-visit', { at: inHours(50) });
    await take('TD001', n, 'record-visit', fixed);
    await take(handler, n, 'confirm-with-customer', { satisfied: true });
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'fault/repaired-twice');
  });

  it('a department that is silent is told upward; another one gets the sheet, the first is released (F3, G13)', async () => {
    const { n, handler } = await sentToTech();
    await c.advancePast(n, 'acknowledge:TECH');
    await paths.entry(n, 'breached', { clock: 'acknowledge' });
    await paths.told(n, 'clock-breached → TD002');
    expect(await paths.refused(take(handler, n, 'dispatch-repair', { department: 'TECH', instructions: 'x' }))).toBe(
      'repeated',
    );
    await take(handler, n, 'dispatch-repair', { department: 'OPS', instructions: '请上门' });
    await paths.told(n, 'repair-released → TD001');
    expect((await c.state(n)).departments).toMatchObject([
      { id: 'TECH', state: 'released' },
      { id: 'OPS', state: 'asked' },
    ]);
    expect(await paths.refused(take('OD001', n, 'acknowledge', repairPromise('TECH')))).toBeDefined();
    await take('OD001', n, 'acknowledge', repairPromise('OPS'));
    await take('OD001', n, 'arrange-visit', { at: inHours(40) });
    // Changed their mind before anybody came: the other department has to acknowledge again.
    await take(handler, n, 'dispatch-repair', { department: 'TECH', instructions: '请上门' });
    expect((await c.state(n)).stage).toBe('acknowledging');
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'fault/department-late');
  });

  it('a late diagnosis is told; a supervisor skips the confirmation, and sends back to the diagnosis (F3, G13)', async () => {
    const { n, handler } = await reported();
    await c.advancePast(n, 'diagnosis');
    await paths.entry(n, 'breached', { clock: 'diagnosis' });
    await take(handler, n, 'diagnose', dispatch);
    await c.advancePast(n, 'dispatch');
    await paths.entry(n, 'breached', { clock: 'dispatch' });
    await take(handler, n, 'dispatch-repair', { department: 'TECH', instructions: '请上门' });
    await take('SV001', n, 'send-back', { to: 'diagnosing', reason: '重新诊断' });
    expect(await c.state(n)).toMatchObject({ stage: 'diagnosing', departments: [{ id: 'TECH', state: 'released' }] });
    await take(handler, n, 'diagnose', { result: 'solved-remotely', findings: '远程修复' });
    await take('SV001', n, 'skip', { stage: 'confirming', reason: '已电话确认' });
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'fault/sent-back');
  });
});

describe('a fault inside an announcement (F1)', () => {
  it('is answered on the spot, told when it is over, and closed without a survey (F1)', async () => {
    const announcement = await announced(['east']);
    const intake = exampleIntakes.fault(customers++, 'east');
    const { body } = await c.people.request<{ number: string; announcement: object }>(
      'CS001',
      'POST',
      '/tickets',
      intake,
      {
        'idempotency-key': `inside-${Date.now()}`,
      },
    );
    const { number: n } = body;
    expect(body.announcement).toMatchObject({
      number: announcement,
      cause: '光缆被施工挖断',
      progress: '抢修人员已到现场',
    });
    await sms(n, 'fault-attached');
    expect(c.mailbox.sms.find(({ text }) => text.includes(n))!.text).toContain('光缆被施工挖断');
    const ticket = await c.people.until(n, (t) => t.stage === 'awaiting-recovery');
    expect(ticket).toMatchObject({ status: 'in-progress', handler: null, announcement: { number: announcement } });
    const { page } = await stillBroken(n);
    expect(page.fault).toMatchObject({ cause: '光缆被施工挖断', over: false });
    await take('DM001', announcement, 'update-fault', { progress: '熔接一半', expectedAt: inHours(9) });
    await sms(n, 'fault-postponed');
    await end(announcement);
    await sms(n, 'fault-recovered');
    await c.people.until(n, (t) => t.stage === 'recovered' && t.status === 'awaiting-confirmation');
    await c.advance(n, DAY).catch(() => undefined); // it ends on the way
    await c.ended(n);
    expect(await c.state(n)).toMatchObject({ outcome: 'satisfied', archived: true });
    expect(await c.sent(n)).not.toContain('survey-invitation → sms sent');
    await c.ended(announcement);
    await c.saveHistory(n, 'fault/inside');
  });

  it('still broken then: it goes on as a report of its own, once (F1)', async () => {
    const announcement = await announced(['east']);
    const n = await c.people.register('CS001', exampleIntakes.fault(customers++, 'east'));
    await c.people.until(n, (t) => t.stage === 'awaiting-recovery');
    const early = await stillBroken(n);
    expect(early.page.steps.map(({ step }) => step)).not.toContain('still-broken');
    expect(await paths.refused(early.taken())).toBe('not-open');
    await end(announcement);
    await c.people.until(n, (t) => t.stage === 'recovered');
    const { page, taken } = await stillBroken(n);
    expect(page.steps.map(({ step }) => step)).toContain('still-broken');
    await taken();
    expect(await paths.refused(taken())).toBe('not-open');
    const handler = await c.people.handlerOf(n);
    await take(handler, n, 'confirm-receipt');
    expect(await c.state(n)).toMatchObject({ stage: 'diagnosing', facts: { announcement: null } });
    await take(handler, n, 'diagnose', { result: 'solved-remotely', findings: '重启光猫' });
    await take(handler, n, 'confirm-with-customer', { satisfied: true });
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'fault/still-broken');
  });

  it('the announcement was a mistake: its reports are dispatched (F2)', async () => {
    const announcement = await announced(['east']);
    const n = await c.people.register('CS001', exampleIntakes.fault(customers++, 'east'));
    await c.people.until(n, (t) => t.stage === 'awaiting-recovery');
    await take('SV001', announcement, 'cancel', { reason: '误报' });
    await c.people.handlerOf(n);
    expect(await c.sent(n)).not.toContain('fault-recovered → sms sent');
    await c.ended(announcement);
    await take('CS001', n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'fault/announcement-cancelled');
    await c.saveHistory(announcement, 'fault-announcement/cancelled');
  });

  it('a later announcement adopts open reports nobody has visited, and releases who had them (F3)', async () => {
    const [{ n, handler }, visited, solved] = [await sentToTech(), await visiting(), await reported()];
    await take(visited.handler, visited.n, 'record-visit', {
      result: 'needs-parts',
      arrivedAt: inHours(30),
      findings: '缺件',
    });
    await take(solved.handler, solved.n, 'diagnose', { result: 'not-a-fault', findings: '未缴费' });
    const announcement = await announced(['west']);
    await c.people.until(n, (t) => t.stage === 'awaiting-recovery');
    await paths.told(n, `fault-adopted → ${handler}`);
    await paths.told(n, 'repair-released → TD001');
    await sms(n, 'fault-attached');
    const state = await c.state(n);
    expect(state).toMatchObject({ handler: null, departments: [{ id: 'TECH', state: 'released' }] });
    expect(state.clocks.filter((clock) => clock.state === 'running')).toEqual([]);
    expect(state.links).toContainEqual({ ticket: announcement, kind: 'attached-to', open: true });
    for (const other of [visited, solved]) expect((await c.state(other.n)).links).toEqual([]);
    await end(announcement);
    await c.people.until(n, (t) => t.stage === 'recovered');
    await take('SV001', n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'fault/adopted');
    for (const other of [visited, solved]) {
      await take(other.handler, other.n, 'withdraw', {});
      await c.ended(other.n);
    }
    await c.ended(announcement);
  });

  it('one that begins after its announcement has ended reads that by itself (F1)', async () => {
    const announcement = await announced(['south']);
    const first = await c.people.register('CS001', exampleIntakes.fault(customers++, 'south'));
    await c.people.until(first, (t) => t.stage === 'awaiting-recovery');
    await end(announcement);
    await c.ended(announcement);
    // As if Temporal had been away since its intake.
    const { db } = c.database;
    const row = (await findTicket(db, first))!;
    const n = await db.transaction(async (tx) => {
      const late = await createTicket(tx, {
        ...{ stepId: 'late-start', bodyHash: null, actor: customerActor, origin: 'api', process: 'fault' },
        ...{ type: row.type, category: row.category, group: row.group, priority: row.priority, channel: 'phone' },
        ...{ customer: { id: row.customer, phone: null }, subject: row.subject, content: row.content },
        form: row.form as Record<string, unknown>,
        policy: { id: row.policy, version: row.policyVersion },
        extras: { fault: { announcement } },
      });
      await attachToFault(tx, { announcement, ticket: late, how: 'intake' });
      await wakeRelay(tx);
      return late;
    });
    await c.people.until(n, (t) => t.stage === 'recovered');
    for (const one of [first, n]) {
      await take('SV001', one, 'skip', { stage: 'recovered', reason: '客户已确认' });
      await c.ended(one);
    }
    await c.saveHistory(n, 'fault/late-start');
  });

  it('told twice, told of another announcement, told nonsense: nothing more happens (F1)', async () => {
    const announcement = await announced(['south']);
    const n = await c.people.register('CS001', exampleIntakes.fault(customers++, 'south'));
    await c.people.until(n, (t) => t.stage === 'awaiting-recovery');
    const handle = c.client.workflow.getHandle(n);
    await handle.signal('fault-news', { announcement, event: 'adopted' });
    await handle.signal('fault-news', { announcement: '20200101000001', event: 'ended' });
    await handle.signal('fault-news', 'nonsense');
    await paths.entry(n, 'ignored', { step: 'fault-news', code: 'not-linked' });
    expect((await c.state(n)).stage).toBe('awaiting-recovery');
    await end(announcement);
    await c.people.until(n, (t) => t.stage === 'recovered');
    await handle.signal('fault-news', { announcement, event: 'ended' });
    await take('SV001', n, 'skip', { stage: 'recovered', reason: '客户已确认' });
    await c.ended(n);
    await c.saveHistory(n, 'fault/told-twice');
  });
});

it('a consultation that turns out to be a fault goes on as one, outside any announcement (F3)', async () => {
  const { n } = await paths.handled();
  await take('SV001', n, 'convert', {
    ...{ to: 'fault', category: 'fault-network', area: 'east', service: 'network', reason: '实为网络故障' },
  });
  await c.people.until(n, (t) => t.process === 'fault' && t.stage === 'receipt');
  const next = await c.people.handlerOf(n);
  expect(next).toMatch(/^TS/);
  await take(next, n, 'confirm-receipt');
  await take(next, n, 'diagnose', { result: 'solved-remotely', findings: '已恢复' });
  await take(next, n, 'confirm-with-customer', { satisfied: true });
  await paths.survey(n);
  await c.ended(n);
  await c.saveHistory(n, 'fault/converted');
});
