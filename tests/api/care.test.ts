import type { Role } from '@duban/contracts';
import { findCustomer, readPerson, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

async function call(role: Role, method: 'get' | 'put' | 'post' | 'patch', path: string, body?: object) {
  const headers = { cookie: await api.cookieOf(role), 'idempotency-key': `care-${Math.random()}` };
  return request(api.app)[method](`/api/v1${path}`).set(headers).send(body);
}
const auditOf = (object: string) =>
  api.database.db.select().from(schema.audit).where(eq(schema.audit.object, object)).orderBy(schema.audit.id);
const questions = [
  { id: 'solved', kind: 'score', zh: '是否解决', en: 'Solved?', measure: 'solution' },
  {
    id: 'again',
    kind: 'choice',
    zh: '再来吗',
    en: 'Again?',
    options: ['y', 'n'].map((id) => ({ id, zh: id, en: id })),
  },
];
const names = { nameZh: '维修后', nameEn: 'After repair' };

describe('questionnaires and revisit plans (R1)', () => {
  test('each change of a questionnaire is a version of its own, audited; what fits no answer is refused', async () => {
    const put = (body: object, role: Role = 'administrator') => call(role, 'put', '/questionnaires/repair', body);
    expect((await put({ ...names, questions }, 'supervisor')).status).toBe(403);
    expect((await put({ ...names, questions })).body).toMatchObject({ id: 'repair', version: 1, questions });
    const both = await Promise.all([put({ ...names, questions }), put({ ...names, questions })]);
    expect(both.map(({ body }) => body.version).sort()).toEqual([2, 3]);
    const listed = (await call('agent', 'get', '/questionnaires')).body.questionnaires as Array<{ id: string }>;
    expect(listed.filter(({ id }) => id === 'repair')).toEqual([expect.objectContaining({ version: 3 })]);
    expect((await auditOf('repair')).map(({ detail }) => (detail as { version: number }).version).sort()).toEqual([
      1, 2, 3,
    ]);
    const fields = async (wrong: object[]) =>
      (await put({ ...names, questions: wrong })).body.errors.map(({ field }: { field: string }) => field);
    expect(await fields([questions[0]!, questions[0]!])).toEqual(['questions']);
    expect(await fields([{ ...questions[1], options: undefined }])).toEqual(['questions.0.options']);
    expect(await fields([{ ...questions[1], measure: 'solution' }])).toEqual(['questions.0.measure']);
  });

  test('a plan names what is there, and looks ahead only when it comes into force again', async () => {
    const plan = {
      ...names,
      trigger: 'ticket-closed',
      processes: ['complaint'],
      offsetDays: 7,
      questionnaire: 'general',
    };
    const put = (body: object, role: Role = 'administrator') => call(role, 'put', '/revisit-plans/repair', body);
    expect((await put(plan, 'revisit-group')).status).toBe(403);
    const unknown = await put({ ...plan, questionnaire: 'none', classes: ['normal', 'gold'] });
    expect(unknown.body.errors).toMatchObject([
      { field: 'questionnaire', code: 'unknown-id' },
      { field: 'classes.1', code: 'unknown-id' },
    ]);
    expect((await put({ ...plan, repeatDays: 30 })).body.errors).toMatchObject([{ field: 'repeatDays' }]);
    expect((await put({ ...plan, active: false })).body).toMatchObject({ ...plan, active: false, channel: 'phone' });
    await api.database.sql`update revisit_plans set since = '2020-01-01' where id = 'repair'`;
    expect((await put(plan)).body.since > '2026-01-01').toBe(true);
    expect((await auditOf('repair')).at(-1)!.detail).toMatchObject({
      before: { active: false },
      after: { offsetDays: 7 },
    });
    expect(((await call('agent', 'get', '/revisit-plans')).body.plans as object[]).length).toBeGreaterThanOrEqual(6);
  });

  test('wanted by hand: once for a key; not of who objects, cannot be reached or is gone', async () => {
    const [like] = [await api.plant('consultation', {}, '13600000091')];
    const [{ customer: id }] = (await api.database.db
      .select({ customer: schema.tickets.customer })
      .from(schema.tickets)
      .where(eq(schema.tickets.number, like))) as [{ customer: string }];
    const cookie = await api.cookieOf('revisit-group');
    const want = (key: string, customer = id, plan = 'new-customer') =>
      request(api.app).post('/api/v1/revisits').set({ cookie, 'idempotency-key': key }).send({ plan, customer });
    const twice = await Promise.all([want('wanted-0001'), want('wanted-0001')]);
    expect(twice.map(({ status }) => status)).toEqual([201, 201]);
    expect(twice[0]!.body).toEqual(twice[1]!.body);
    expect((await want('wanted-0002')).body.number).not.toBe(twice[0]!.body.number);
    expect((await call('agent', 'post', '/revisits', { plan: 'new-customer', customer: id })).status).toBe(403);
    const prefers = { preferences: { timeOfDay: 'evening', noRevisits: true } };
    expect((await call('agent', 'patch', `/customers/${id}`, prefers)).body).toMatchObject(prefers);
    expect((await want('wanted-0003')).body).toMatchObject({ status: 409, code: 'objected' });
    await api.database.db.insert(schema.customers).values({ id: 'C209912001', name: '无电话' });
    expect((await want('wanted-0004', 'C209912001')).body).toMatchObject({ status: 409, code: 'no-contact' });
    await api.database.db.insert(schema.customers).values({ id: 'C209912002', erasedAt: new Date() });
    expect((await want('wanted-0005', 'C209912002', 'none')).body.errors).toMatchObject([
      { field: 'plan' },
      { field: 'customer' },
    ]);
    // An evening's revisit keeps what its workflow may know: codes and instants.
    const [step] = await api.database.sql`
      select command from steps where ticket = ${twice[0]!.body.number as string} and step = 'start'`;
    expect(step!.command).toMatchObject({
      revisit: { plan: 'new-customer', questionnaire: 'general:1', channel: 'phone' },
    });
  });
});

describe('quality forms, rules and checks by hand (P4)', () => {
  test('forms have versions; rules name a form that is there; agents do not see the rules', async () => {
    const item = { id: 'tone', zh: '用语', en: 'Tone', weight: 2, max: 5 };
    const form = { ...names, items: [item, { ...item, id: 'record', fatal: true }], passPercent: 85 };
    expect((await call('supervisor', 'put', '/quality-forms/calls', form)).status).toBe(403);
    expect((await call('administrator', 'put', '/quality-forms/calls', form)).body).toMatchObject({ version: 1 });
    expect((await call('administrator', 'put', '/quality-forms/calls', form)).body).toMatchObject({
      ...form,
      version: 2,
    });
    const double = await call('administrator', 'put', '/quality-forms/calls', { ...form, items: [item, item] });
    expect(double.body.errors).toMatchObject([{ field: 'items', code: 'repeated' }]);
    const rule = { ...names, kind: 'new-staff', sharePercent: 50, newStaffDays: 30, form: 'calls' };
    const put = (body: object) => call('administrator', 'put', '/quality-rules/new', body);
    expect((await put({ ...rule, form: 'none' })).body.errors).toMatchObject([{ field: 'form', code: 'unknown-id' }]);
    expect((await put({ ...rule, sharePercent: 0 })).status).toBe(422);
    expect((await put(rule)).body).toMatchObject({ ...rule, active: true, processes: [] });
    expect((await auditOf('new')).at(-1)).toMatchObject({ action: 'quality-rule:put' });
    expect((await call('agent', 'get', '/quality-rules')).status).toBe(403);
    expect((await call('agent', 'get', '/quality-forms')).status).toBe(200);
  });

  test('only a closed ticket that somebody had is checked, once; the person’s own file has nothing of it', async () => {
    const check = (number: string, role: Role = 'supervisor') =>
      call(role, 'post', `/tickets/${number}/quality-check`, { form: 'service' });
    const open = await api.plant('consultation', {}, '13600000092');
    expect((await check(open)).body).toMatchObject({ status: 409, code: 'not-checkable' });
    const closed = await api.plant('consultation', { closedAt: Date.now(), status: 'closed' }, '13600000092');
    expect((await check(closed, 'agent')).status).toBe(403);
    const twice = await Promise.all([check(closed), check(closed)]);
    expect(twice.map(({ status }) => status)).toEqual([201, 201]);
    expect(twice[0]!.body).toEqual(twice[1]!.body);
    const number = twice[0]!.body.number as string;
    expect((await check(number)).status).toBe(409);
    const [{ customer }] = (await api.database.db
      .select({ customer: schema.tickets.customer })
      .from(schema.tickets)
      .where(eq(schema.tickets.number, number))) as [{ customer: string }];
    expect(await findCustomer(api.database.db, customer)).toMatchObject({ phone: '+8613600000092' });
    const kept = (await readPerson(api.database.db, customer))!.tickets as unknown as object[];
    expect(kept).toHaveLength(2);
    expect(JSON.stringify(kept)).not.toContain('"process":"quality-check"');
  });

  test('figures: periods and dimensions that make no sense are refused', async () => {
    const wrong = async (query: string) => (await call('supervisor', 'get', `/statistics/quality?${query}`)).status;
    expect(await wrong('from=2026-02-01&to=2026-01-01')).toBe(400);
    expect(await wrong('from=2026-01-01&to=2026-02-01&by=agent,mood')).toBe(400);
    expect(await wrong('from=2026-01-01&to=2026-02-01&by=agent,item,month')).toBe(200);
    expect((await call('agent', 'get', '/statistics/revisits?from=2026-01-01&to=2026-01-02')).status).toBe(403);
  });
});
