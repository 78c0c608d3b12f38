import { randomUUID } from 'node:crypto';
import { reconcile } from '@duban/api/reconcile';
import { schema } from '@duban/database';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { createLogger } from '@duban/platform';
import { eq } from 'drizzle-orm';
import { type TestCentre, openCentre } from '../support/centre';
import { HOUR, MINUTE, inHours, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;
const reason = { reason: '主管决定' };

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

const clockOf = async (n: string, key: string) => (await c.state(n)).clocks.find((clock) => clock.key === key)!;

describe("a supervisor's hand on a running process (P6, G7, G13)", () => {
  it('takes a ticket over: it is theirs at once, and received; nobody else may', async () => {
    const { n, handler } = await paths.handled();
    expect(await paths.refused(take(handler, n, 'take-over', reason))).toBe('not-yours');
    await take('SV001', n, 'take-over', reason);
    const { handler: now } = await c.people.until(n, (t) => t.handler === 'SV001');
    expect(now).toBe('SV001');
    expect(await c.state(n)).toMatchObject({ status: 'in-progress', handler: 'SV001' });
    expect(await paths.refused(take('SV001', n, 'take-over', reason))).toBe('already-taken');
    await take('SV001', n, 'resolve', { result: '已处理' });
    await take('SV001', n, 'confirm-with-customer', { satisfied: true });
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/taken-over');
  });

  it('pauses every clock with a reason, those too that no customer stops, and lets them go on', async () => {
    const { n, handler } = await paths.complaint();
    const before = await clockOf(n, 'investigation');
    await take('SV001', n, 'pause', reason);
    expect(await c.state(n)).toMatchObject({ status: 'on-hold' });
    expect((await clockOf(n, 'investigation')).state).toBe('paused');
    expect(await paths.refused(take('SV001', n, 'pause', reason))).toBe('not-open');
    await c.advance(n, 30 * HOUR);
    expect((await c.state(n)).overdue).toBe(false);
    // A clock that begins meanwhile stands still, too; the customer's own pause ends without ending the hold.
    await take(handler, n, 'wait-for-customer', { reason: '等待凭证' });
    await take(handler, n, 'customer-replied', {});
    expect((await clockOf(n, 'investigation')).state).toBe('paused');
    await take('SV001', n, 'continue', {});
    const after = await clockOf(n, 'investigation');
    expect(after.state).toBe('running');
    expect(after.dueAt - before.dueAt).toBeGreaterThanOrEqual(30 * HOUR);
    await c.advancePast(n, 'investigation');
    await paths.entry(n, 'breached', { clock: 'investigation' });
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
    expect((await c.state(n)).outcome).toBe('cancelled');
    await paths.told(n, `ticket-cancelled → ${handler}`);
    await c.saveHistory(n, 'complaint/held-and-cancelled');
  });

  it('extends a clock with a reason: the original due time is kept, its ladder is climbed anew', async () => {
    const { n } = await paths.handled();
    const before = await clockOf(n, 'handling');
    await c.advancePast(n, 'handling', 85);
    await paths.entry(n, 'warned', { clock: 'handling' });
    const dueAt = new Date(before.dueAt + 10 * HOUR).toISOString();
    const extend = (input: object) =>
      take('SV001', n, 'extend-clock', { clock: 'handling', dueAt, ...reason, ...input });
    expect(await paths.refused(extend({ clock: 'revisit' }))).toBe('no-such-clock');
    expect(await paths.refused(extend({ dueAt: new Date(before.dueAt - MINUTE).toISOString() }))).toBe('not-later');
    await extend({});
    expect(await clockOf(n, 'handling')).toMatchObject({
      ...{ dueAt: Date.parse(dueAt), extendedFrom: before.dueAt, promised: true, warned: false },
    });
    await paths.entry(n, 'clock-extended', { clock: 'handling', from: before.dueAt, to: Date.parse(dueAt) });
    await c.advancePast(n, 'handling', 90);
    const warnings = (await c.timeline(n)).filter((e) => e.kind === 'warned' && e.data?.clock === 'handling');
    expect(warnings).toHaveLength(2);

    // Late already: that breach stays, and a new run begins.
    await c.advancePast(n, 'handling');
    const later = Date.parse(dueAt) + 20 * HOUR;
    await extend({ dueAt: new Date(later).toISOString() });
    const state = await c.state(n);
    expect(state.earlierRuns).toMatchObject({ handling: { met: 0, breached: 1 } });
    expect(await clockOf(n, 'handling')).toMatchObject({ dueAt: later, extendedFrom: before.dueAt, state: 'running' });
    expect((await clockOf(n, 'handling')).breachedAt).toBeUndefined();
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
    await c.saveHistory(n, 'consultation/extended');
  });

  it('skips a stage that may be left out, and only that', async () => {
    const { n, handler } = await paths.handled();
    expect(await paths.refused(take('SV001', n, 'skip', { stage: 'handling', ...reason }))).toBe('not-open');
    await take(handler, n, 'resolve', { result: '已处理' });
    expect(await paths.refused(take('SV001', n, 'skip', { stage: 'handling', ...reason }))).toBe('cannot-be-skipped');
    await take('SV001', n, 'skip', { stage: 'confirming', ...reason });
    expect((await c.state(n)).stage).toBe('surveying');
    await take('SV001', n, 'skip', { stage: 'surveying', ...reason });
    await c.ended(n);
    const kinds = (await c.timeline(n)).map((entry) => entry.kind);
    expect(kinds).not.toContain('survey-expired');
    await c.saveHistory(n, 'consultation/skipped');
  });

  it('sends a complaint back to the investigation, forgetting what was found since; never forward', async () => {
    const { n, handler } = await paths.complaint();
    const report = { liability: 'process-defect', side: 'service', substantiated: true, findings: '流程缺陷' };
    expect(await paths.refused(take('SV001', n, 'send-back', { to: 'investigating', ...reason }))).toBe('not-open');
    await take('SV001', n, 'submit-report', report);
    await take(handler, n, 'propose-solution', { liability: 'process-defect', action: '改流程', dueAt: inHours(240) });
    expect(await paths.refused(take('SV001', n, 'send-back', { to: 'rectifying', ...reason }))).toBe(
      'not-an-earlier-stage',
    );
    expect((await c.state(n)).returnsTo).toEqual(['investigating', 'negotiating']);
    await take('SV001', n, 'send-back', { to: 'investigating', ...reason });
    expect(await c.state(n)).toMatchObject({ stage: 'investigating' });
    expect((await clockOf(n, 'investigation')).state).toBe('running');
    expect(await paths.refused(take(handler, n, 'record-consent', { accepted: false, form: 'voice' }))).toBe(
      'not-open',
    );
    await take('SV001', n, 'submit-report', { ...report, liability: 'external-factor' });
    expect(await c.state(n)).toMatchObject({ stage: 'negotiating' });
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
    await c.saveHistory(n, 'complaint/sent-back');
  });

  it('an escalation: taken over, told again by the departments, the telling skipped; its origin hears of the end', async () => {
    const { n } = await paths.escalation();
    await take('SV001', n, 'approve', { departments: ['TECH'] });
    await take('TD001', n, 'acknowledge', {
      ...{ department: 'TECH', rank: 'specialist', expectedAt: inHours(20), contact: '林海涛' },
    });
    await take('TD001', n, 'deliver-result', { department: 'TECH', result: '已修复' });
    await take('SV001', n, 'send-back', { to: 'cooperating', ...reason });
    expect(await c.state(n)).toMatchObject({
      ...{ stage: 'cooperating', departments: [{ id: 'TECH', state: 'acknowledged' }] },
    });
    await take('SV001', n, 'take-over', reason);
    await take('TD001', n, 'deliver-result', { department: 'TECH', result: '再次修复' });
    await take('SV001', n, 'skip', { stage: 'telling', ...reason });
    await c.ended(n);
    expect(await c.state(n)).toMatchObject({ status: 'resolved', handler: 'SV001' });
    await c.saveHistory(n, 'escalation/sent-back-and-skipped');
  });

  it('cancels an escalation: nobody is asked any more', async () => {
    const { n } = await paths.escalation();
    await take('SV001', n, 'approve', { departments: ['TECH'] });
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
    expect(await c.state(n)).toMatchObject({ outcome: 'cancelled', openSteps: [] });
    await c.saveHistory(n, 'escalation/cancelled');
  });
});

describe('the hand and the promises (G8, G13)', () => {
  it('who is waited for to confirm receipt is not replaced while all stands still, nor before an extended limit', async () => {
    const { n, handler } = await paths.consultation();
    await take('SV001', n, 'pause', reason);
    await c.advance(n, 3 * HOUR);
    expect(await c.state(n)).toMatchObject({ handler, status: 'on-hold', assignment: 1 });
    await take('SV001', n, 'continue', {});
    const { dueAt } = await clockOf(n, 'accept');
    const later = new Date(dueAt + 5 * HOUR).toISOString();
    await take('SV001', n, 'extend-clock', { clock: 'accept', dueAt: later, ...reason });
    await c.advance(n, 4 * HOUR);
    expect(await c.state(n)).toMatchObject({ handler, overdue: expect.any(Boolean) as boolean, assignment: 1 });
    expect((await clockOf(n, 'accept')).breachedAt).toBeUndefined();
    await c.advance(n, 2 * HOUR);
    await paths.entry(n, 'redispatched', { handler });
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
  });

  it('an extension while all stands still moves the due instant only by what comes after it', async () => {
    const { n } = await paths.handled();
    await take('SV001', n, 'pause', reason);
    await c.advance(n, 2 * HOUR);
    const dueAt = (await clockOf(n, 'handling')).dueAt + 50 * HOUR;
    await take('SV001', n, 'extend-clock', { clock: 'handling', dueAt: new Date(dueAt).toISOString(), ...reason });
    await c.advance(n, HOUR);
    await take('SV001', n, 'continue', {});
    const moved = (await clockOf(n, 'handling')).dueAt - dueAt;
    expect(Math.abs(moved - HOUR)).toBeLessThan(MINUTE);
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
  });

  it('sent back, the promises of the stages left no longer stand, and handling has a time of its own again', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'resolve', { result: '已处理' });
    expect((await clockOf(n, 'confirm')).state).toBe('running');
    await take('SV001', n, 'send-back', { to: 'handling', ...reason });
    expect((await clockOf(n, 'confirm')).state).toBe('cancelled');
    expect((await clockOf(n, 'handling')).state).toBe('running');
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
  });

  it('leaves nothing out while an escalation is open, and nobody is said to be satisfied who was not asked', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'resolve', { result: '已处理' });
    await take(handler, n, 'escalate', {
      ...{ reasonKind: 'other', reason: '涉及技术', description: '问题', tried: '已尝试', expected: '修复' },
    });
    const escalation = (await paths.entry(n, 'linked')).data!.ticket as string;
    const skip = () => take('SV001', n, 'skip', { stage: 'confirming', ...reason });
    expect(await paths.refused(skip())).toBe('escalation-open');
    await take('SV001', escalation, 'cancel', reason);
    await paths.entry(n, 'link-changed');
    await skip();
    await take('SV001', n, 'skip', { stage: 'surveying', ...reason });
    await c.ended(n);
    const state = await c.state(n);
    expect(state.status).toBe('closed');
    expect(state.outcome).toBeUndefined();
  });

  it('cancelled: departments that were asked hear that nothing is wanted any more, and so does the customer', async () => {
    const { n, handler } = await paths.handled();
    await take(handler, n, 'hand-over', {
      ...{ to: 'department', department: 'TECH', problemType: 'technical', urgency: 'urgent', note: '请处理' },
    });
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
    await paths.told(n, 'department-released → TD001');
    expect(await c.sent(n)).toEqual(expect.arrayContaining(['ticket-cancelled → sms sent']));
    expect((await c.state(n)).departments).toEqual([{ id: 'TECH', state: 'released' }]);
  });
});

describe('many tickets at once (G7)', () => {
  it('are reassigned one by one, the outcome of each told; the same request again changes nothing', async () => {
    const mine = await Promise.all([paths.handled(), paths.handled()]);
    const closed = await paths.handled();
    await take('SV001', closed.n, 'cancel', reason);
    await c.ended(closed.n);
    const unknown = '20200101000001';
    const body = { tickets: [...mine.map(({ n }) => n), closed.n, unknown], to: 'CS007', note: '张三休假' };
    const key = { 'idempotency-key': randomUUID() };
    type Outcomes = { outcomes: Array<{ ticket: string; state: string; code?: string }> };
    const ask = async () => (await c.people.request<Outcomes>('SV001', 'POST', '/tickets/reassign', body, key)).body;
    const first = await ask();
    expect(first.outcomes.map(({ state, code }) => code ?? state)).toEqual([
      ...['applied', 'applied', 'closed', 'not-found'],
    ]);
    for (const { n } of mine) await c.people.until(n, (t) => t.handler === 'CS007');
    const assignments = (await c.state(mine[0]!.n)).assignment;
    expect((await ask()).outcomes.map(({ state }) => state)).toEqual(['applied', 'applied', 'refused', 'refused']);
    expect((await c.state(mine[0]!.n)).assignment).toBe(assignments);
    const refused = c.people.request('CS001', 'POST', '/tickets/reassign', body, key);
    await expect(refused).rejects.toMatchObject({ status: 403 });
  });

  it('one whose row lags behind is read again and tried once more; what a field lacks is told for its ticket', async () => {
    const { n } = await paths.handled();
    const alarm = await c.people.register('CS001', exampleIntakes.emergency(90));
    await c.people.until(alarm, (t) => t.stage === 'alarming' && t.revision > 0);
    await take('SV001', alarm, 'take-command');
    type Outcomes = { outcomes: Array<{ state: string; code?: string; errors?: Array<{ field: string }> }> };
    const key = { 'idempotency-key': randomUUID() };
    const ask = async (tickets: string[], more: object) => {
      const body = { tickets, note: '调班', ...more };
      return (await c.people.request<Outcomes>('SV001', 'POST', '/tickets/reassign', body, key)).body.outcomes;
    };
    await c.database.sql`update tickets set revision = 0 where number = ${n}`;
    expect(await ask([n], { to: 'CS007' })).toEqual([{ ticket: n, state: 'applied', step: expect.any(String) }]);
    await c.people.until(n, (t) => t.handler === 'CS007');
    const [{ tries }] = await c.database.sql<[{ tries: number }]>`
      select count(*)::int as tries from steps where ticket = ${n} and step = 'reassign'`;
    expect(tries).toBe(2);
    // The same request again tells the same, and takes no third step.
    expect(await ask([n], { to: 'CS007' })).toMatchObject([{ ticket: n, state: 'applied' }]);
    const { assignment } = await c.state(n);
    expect(await ask([alarm], {})).toMatchObject([{ state: 'refused', code: 'required', errors: [{ field: 'to' }] }]);
    expect((await c.state(n)).assignment).toBe(assignment);
    for (const one of [n, alarm]) {
      await take('SV001', one, 'cancel', reason);
      await c.ended(one);
    }
  });
});

describe('a consultation found to be a complaint (K1, G3)', () => {
  const toComplaint = {
    ...{ to: 'complaint', category: 'attitude', occurredAt: new Date(Date.now() - 5 * HOUR).toISOString() },
    ...{ demands: ['apology'], reason: '客户要求投诉', cause: '态度冷淡', persons: '客服专员' },
  };

  it('changes process without losing number, history, consumed time or the customer', async () => {
    const { n, handler } = await paths.handled();
    const missing = { ...toComplaint, demands: undefined };
    await expect(take(handler, n, 'convert', missing)).rejects.toMatchObject({ status: 422 });
    await expect(take(handler, n, 'convert', { ...toComplaint, category: 'nothing' })).rejects.toMatchObject({
      ...{ status: 422, body: { errors: [{ field: 'category' }] } },
    });
    await expect(take(handler, n, 'convert', { ...toComplaint, category: 'logistics' })).rejects.toMatchObject({
      ...{ status: 422, body: { errors: [{ field: 'category', code: 'wrong-process' }] } },
    });
    await take(handler, n, 'reply', { channel: 'phone', text: '请稍等' });
    await c.advance(n, 2 * HOUR);
    const before = await c.state(n);
    const old = (await c.timeline(n)).length;
    const customer = (await c.people.request<{ customer: { id: string } }>('SV001', 'GET', `/tickets/${n}`)).body;
    const key = randomUUID();
    await c.people.take(handler, n, 'convert', toComplaint, key);
    await c.people.take(handler, n, 'convert', toComplaint, key); // the lost reply
    await c.people.until(n, (t) => t.process === 'complaint' && t.stage === 'investigating');

    const after = await c.eventually(async () => {
      const state = await c.state(n);
      if (state.process !== 'complaint') throw new Error(state.process);
      return state;
    });
    expect(after).toMatchObject({ ticket: n, startedAt: before.startedAt, process: 'complaint' });
    expect(after.revision).toBeGreaterThan(before.revision);
    const progress = (s: typeof before) => s.clocks.find(({ key }) => key === 'progress')!;
    expect(progress(after)).toMatchObject({ dueAt: progress(before).dueAt, startedAt: progress(before).startedAt });
    expect(after.clocks.find(({ key }) => key === 'first-response')?.state).toBe('met');
    expect(after.clocks.find(({ key }) => key === 'handling')?.state).toBe('cancelled');
    expect(after.clocks.find(({ key }) => key === 'investigation')?.state).toBe('running');
    const timeline = await c.timeline(n);
    expect(timeline.length).toBeGreaterThan(old);
    await paths.entry(n, 'converted', { from: 'consultation', to: 'complaint' });
    const view = (
      await c.people.request<{ customer: { id: string }; category: string }>('SV001', 'GET', `/tickets/${n}`)
    ).body;
    expect(view.customer.id).toBe(customer.customer.id);
    expect(view.category).toBe('attitude');

    // It lives on as a complaint: of that process's group, with its steps, and one archive of the whole.
    const now = await c.people.handlerOf(n);
    await take(now, n, 'confirm-receipt');
    await take('SV001', n, 'submit-report', {
      ...{ liability: 'external-factor', side: 'service', substantiated: false, findings: '不属实' },
    });
    expect(await c.state(n)).toMatchObject({ stage: 'negotiating' });
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
    const { entries } = (
      await c.people.request<{ entries: Array<{ kind: string }> }>('SV001', 'GET', `/tickets/${n}/timeline`)
    ).body;
    expect(entries.filter(({ kind }) => kind === 'started')).toHaveLength(1);
    const [part] = await c.database.db.select().from(schema.archives).where(eq(schema.archives.ticket, n));
    const archived = JSON.parse(part!.body.toString('utf8')) as { earlier: unknown[]; timeline: unknown[] };
    expect(archived.earlier).toHaveLength(1);
    expect(archived.timeline).toHaveLength(entries.length);

    // What was lost of it is found again in the histories of both processes.
    const { timeline: rows } = schema;
    await c.database.db.delete(rows).where(eq(rows.ticket, n));
    const log = createLogger('hand-test', 'silent');
    await reconcile({ database: c.database, client: c.client, log, repair: true, settleMs: 100 });
    expect(await c.timeline(n)).toHaveLength(entries.length);
    await c.saveHistory(n, 'complaint/converted');
  });

  it('steps of the process it was come too late, a lost reply finds its answer, and nothing waits behind them (D1)', async () => {
    const { n, handler } = await paths.handled();
    const key = randomUUID();
    const converted = await c.people.take(handler, n, 'convert', toComplaint, key);
    await c.people.until(n, (t) => t.process === 'complaint');
    const late = { stepId: randomUUID(), actor: systemOf('TECH'), command: {}, waitedMs: 0, origin: 'api' };
    const sent = c.client.workflow.getHandle(n).executeUpdate('resolve', { updateId: late.stepId, args: [late] });
    await expect(sent).rejects.toMatchObject({ cause: { type: 'StepRefused' } });
    // The deliverer died between the answer and its row: sent again, the step is not taken twice and blocks nobody.
    const { steps } = schema;
    await c.database.sql.begin(async (sql) => {
      await sql`set local session_replication_role = replica`; // a settled step is guarded
      await sql`update steps set state = 'sent', settled_at = null, revision = null where id = ${converted.step}`;
    });
    await take('SV001', n, 'urge', { note: '催办' });
    const [row] = await c.database.db.select().from(steps).where(eq(steps.id, converted.step));
    expect(row).toMatchObject({ state: 'applied' });
    expect((await c.timeline(n)).filter(({ kind }) => kind === 'converted')).toHaveLength(1);
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
  });

  it('keeps an intake example whole: a converted ticket is listed as what it is now', async () => {
    const n = await c.people.register('CS001', exampleIntakes.consultation(3, 'product', 'P2'));
    const handler = await c.people.handlerOf(n);
    await take(handler, n, 'confirm-receipt');
    await take(handler, n, 'convert', toComplaint);
    await c.people.until(n, (t) => t.process === 'complaint');
    const list = await c.people.request<{ tickets: Array<{ number: string }> }>(
      ...(['SV001', 'GET', '/tickets?process=complaint'] as const),
    );
    expect(list.body.tickets.map((t) => t.number)).toContain(n);
    await take('SV001', n, 'cancel', reason);
    await c.ended(n);
  });
});
