import { randomUUID } from 'node:crypto';
import { scoreOf, taskQueues } from '@duban/contracts';
import { isDrawn, publishPolicy, putQualityRule, schema } from '@duban/database';
import { manual } from '@duban/policy/presets';
import { eq } from 'drizzle-orm';
import { type TestCentre, openCentre } from '../support/centre';
import { closedTicket, fullPoints, referenceQualityCheck, wantCheck } from '../support/references/quality-check';
import { DAY, HOUR, pathsOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
  // None of those that a centre begins with: each test draws by its own.
  await c.database.sql`update quality_rules set active = false`;
}, 120_000);
afterAll(() => c?.close(), 60_000);

/** A check that a supervisor has received; `other` is the supervisor who has not. */
async function received(i = 0) {
  const { checked, agent } = await closedTicket(c.people, i);
  const n = await wantCheck(c.people, checked);
  const scorer = await c.people.handlerOf(n);
  await take(scorer, n, 'confirm-receipt');
  return { checked, agent, n, scorer, other: scorer === 'SV001' ? 'SV002' : 'SV001' };
}
async function scored(points: object = fullPoints) {
  const check = await received();
  await take(check.scorer, check.n, 'score', { points });
  return check;
}
const statusOf = (staff: string, path: string) =>
  c.people.request(staff, 'GET', path).then(
    ({ status }) => status,
    (error: { status: number }) => error.status,
  );
/** What of this check left the building to the customer, or names them. */
async function toldToCustomer(n: string) {
  const rows = await c.database.db.select().from(schema.deliveries).where(eq(schema.deliveries.ticket, n));
  return rows.filter((row) => row.recipient === 'customer');
}

describe('a quality check (G15)', () => {
  it('is scored by the form, told to the agent, accepted, archived; the customer never hears of it', async () => {
    const n = await referenceQualityCheck(c.people);
    await c.ended(n);
    const { facts, handler, outcome, links } = await c.state(n);
    expect(facts).toMatchObject({
      percent: 92,
      passed: true,
      scored: true,
      points: expect.arrayContaining(['record:3']),
    });
    expect(['SV001', 'SV002']).toContain(handler);
    expect(outcome).toBeUndefined();
    await paths.told(n, `check-scored → ${String(facts.checkedAgent)}`);
    expect(await toldToCustomer(n)).toEqual([]);
    // Not by number and telephone either, as every other ticket of theirs is.
    const [customer] = await c.database.sql`
      select c.phone from customers c join tickets t on t.customer_id = c.id where t.number = ${n}`;
    const look = (number: string) =>
      c.people.request(null, 'POST', '/public/progress', { number, phone: customer!.phone as string }).then(
        ({ status }) => status,
        (error: { status: number }) => error.status,
      );
    expect([await look(links[0]!.ticket), await look(n)]).toEqual([200, 404]);
    await c.saveHistory(n, 'quality-check/accepted');
  });

  it('is hidden from everybody at the desk, and from the agent until it is scored (P4)', async () => {
    const { n, checked, agent, scorer } = await received(1);
    const colleague = ['CS001', 'CS002', 'CS003'].find((id) => id !== agent)!;
    const linksSeenBy = async (staff: string) =>
      (await c.people.request<{ links: Array<{ kind: string }> }>(staff, 'GET', `/tickets/${checked}`)).body.links.map(
        ({ kind }) => kind,
      );
    const listedTo = async (staff: string) =>
      (
        await c.people.request<{ tickets: Array<{ number: string }> }>(staff, 'GET', '/tickets?limit=100')
      ).body.tickets.some(({ number }) => number === n);
    expect([await statusOf(agent, `/tickets/${n}`), await statusOf(colleague, `/tickets/${n}`)]).toEqual([404, 404]);
    expect(await paths.refused(take(agent, n, 'appeal', { reason: '提前' }))).toBe('not-found');
    expect([await linksSeenBy(agent), await listedTo(agent)]).toEqual([[], false]);
    expect([await linksSeenBy(scorer), await listedTo(scorer)]).toEqual([['checked-by'], true]);
    await take(scorer, n, 'score', { points: fullPoints });
    expect([await statusOf(agent, `/tickets/${n}`), await statusOf(colleague, `/tickets/${n}`)]).toEqual([200, 404]);
    expect([await linksSeenBy(agent), await listedTo(agent)]).toEqual([['checked-by'], true]);
    expect([await linksSeenBy(colleague), await listedTo(colleague)]).toEqual([[], false]);
    expect(await paths.refused(take(colleague, n, 'accept-score'))).toBe('not-found');
  });

  it('an appeal is decided by another: upheld with a new score', async () => {
    const { n, agent, scorer, other } = await scored({ ...fullPoints, accuracy: 0 });
    expect((await c.state(n)).facts).toMatchObject({ percent: 0, passed: false }); // a fatal item
    await take(agent, n, 'appeal', { reason: '答复有据可查' });
    await paths.told(n, 'appeal-raised → TL001');
    expect(await paths.refused(take(agent, n, 'appeal', { reason: '再次' }))).toBe('not-open');
    const decide = (staff: string, more: object) => take(staff, n, 'decide-appeal', { reason: '复听录音', ...more });
    expect(await paths.refused(decide(scorer, { upheld: false }))).toBe('not-yours');
    expect(await paths.refused(decide(agent, { upheld: true, points: fullPoints }))).toBe('not-yours');
    await expect(decide(other, { upheld: true })).rejects.toMatchObject({ status: 422 });
    await decide(other, { upheld: true, points: fullPoints });
    await paths.told(n, `appeal-decided → ${agent}`);
    await c.ended(n);
    expect((await c.state(n)).facts).toMatchObject({ percent: 100, passed: true, appealed: true, upheld: true });
    expect(await toldToCustomer(n)).toEqual([]);
    await c.saveHistory(n, 'quality-check/appeal-upheld');
  });

  it('an appeal is rejected by a team leader, late: the clock goes up first', async () => {
    const { n, agent } = await scored({ ...fullPoints, attitude: 1, record: 1 });
    await take(agent, n, 'appeal', { reason: '不同意' });
    await c.advancePast(n, 'appeal-decision');
    await paths.told(n, 'clock-breached → SV');
    await take('TL001', n, 'decide-appeal', { upheld: false, reason: '评分恰当' });
    await c.ended(n);
    expect((await c.state(n)).facts).toMatchObject({ percent: 68, passed: false, upheld: false });
    await c.saveHistory(n, 'quality-check/appeal-rejected');
  });

  it('without a word within the time to appeal, the score stands', async () => {
    const { n, agent } = await scored();
    await c.advance(n, 3 * DAY + HOUR).catch(() => undefined);
    await c.ended(n);
    expect((await c.state(n)).facts).toMatchObject({ percent: 100 });
    expect(await paths.refused(take(agent, n, 'appeal', { reason: '太迟' }))).toBeDefined();
    await c.saveHistory(n, 'quality-check/silent');
  });

  it('points that do not fit the form are refused item by item; late scoring goes up to the supervisors', async () => {
    const { n, scorer } = await received();
    const wrong = take(scorer, n, 'score', { points: { greeting: 6, attitude: 5, accuracy: 5, mood: 1, record: 5 } });
    await expect(wrong).rejects.toMatchObject({
      status: 422,
      body: {
        errors: [
          expect.objectContaining({ field: 'points.mood', code: 'unknown-field' }),
          expect.objectContaining({ field: 'points.greeting', code: 'malformed' }),
          expect.objectContaining({ field: 'points.timeliness', code: 'required' }),
        ],
      },
    });
    await c.advancePast(n, 'scoring');
    await paths.told(n, 'clock-breached → SV');
    const both = await Promise.allSettled([1, 2].map(() => take(scorer, n, 'score', { points: fullPoints })));
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await take('SV001', n, 'send-back', { to: 'scoring', reason: '评分表有误' });
    await take(scorer, n, 'score', { points: { ...fullPoints, greeting: 0 } });
    await take('SV002', n, 'skip', { stage: 'appealing', reason: '被质检人已离职' });
    await c.ended(n);
    expect((await c.state(n)).facts.percent).toBe(90);
    await c.saveHistory(n, 'quality-check/sent-back');
  });

  it("a supervisor's own work is checked by the other: until then they know nothing of it (P6)", async () => {
    const { checked } = await closedTicket(c.people, 2);
    await c.database.sql`update tickets set handler = 'SV002' where number = ${checked}`;
    const n = await wantCheck(c.people, checked);
    expect(await c.people.handlerOf(n)).toBe('SV001');
    expect(await statusOf('SV002', `/tickets/${n}`)).toBe(404);
    expect(await paths.refused(take('SV002', n, 'take-over', { reason: '自评' }))).toBe('not-found');
    expect(await paths.refused(take('SV001', n, 'reassign', { to: 'SV002', note: '请评' }))).toBe('not-yours');
    await take('SV001', n, 'confirm-receipt');
    expect(await paths.refused(take('SV002', n, 'score', { points: fullPoints }))).toBe('not-found');
    await take('SV001', n, 'score', { points: fullPoints });
    expect(await paths.refused(take('SV002', n, 'take-over', { reason: '自评' }))).toBe('not-yours');
    await take('SV001', n, 'cancel', { reason: '改为抽查录音' });
    await c.ended(n);
    expect((await c.state(n)).outcome).toBe('cancelled');
    await c.saveHistory(n, 'quality-check/cancelled');
  });

  it('receipt not confirmed: never dispatched to the agent who is checked (G8)', async () => {
    const { checked } = await closedTicket(c.people, 3);
    await c.database.sql`update tickets set handler = 'SV002' where number = ${checked}`;
    const n = await wantCheck(c.people, checked);
    expect(await c.people.handlerOf(n)).toBe('SV001');
    await c.advance(n, HOUR);
    await paths.entry(n, 'redispatched');
    expect((await c.state(n)).handler).not.toBe('SV002');
    await take('SV001', n, 'cancel', { reason: '不再需要' });
    await c.ended(n);
  });
});

describe('the draw (G15)', () => {
  const draw = async (at: number) => {
    const options = { taskQueue: taskQueues.orchestrator, workflowId: `draw-${randomUUID()}`, args: [{ at }] };
    await c.client.workflow.execute('dailyQualityDraw', options);
    return options.workflowId;
  };
  const rule = (id: string, kind: 'random' | 'low-score' | 'overdue' | 'new-staff', more: object = {}) =>
    putQualityRule(c.database.db, {
      ...{ id, kind, nameZh: id, nameEn: id, sharePercent: 100, processes: [], newStaffDays: 90, form: 'service' },
      ...{ active: true, updatedBy: 'AD001', ...more },
    });
  const drawnBy = (id: string) =>
    c.database.db.select().from(schema.qualityChecks).where(eq(schema.qualityChecks.rule, id));
  const tomorrow = () => Date.now() + DAY;

  it('is the same whenever it is made, and about as many as the rule says', () => {
    const numbers = Array.from({ length: 5000 }, (_, i) => `20260131${String(i).padStart(6, '0')}`);
    const share = (id: string, sharePercent: number) => numbers.filter((n) => isDrawn({ id, sharePercent }, n));
    expect(share('a', 10)).toEqual(share('a', 10));
    expect(share('a', 10).length / 5000).toBeCloseTo(0.1, 1);
    expect(new Set([...share('a', 10), ...share('b', 10)]).size).toBeGreaterThan(share('a', 10).length);
    expect(share('a', 20)).toEqual(expect.arrayContaining(share('a', 10)));
    expect(scoreOf({ items: [{ id: 'x', weight: 3, max: 3 }], passPercent: 34 }, { x: 1 })).toEqual({
      ...{ percent: 33.3, passed: false },
    });
  });

  it('draws yesterday’s closed tickets once, by two runs at once too; each rule what is its own', async () => {
    await c.database.sql`update staff set created_at = now() - interval '1 year' where id like 'CS%'`;
    await rule('complaints', 'random', { processes: ['complaint'] });
    await rule('fresh', 'new-staff');
    await rule('late', 'overdue');
    const plain = await closedTicket(c.people, 4);
    await draw(Date.now()); // today's are not yesterday's
    expect(await drawnBy('fresh')).toHaveLength(0);
    const late = await closedTicket(c.people, 5);
    await c.database.sql`update ticket_facts set breached = '{handling}' where ticket = ${late.checked}`;
    const fresh = await closedTicket(c.people, 6);
    await c.database.sql`update ticket_facts set handler = 'CS003' where ticket in (${fresh.checked})`;
    await c.database.sql`update ticket_facts set handler = 'CS001' where ticket in (${late.checked}, ${plain.checked})`;
    await c.database.sql`update staff set created_at = now() - interval '5 days' where id = 'CS003'`;
    await Promise.all([draw(tomorrow()), draw(tomorrow())]);
    await draw(tomorrow() + 2 * DAY);
    const [byLate, byFresh] = [await drawnBy('late'), await drawnBy('fresh')];
    expect(byLate.map(({ checked, agent }) => [checked, agent])).toEqual([[late.checked, 'CS001']]);
    expect(byFresh.map(({ checked, agent }) => [checked, agent])).toEqual([[fresh.checked, 'CS003']]);
    expect(await drawnBy('complaints')).toHaveLength(0);
    await c.people.until(byLate[0]!.ticket, ({ handler }) => handler !== null);
    await c.database.sql`update quality_rules set active = false`;
  });

  it('a low score is drawn the day after it was given, however old the ticket', async () => {
    await rule('low', 'low-score');
    const [low, good] = [await closedTicket(c.people, 7), await closedTicket(c.people, 8)];
    const middling = await closedTicket(c.people, 9);
    await paths.survey(middling.checked, 'satisfied', { attitude: 3 });
    await paths.survey(low.checked, 'satisfied', { attitude: 1 });
    await paths.survey(good.checked, 'satisfied', { attitude: 5 });
    await c.ended(good.checked);
    await c.eventually(async () => {
      const [facts] = await c.database.sql`select attitude from ticket_facts where ticket = ${low.checked}`;
      expect(facts!.attitude).toBe(1);
    });
    await c.saveHistory(await draw(tomorrow()), 'quality-draw/drawn');
    expect((await drawnBy('low')).map(({ checked }) => checked)).toEqual([low.checked]);
    // What counts as low, the policy in force says.
    await publishPolicy(c.database.db, {
      ...{ id: 'strict', definition: { ...manual, limits: { ...manual.limits, surveyLowScore: 3 } } },
    });
    await draw(tomorrow());
    expect(new Set((await drawnBy('low')).map(({ checked }) => checked))).toEqual(
      new Set([low.checked, middling.checked]),
    );
  });

  it('statistics by agent, item and month; nothing of it among customers’ matters', async () => {
    const day = (at: number) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(at);
    const period = `from=${day(Date.now() - DAY)}&to=${day(Date.now() + DAY)}`;
    type Rows = {
      rows: Array<{ key: Record<string, string>; labels: Record<string, string>; values: Record<string, number> }>;
    };
    const read = async (by: string) =>
      (await c.people.request<Rows>('TL001', 'GET', `/statistics/quality?${period}&by=${by}`)).body.rows;
    const [all] = await read('');
    expect(all!.values).toMatchObject({ checks: 6, appeals: 2, upheld: 1 });
    expect(all!.values.averagePercent).toBeCloseTo((92 + 100 + 100 + 68 + 100 + 90) / 6, 1);
    expect(all!.values.passRate).toBeCloseTo(5 / 6, 5);
    const items = await read('item');
    expect(items.find(({ key }) => key.item === 'service/record')!).toMatchObject({
      labels: { item: '记录完整' },
      values: { checks: 6, averagePercent: expect.closeTo((60 + 20 + 4 * 100) / 6, 1) },
    });
    const byAgent = await read('agent,month');
    expect(byAgent.reduce((sum, { values }) => sum + values.checks!, 0)).toBe(6);
    await expect(c.people.request('CS001', 'GET', `/statistics/quality?${period}`)).rejects.toMatchObject({
      status: 403,
    });
    const facts = await c.database.sql`select 1 from ticket_facts where process = 'quality-check'`;
    expect(facts).toHaveLength(0);
  });

  it('is scheduled once a day', async () => {
    const { spec, action } = await c.client.schedule.getHandle('duban-daily-quality-draw').describe();
    expect(JSON.stringify(spec)).toContain('06:00');
    expect(action).toMatchObject({ workflowType: 'dailyQualityDraw' });
  });
});
