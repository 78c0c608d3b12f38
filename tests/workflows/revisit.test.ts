import { randomUUID } from 'node:crypto';
import { taskQueues } from '@duban/contracts';
import {
  type RevisitPlan,
  createTicket,
  findRevisitPlan,
  wakeRelay,
  makeDueRevisits,
  putRevisitPlan,
  schema,
} from '@duban/database';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { and, eq } from 'drizzle-orm';
import { type TestCentre, openCentre } from '../support/centre';
import { closedTicket } from '../support/references/quality-check';
import { goodScores, referenceRevisit, wantRevisit } from '../support/references/revisit';
import { DAY, HOUR, pathsOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;
const timeZone = 'Asia/Shanghai';
const dayOf = (at: number) => new Intl.DateTimeFormat('en-CA', { timeZone }).format(at);

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

/** A revisit that RV001 has received. */
async function received(plan = 'new-customer', i = 3) {
  const n = await wantRevisit(c.people, await c.people.register('CS001', exampleIntakes.consultation(i)), plan);
  const handler = await c.people.handlerOf(n);
  await take(handler, n, 'confirm-receipt');
  return { n, handler };
}
const attempt = (n: string, result: string, more: object = {}) =>
  take('RV001', n, 'record-attempt', { result, ...more });
const answers = (scores: object, more: object = {}) => ({ scores, answers: {}, ...more });

async function plan(id: string, values: Partial<RevisitPlan>): Promise<RevisitPlan> {
  const base = (await findRevisitPlan(c.database.db, 'new-customer'))!;
  const row = await putRevisitPlan(c.database.db, { ...base, id, classes: [], updatedBy: 'AD001', ...values });
  if (values.since) await c.database.sql`update revisit_plans set since = ${values.since} where id = ${id}`;
  return row;
}
/** Everything due on that day is made, as the daily workflow does. */
async function run(at = Date.now()) {
  const id = `due-${randomUUID()}`;
  const options = { taskQueue: taskQueues.orchestrator, workflowId: id, args: [{ at }] };
  await c.client.workflow.execute('dailyRevisits', options);
  return id;
}
const madeBy = (id: string) => c.database.db.select().from(schema.revisits).where(eq(schema.revisits.plan, id));

describe('a revisit (R1)', () => {
  it('goes to the revisit group, nobody answers, is due again at another time, is answered, archived', async () => {
    const n = await referenceRevisit(c.people, 3);
    await c.ended(n);
    const { facts, handler, stage, links } = await c.state(n);
    expect({ handler, stage, links }).toEqual({ handler: 'RV001', stage: 'ended', links: [] });
    expect(facts).toMatchObject({ result: 'answered', attempts: 2, averageScore: 4.33, surveyEfficiency: 5 });
    expect(facts.surveySolution).toBeUndefined(); // no question means what that score does
    // A customer who did not ask for anything is told nothing, and nobody asks how the asking was.
    expect(await c.sent(n)).toEqual([expect.stringContaining('ticket-assigned → sms')]);
    await c.saveHistory(n, 'revisit/answered');
  });

  it('nobody there: due again after the spacing, or when the handler says; closed after the third', async () => {
    const { n } = await received();
    await attempt(n, 'no-answer');
    expect((await c.state(n)).clocks.find((clock) => clock.key === 'reach')!.state).toBe('met');
    await c.advance(n, 27 * HOUR);
    expect(await c.told(n)).not.toContain('revisit-due → RV001');
    await c.advance(n, 2 * HOUR);
    await paths.told(n, 'revisit-due → RV001');
    expect((await c.state(n)).clocks.find((clock) => clock.key === 'reach')!.state).toBe('running');
    const at = new Date((await c.virtualNow(n)) + 3 * HOUR).toISOString();
    await attempt(n, 'no-answer', { nextAt: at });
    await c.advance(n, 4 * HOUR);
    await c.eventually(async () =>
      expect((await c.told(n)).filter((line) => line.startsWith('revisit-due'))).toHaveLength(2),
    );
    await attempt(n, 'no-answer');
    await c.ended(n);
    expect(await c.state(n)).toMatchObject({ outcome: 'not-reached', status: 'closed', facts: { attempts: 3 } });
    await c.saveHistory(n, 'revisit/not-reached');
  });

  it('a promise: whoever has it, then the revisit group and the supervisor hear of one that is late (G13)', async () => {
    const { n } = await received();
    await c.advancePast(n, 'reach');
    await paths.told(n, 'clock-warning → RV001');
    await paths.told(n, 'clock-breached → SV');
    await attempt(n, 'refused', { note: '不愿接受' });
    await c.ended(n);
    expect((await c.state(n)).outcome).toBe('refused');
    await c.saveHistory(n, 'revisit/refused-late');
  });

  it('is due at the time of day that suits the customer, and not before', async () => {
    const { customer } = (
      await c.people.request<{ customer: { id: string } }>('SV001', 'GET', `/tickets/${(await received()).n}`)
    ).body;
    const notBefore = Date.now() + 5 * HOUR;
    const n = await c.database.db.transaction(async (tx) => {
      const made = await createTicket(tx, {
        ...{ stepId: `evening-${randomUUID()}`, bodyHash: null, origin: 'api', process: 'revisit' },
        actor: { kind: 'system', id: 'revisit-plans', roles: [], departments: [] },
        ...{ type: 'customer-registered', category: 'revisit', group: null, priority: 'P3', channel: 'phone' },
        ...{ customer: { id: customer.id, phone: null }, subject: '晚间回访', content: '问卷', form: {} },
        policy: { id: 'manual', version: 1 },
        extras: {
          revisit: { plan: 'evening', questionnaire: 'general:1', channel: 'phone', notBefore, questions: [] },
        },
      });
      await wakeRelay(tx);
      return made;
    });
    await c.people.handlerOf(n);
    await take('RV001', n, 'confirm-receipt');
    expect((await c.state(n)).clocks.some(({ key }) => key === 'reach')).toBe(false);
    await c.advance(n, 6 * HOUR);
    await paths.told(n, 'revisit-due → RV001');
    expect((await c.state(n)).clocks.find(({ key }) => key === 'reach')).toMatchObject({ startedAt: notBefore });
    await take('RV001', n, 'record-attempt', { result: 'refused' });
    await c.ended(n);
    await c.saveHistory(n, 'revisit/evening');
  });

  it('reached but busy: again when it suits them, without counting as a miss', async () => {
    const { n } = await received();
    const past = attempt(n, 'reached', { nextAt: new Date(Date.now() - HOUR).toISOString() });
    expect(await paths.refused(past)).toBe('in-the-past');
    for (let i = 0; i < 4; i++)
      await attempt(n, 'reached', { nextAt: new Date((await c.virtualNow(n)) + DAY).toISOString() });
    expect((await c.state(n)).facts).toMatchObject({ attempts: 4, reached: true });
    await take('RV001', n, 'record-answers', answers(goodScores));
    await c.ended(n);
    await c.saveHistory(n, 'revisit/later');
  });

  it.each([
    ['a low score', { ...goodScores, product: 2 }, {}, 'complaint'],
    ['a new need', goodScores, { problem: 'consultation', need: '想了解以旧换新', category: 'fees' }, 'consultation'],
  ])('%s becomes a ticket of its own', async (_what, scores, more, process) => {
    const { n } = await received();
    await take('RV001', n, 'record-answers', answers(scores, more));
    await c.ended(n);
    const link = (await c.state(n)).links.find(({ kind }) => kind === 'followed-by')!;
    const made = await c.people.until(link.ticket, (ticket) => ticket.revision > 0);
    expect(made.process).toBe(process);
    const [row] = await c.database
      .sql`select category, content, customer_id from tickets where number = ${link.ticket}`;
    const [own] = await c.database.sql`select customer_id from tickets where number = ${n}`;
    expect(row!.customer_id).toBe(own!.customer_id);
    if (process === 'consultation') expect(row).toMatchObject({ category: 'fees', content: '想了解以旧换新' });
    await c.saveHistory(n, `revisit/${process}`);
  });

  it('answers that do not fit the questionnaire are refused field by field; two at once count once', async () => {
    const { n } = await received();
    const wrong = take('RV001', n, 'record-answers', {
      ...{ scores: { efficiency: 6, attitude: 3, mood: 1 }, answers: { stay: 'perhaps' }, problem: 'complaint' },
      category: 'fees',
    });
    await expect(wrong).rejects.toMatchObject({
      status: 422,
      body: {
        errors: [
          expect.objectContaining({ field: 'scores.efficiency', code: 'malformed' }),
          expect.objectContaining({ field: 'scores.product', code: 'required' }),
          expect.objectContaining({ field: 'answers.stay', code: 'malformed' }),
          expect.objectContaining({ field: 'scores.mood', code: 'unknown-field' }),
          expect.objectContaining({ field: 'need', code: 'required' }),
          expect.objectContaining({ field: 'category', code: 'wrong-process' }),
        ],
      },
    });
    const two = await Promise.allSettled([1, 2].map(() => take('RV001', n, 'record-answers', answers(goodScores))));
    expect(two.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await c.ended(n);
  });

  it('online: the customer gets a link and a reminder, answers on the page, once; nobody is dispatched (R1)', async () => {
    await plan('online', { channel: 'online' });
    const n = await wantRevisit(c.people, await c.people.register('CS001', exampleIntakes.consultation(5)), 'online');
    await c.eventually(async () => expect(await c.sent(n)).toContain('revisit-invitation → sms sent'));
    expect(await c.state(n)).toMatchObject({ status: 'waiting-customer', handler: null, assignment: 0 });
    await c.advance(n, 4 * DAY);
    await c.eventually(async () => expect(await c.sent(n)).toContain('revisit-reminder → sms sent'));
    const token = /\/r\/([\w-]+)/.exec(c.mailbox.sms.at(-1)!.text)![1];
    const page = (
      await c.people.request<{ state: string; questions: object[] }>(null, 'GET', `/public/revisit/${token}`)
    ).body;
    expect(page).toMatchObject({ state: 'open' });
    expect(page.questions).toHaveLength(5);
    const send = (body: object) => c.people.request(null, 'POST', `/public/revisit/${token}`, body);
    await expect(send({ scores: { efficiency: 5 } })).rejects.toMatchObject({ status: 422 });
    await send({ scores: goodScores, answers: { advice: '谢谢' } });
    await c.ended(n);
    await expect(send({ scores: goodScores })).rejects.toMatchObject({ status: 409 });
    const after = (await c.people.request<{ state: string }>(null, 'GET', `/public/revisit/${token}`)).body;
    expect(after.state).toBe('answered');
    await c.saveHistory(n, 'revisit/online');
  });

  it('online without an answer ends by itself; a supervisor may end it before', async () => {
    const like = await c.people.register('CS001', exampleIntakes.consultation(5));
    await plan('online', { channel: 'online' });
    const [silent, skipped] = [
      await wantRevisit(c.people, like, 'online'),
      await wantRevisit(c.people, like, 'online'),
    ];
    await c.people.until(skipped, (t) => t.stage === 'awaiting-answers' && t.revision > 0);
    await take('SV001', skipped, 'skip', { stage: 'awaiting-answers', reason: '号码有误' });
    await c.ended(skipped);
    await c.advance(silent, 7 * DAY + HOUR).catch(() => undefined);
    await c.ended(silent);
    for (const n of [silent, skipped]) expect((await c.state(n)).outcome).toBe('not-reached');
    await c.saveHistory(silent, 'revisit/online-silent');
    await c.saveHistory(skipped, 'revisit/skipped');
  });
});

describe('plans (R1)', () => {
  it('make what is due once each: run again, run twice at once, and made up after days without a run', async () => {
    await plan('fresh', { classes: ['new'], offsetDays: 3, repeatDays: 30 });
    const ids = ['C209901001', 'C209901002', 'C209901003', 'C209901004', 'C209901005'];
    const profiles = [
      {},
      { preferences: { noRevisits: true } },
      { erasedAt: new Date() },
      { phone: null },
      { class: 'vip' },
    ];
    for (const [i, id] of ids.entries())
      await c.database.db
        .insert(schema.customers)
        .values({ id, name: `新客${i}`, phone: `+861390000100${i}`, class: 'new', ...profiles[i] });
    const registered = Date.now();
    await run(registered + 2 * DAY);
    expect(await madeBy('fresh')).toHaveLength(0);
    // Nobody ran it for a week; then two do at once.
    await Promise.all([run(registered + 9 * DAY), run(registered + 9 * DAY)]);
    await c.saveHistory(await run(registered + 10 * DAY), 'revisit-run/nothing-left');
    const rows = await madeBy('fresh');
    const seen = Object.fromEntries(rows.map((row) => [row.customer, row.leftOut ?? 'made']));
    expect(seen).toEqual({ C209901001: 'made', C209901002: 'objected', C209901004: 'no-contact' });
    expect(rows.every(({ dueOn }) => dueOn === dayOf(registered + 3 * DAY))).toBe(true);
    // A month later it is time again, and the class's other customer has become new.
    await c.saveHistory(await run(registered + 34 * DAY), 'revisit-run/made');
    expect((await madeBy('fresh')).filter(({ customer }) => customer === 'C209901001')).toHaveLength(2);
    const [made] = rows.filter(({ ticket }) => ticket);
    await c.people.until(made!.ticket!, (ticket) => ticket.revision > 0);
    expect((await c.state(made!.ticket!)).facts).toMatchObject({ plan: 'fresh', questionnaire: 'general:1' });
    await plan('fresh', { active: false });
  });

  it("after a closed ticket, and by the class's own strategy; what was closed before the plan is nobody's", async () => {
    const { checked } = await closedTicket(c.people, 10);
    const [row] = await c.database.sql`select customer_id from tickets where number = ${checked}`;
    await c.database.db.update(schema.customers).set({ class: 'vip' }).where(eq(schema.customers.id, row!.customer_id));
    await plan('closed', { trigger: 'ticket-closed', processes: ['consultation'], offsetDays: 2 });
    await plan('too-new', { trigger: 'ticket-closed', offsetDays: 2, since: dayOf(Date.now() + 5 * DAY) });
    await run(Date.now() + 4 * DAY);
    const of = async (plan: string) =>
      c.database.db
        .select()
        .from(schema.revisits)
        .where(and(eq(schema.revisits.plan, plan), eq(schema.revisits.origin, checked)));
    expect(await of('closed')).toHaveLength(1);
    expect(await of('too-new')).toHaveLength(0);
    // vip: 3 and 30 days after a ticket ended well.
    expect((await of('class-strategy')).map(({ key }) => key)).toEqual([`class-strategy:${checked}:3`]);
    const [revisit] = await of('closed');
    const links = (await c.people.request<{ links: object[] }>('SV001', 'GET', `/tickets/${checked}`)).body.links;
    expect(links).toContainEqual(expect.objectContaining({ ticket: revisit!.ticket, kind: 'followed-by' }));
    await plan('closed', { trigger: 'ticket-closed', active: false });
  });

  it('figures by plan', async () => {
    const period = { from: dayOf(Date.now() - DAY), to: dayOf(Date.now() + 40 * DAY) };
    const path = `/statistics/revisits?from=${period.from}&to=${period.to}`;
    type Figures = { rows: Array<{ plan: string; values: Record<string, number> }> };
    const { rows } = (await c.people.request<Figures>('SV001', 'GET', path)).body;
    const of = (plan: string) => rows.find((row) => row.plan === plan)!.values;
    expect(of('fresh')).toMatchObject({ planned: 6, leftOut: 4, open: 2, reached: 0, averageScore: null });
    const told = of('new-customer');
    expect(told.attempts).toBeGreaterThanOrEqual(10);
    expect(told.answered).toBe(5);
    expect(told).toMatchObject({ notReached: 1, refused: 1, lowScores: 1 });
  });

  it('is scheduled once a day', async () => {
    const { spec, action } = await c.client.schedule.getHandle('duban-daily-revisits').describe();
    expect(JSON.stringify(spec)).toContain('07:00');
    expect(action).toMatchObject({ workflowType: 'dailyRevisits' });
    expect((await makeDueRevisits(c.database.db, { day: '2020-01-01', timeZone })).due).toBe(0);
  });
});
