import { randomUUID } from 'node:crypto';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import { DAY, HOUR, MINUTE, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

describe('C1–C3: a consultation', () => {
  it('C3, G11, G14: answered, confirmed, surveyed, archived', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'reply', { channel: 'phone', text: '请长按电源键十秒' });
    await take(handler, n, 'resolve', { result: '已指导客户重启设备,问题解决' });
    expect((await c.people.ticket(n)).status).toBe('awaiting-confirmation');
    await take(handler, n, 'confirm-with-customer', { satisfied: true });
    expect((await c.people.ticket(n)).status).toBe('closed');
    await paths.survey(n, 'satisfied', { efficiency: 5, attitude: 5, solution: 4 });
    await c.ended(n);
    const ticket = await c.people.ticket(n);
    expect(ticket).toMatchObject({ stage: 'ended', status: 'closed', archived: true });
    expect(await c.sent(n)).toContain('survey-invitation → sms sent');
    expect(ticket.snapshot?.clocks.filter((k) => k.breachedAt !== undefined)).toEqual([]);
    await c.saveHistory(n, 'consultation/satisfied');
  });

  it('G12: 不满意 opens a second follow-up, then the ticket is archived', async () => {
    const { n, handler } = await paths.handled();
    await paths.close(n, handler);
    await paths.survey(n, 'dissatisfied');
    await c.people.until(n, (t) => t.status === 'follow-up');
    await paths.told(n, `follow-up-wanted → ${handler}`);
    await take(handler, n, 'record-follow-up', { settled: true, text: '已致歉并重新说明' });
    await c.ended(n);
    await c.saveHistory(n, 'consultation/second-follow-up');
  });

  it('G12: a score of two or less opens a second follow-up; its clock can be missed', async () => {
    const { n, handler } = await paths.handled();
    await paths.close(n, handler);
    await paths.survey(n, 'satisfied', { attitude: 2 });
    await c.people.until(n, (t) => t.stage === 'following-up');
    await c.advancePast(n, 'follow-up');
    await paths.entry(n, 'breached', { clock: 'follow-up' });
    await take('SV001', n, 'record-follow-up', { settled: false, text: '客户仍不满意' });
    await c.ended(n);
    await paths.told(n, 'follow-up-wanted → SV001');
    await c.saveHistory(n, 'consultation/low-score-late');
  });

  it('G12: without a survey the ticket is archived after 72 hours', async () => {
    const { n, handler } = await paths.handled();
    await paths.close(n, handler);
    await c.advance(n, 71 * HOUR);
    expect((await c.people.ticket(n)).stage).toBe('surveying');
    await c.advance(n, 2 * HOUR).catch(() => undefined); // the workflow may end under way
    await c.ended(n);
    await paths.entry(n, 'survey-expired');
    await c.saveHistory(n, 'consultation/survey-expired');
  });

  it('G11: not satisfied → 待跟进, reassigned, answered again, until satisfied', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'resolve', { result: '已答复' });
    await take(handler, n, 'confirm-with-customer', { satisfied: false, feedback: '客户对处理结果有异议' });
    expect((await c.people.ticket(n)).status).toBe('follow-up');
    await paths.told(n, 'not-satisfied → SV001');
    const other = handler === 'CS006' ? 'CS005' : 'CS006';
    await take('SV001', n, 'reassign', { to: other, note: '请业务骨干处理' });
    await c.people.until(n, (t) => t.handler === other);
    await take(other, n, 'confirm-receipt');
    await paths.close(n, other);
    await paths.survey(n);
    await c.ended(n);
    expect((await c.timeline(n)).filter((e) => e.kind === 'assigned')).toHaveLength(2);
    await c.saveHistory(n, 'consultation/not-satisfied-reassigned');
  });

  it('C2: handed over to a department whose own system answers by signal', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'hand-over', {
      ...{ to: 'department', department: 'FIN', problemType: 'billing', urgency: 'urgent', note: '请核实扣款' },
    });
    await paths.told(n, 'handed-over → FD001');
    await paths.signal(n, 'provide-answer', systemOf('FIN'));
    await paths.told(n, `answer-provided → ${handler}`);
    const state = await c.state(n);
    expect(state.departments).toEqual([{ id: 'FIN', state: 'delivered' }]);
    expect(state.clocks.find((k) => k.key === 'answer:FIN')?.state).toBe('met');
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'consultation/department-answers');
  });

  it('C2: handed over to the supervisor', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'hand-over', {
      to: 'supervisor',
      problemType: 'policy',
      urgency: 'normal',
      note: '超出权限',
    });
    const ticket = await c.people.until(n, (t) => t.handler !== null && t.handler !== handler);
    expect(ticket.handler).toMatch(/^SV/);
    await take(ticket.handler!, n, 'confirm-receipt');
    await paths.close(n, ticket.handler!);
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/supervisor-takes-over');
  });

  it('C2: the team leader answers a request within one working day, and is reported when late', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'request-answer', { question: '赔付口径是什么?' });
    await paths.told(n, 'answer-requested → TL001');
    await c.advancePast(n, 'answer');
    const late = await paths.entry(n, 'breached', { clock: 'answer' });
    expect(late.data).toMatchObject({ late: 'team-leader' });
    await paths.told(n, 'clock-breached → TL001');
    await take('TL001', n, 'provide-answer', { answer: '按运费三倍赔付' });
    await paths.entry(n, 'clock-met-late', { clock: 'answer' });
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'consultation/answer-late');
  });

  it('G6: waiting for the customer pauses the clocks', async () => {
    const { n, handler } = await paths.handled();
    const before = (await c.state(n)).clocks.find((k) => k.key === 'first-response')!;
    await take(handler, n, 'wait-for-customer', { reason: '等待照片' });
    expect((await c.people.ticket(n)).status).toBe('waiting-customer');
    await c.advance(n, 5 * HOUR);
    expect((await c.state(n)).overdue).toBe(false);
    await take(handler, n, 'customer-replied', { text: '已发照片' });
    const after = (await c.state(n)).clocks.find((k) => k.key === 'first-response')!;
    expect(after.dueAt - before.dueAt).toBeGreaterThanOrEqual(5 * HOUR);
    expect(after.dueAt - before.dueAt).toBeLessThan(5 * HOUR + 5 * MINUTE);
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'consultation/paused');
  });

  it('C1: P1 brings technical support in at once, beside the handler, who may answer, too', async () => {
    const { n, handler } = await paths.consultation('P1');
    await paths.entry(n, 'support-joined');
    const { supporters } = await c.state(n);
    expect(supporters).toHaveLength(1);
    expect(supporters[0]).toMatch(/^TS/);
    await paths.told(n, `support-wanted → ${supporters[0]}`);
    await take(handler, n, 'confirm-receipt');
    await take(supporters[0]!, n, 'reply', { channel: 'phone', text: '已恢复登录' });
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/p1');
  });

  it.each([
    ['P1', 10 * MINUTE],
    ['P2', 30 * MINUTE],
    ['P3', 2 * HOUR],
  ] as const)('G5, G13: %s is warned at 80 %% and flagged overdue at its limit', async (priority, limit) => {
    const { n, handler } = await paths.handled(priority);
    const clock = await c.advancePast(n, 'first-response', 80);
    expect(clock.dueAt - clock.startedAt).toBe(limit);
    const warned = await paths.entry(n, 'warned', { clock: 'first-response' });
    expect(Math.abs(warned.at - (clock.startedAt + limit * 0.8))).toBeLessThan(1_000);
    expect((await c.people.ticket(n)).snapshot).toMatchObject({ nearlyOverdue: true, overdue: false });
    await c.advancePast(n, 'first-response');
    const breached = await paths.entry(n, 'breached', { clock: 'first-response' });
    expect(breached).toMatchObject({ at: clock.dueAt, data: { late: handler, limitMs: limit } });
    await c.people.until(n, (t) => (t as unknown as { overdue: boolean }).overdue);
    await paths.told(n, 'clock-breached → SV001');
    await take(handler, n, 'reply', { channel: 'phone', text: '抱歉久等' });
    await paths.entry(n, 'clock-met-late', { clock: 'first-response' });
    expect((await c.state(n)).breaches).toBe(1);
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, `consultation/${priority.toLowerCase()}-late`);
  });

  it('G8: unconfirmed → reminded, dispatched again, in the end to a supervisor', async () => {
    const { n, handler } = await paths.consultation();
    await c.advancePast(n, 'accept');
    await paths.told(n, `ticket-reminder → ${handler}`);
    await paths.entry(n, 'breached', { clock: 'accept' });
    await c.advance(n, 2 * HOUR);
    await paths.entry(n, 'redispatched', { handler });
    const third = await c.people.until(n, (t) => t.handler?.startsWith('SV') === true);
    expect((await c.timeline(n)).filter((e) => e.kind === 'redispatched')).toHaveLength(2);
    await take(third.handler!, n, 'confirm-receipt');
    await take(third.handler!, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'consultation/unconfirmed');
  });

  it('G9: no progress for 24 hours reminds the handler, then the supervisor', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'reply', { channel: 'phone', text: '正在核实' });
    await take(handler, n, 'report-progress', { text: '已联系物流公司核实,等待回复' });
    const clock = await c.advancePast(n, 'progress');
    expect(clock.dueAt - clock.startedAt).toBe(DAY);
    await paths.told(n, `clock-breached → ${handler}`);
    await c.advance(n, 2 * HOUR);
    await paths.entry(n, 'escalated-up', { clock: 'progress' });
    await paths.told(n, 'clock-escalated → SV001');
    await take(handler, n, 'report-progress', { text: '技术部已提供解决方案,准备联系客户' });
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/progress-late');
  });

  it('handling and confirming have limits of their own', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'reply', { channel: 'phone', text: '处理中' });
    await c.advancePast(n, 'handling');
    await paths.entry(n, 'breached', { clock: 'handling' });
    await take(handler, n, 'resolve', { result: '完成' });
    await c.advancePast(n, 'confirm');
    await paths.entry(n, 'breached', { clock: 'confirm' });
    await take(handler, n, 'confirm-with-customer', { satisfied: true });
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/handling-late');
  });

  it('催单 is counted, reminds the handler, and the supervisor when it repeats', async () => {
    const { n, handler } = await paths.handled();
    await take('CS002', n, 'urge', {});
    await paths.told(n, `urged → ${handler}`);
    expect(await c.told(n)).not.toContain('urged-again → SV001');
    await take('CS002', n, 'urge', {});
    await paths.told(n, 'urged-again → SV001');
    expect((await c.state(n)).urges).toBe(2);
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'consultation/urged');
  });

  it('withdrawn by the customer: its escalation goes with it', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'escalate', {
      ...{
        reasonKind: 'several-departments',
        departments: ['TECH'],
        reason: 'r',
        description: 'd',
        tried: 't',
        expected: 'e',
      },
    });
    const linked = (await paths.entry(n, 'linked')).data!.ticket as string;
    await c.people.until(linked, (t) => t.stage === 'approving' && t.revision > 0);
    await take(handler, n, 'withdraw', { reason: '客户不再需要' });
    await c.ended(n);
    await c.ended(linked);
    expect(await c.people.ticket(n)).toMatchObject({ status: 'closed', outcome: 'withdrawn' });
    expect(await c.people.ticket(linked)).toMatchObject({ outcome: 'withdrawn' });
    await c.saveHistory(n, 'consultation/withdrawn');
    await c.saveHistory(linked, 'escalation/withdrawn-with-origin');
  });

  it('merged into another open ticket of the same customer', async () => {
    const intake = exampleIntakes.consultation(39);
    const [first, second] = [await c.people.register('CS001', intake), await c.people.register('CS001', intake)];
    const handler = await c.people.handlerOf(second);
    await take(handler, second, 'confirm-receipt');
    await take(handler, second, 'merge', { into: first });
    await c.ended(second);
    expect(await c.people.ticket(second)).toMatchObject({ outcome: 'merged' });
    expect((await c.state(first)).links).toContainEqual({ ticket: second, kind: 'merged-from', open: false });
    const { n: foreign, handler: other } = await paths.handled();
    expect(await paths.refused(take(other, foreign, 'merge', { into: first }))).toBe('not-same-customer');
    await c.saveHistory(second, 'consultation/merged');
    for (const rest of [first, foreign]) await take(await c.people.handlerOf(rest), rest, 'withdraw', {});
  });

  it('reopened within seven days: a new linked ticket with the same handler', async () => {
    const { n, handler } = await paths.handled();
    await paths.close(n, handler);
    await take('CS002', n, 'reopen', { reason: '问题再次出现' });
    const again = (await paths.entry(n, 'linked', { kind: 'reopened-as' })).data!.ticket as string;
    await c.ended(n);
    await c.people.until(again, (t) => t.handler === handler);
    await take(handler, again, 'confirm-receipt');
    await paths.close(again, handler);
    await paths.survey(again);
    await c.ended(again);
    await c.saveHistory(n, 'consultation/reopened');
    await c.saveHistory(again, 'consultation/reopens');
  });

  it('reopened after it was archived, too', async () => {
    const { n, handler } = await paths.handled();
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    await take('CS002', n, 'reopen', { reason: '问题再次出现' });
    const again = await c.eventually(async () => {
      const [link] = await c.database.sql`select other from ticket_links where ticket = ${n} and kind = 'reopened-as'`;
      if (!link) throw new Error('no linked ticket');
      return link.other as string;
    });
    await c.people.until(again, (t) => t.handler === handler);
    await take(handler, again, 'withdraw', {});
  });
});

describe('what is refused changes nothing', () => {
  it('not open, not yours, malformed, stale; in the language of the caller', async () => {
    const { n, handler } = await paths.consultation();
    expect(await paths.refused(take(handler, n, 'reply', { channel: 'phone', text: 'x' }))).toBe('not-open');
    const other = handler === 'CS001' ? 'CS002' : 'CS001';
    expect(await paths.refused(take(other, n, 'confirm-receipt'))).toBe('not-yours');
    await take(handler, n, 'confirm-receipt');
    const before = await c.state(n);
    const english = { 'accept-language': 'en' };
    const reply = (body: object, headers = {}) =>
      c.people.request(handler, 'POST', `/tickets/${n}/steps/reply`, body, headers);
    await expect(reply({ channel: 'pigeon', text: 'x' })).rejects.toMatchObject({
      status: 422,
      body: { errors: [expect.objectContaining({ field: 'channel' })] },
    });
    const again = c.people.request(handler, 'POST', `/tickets/${n}/steps/confirm-receipt`, {}, english);
    await expect(again).rejects.toMatchObject({ status: 409, body: { title: expect.stringContaining('not open') } });
    const chinese = c.people.request(handler, 'POST', `/tickets/${n}/steps/confirm-receipt`, {});
    await expect(chinese).rejects.toMatchObject({ status: 409, body: { title: expect.stringContaining('不能执行') } });
    const stale = c.people.request(
      'SV001',
      'POST',
      `/tickets/${n}/steps/reassign`,
      { to: 'CS005', note: 'x' },
      { 'if-match': '"1"' },
    );
    await expect(stale).rejects.toMatchObject({ status: 409, body: { code: 'stale' } });
    const { revision: _, ...unchanged } = before;
    expect(await c.state(n)).toMatchObject(unchanged);
    await take(handler, n, 'withdraw', {});
  });

  it('E5: it cannot be closed while an escalation of it is open', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'escalate', {
      ...{ reasonKind: 'senior-approval', reason: 'r', description: 'd', tried: 't', expected: 'e' },
    });
    expect(await paths.refused(take(handler, n, 'resolve', { result: 'x' }))).toMatch(/escalation-open|not-open/);
    const linked = (await paths.entry(n, 'linked')).data!.ticket as string;
    await c.people.until(linked, (t) => t.stage === 'approving' && t.revision > 0);
    await take('SV001', linked, 'reject', { reason: '可自行处理' });
    await paths.entry(n, 'link-changed', { outcome: 'rejected' });
    await paths.close(n, handler);
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/escalation-rejected');
    await c.ended(linked);
    await c.saveHistory(linked, 'escalation/rejected');
  });

  it('D1: a malformed, untimely, repeated or foreign signal is recorded and ignored', async () => {
    const { n, handler } = await paths.handled();
    await c.client.workflow.getHandle(n).signal('provide-answer', 'not a request');
    await paths.entry(n, 'ignored', { code: 'malformed' });
    await paths.signal(n, 'provide-answer', systemOf('FIN'));
    await paths.entry(n, 'ignored', { code: 'not-open' });
    await take(handler, n, 'hand-over', {
      to: 'department',
      department: 'FIN',
      problemType: 'billing',
      urgency: 'normal',
      note: 'x',
    });
    await paths.signal(n, 'provide-answer', systemOf('LOG'));
    await paths.entry(n, 'ignored', { code: 'not-yours' });
    const id = randomUUID();
    await paths.signal(n, 'provide-answer', systemOf('FIN'), { unknown: 'field' });
    await paths.entry(n, 'ignored', { code: 'unknown-field' });
    await paths.signal(n, 'provide-answer', systemOf('FIN'), {}, id);
    await paths.signal(n, 'provide-answer', systemOf('FIN'), {}, id);
    await paths.entry(n, 'ignored', { code: 'repeated' });
    expect((await c.timeline(n)).filter((e) => e.step === id && e.kind === 'step')).toHaveLength(1);
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'consultation/ignored-signals');
  });

  it("D1: a signal whose change a person's step carries has its row and texts all the same", async () => {
    const { n, handler } = await paths.handled();
    for (const department of ['FIN', 'LOG'])
      await take(handler, n, 'hand-over', {
        ...{ to: 'department', department, problemType: 'billing', urgency: 'normal', note: 'x' },
      });
    const stored = { ticket: n, kind: 'provide-answer', body: { answer: '包裹在中转站' } };
    const { id: material } = (await c.people.request<{ id: string }>('TL001', 'POST', '/materials', stored)).body;
    const heard = (department: string) =>
      c.eventually(async () => {
        const { departments } = await c.state(n);
        if (departments.find((d) => d.id === department)?.state !== 'delivered') throw new Error('not heard');
      });
    const reply = await c.database.sql.begin(async (tx) => {
      await tx`lock table timeline in exclusive mode`;
      await paths.signal(n, 'provide-answer', systemOf('FIN')); // its bookkeeping waits for the table …
      await heard('FIN');
      await paths.signal(n, 'provide-answer', systemOf('LOG'), {}, `signal-${n}`, material); // … and this for that
      await heard('LOG');
      const taken = take(handler, n, 'reply', { channel: 'phone', text: '您好' });
      await c.eventually(async () => {
        const { clocks } = await c.state(n);
        if (clocks.find((k) => k.key === 'first-response')?.state !== 'met') throw new Error('not replied');
      });
      return { taken };
    });
    await reply.taken;
    const rows = await c.database.sql`select state, material from steps where id = ${`signal-${n}`}`;
    expect([...rows]).toEqual([{ state: 'applied', material: { answer: '包裹在中转站' } }]);
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
  });
});
