import type { Role } from '@duban/contracts';
import {
  bookSlot,
  changeProfile,
  eraseCustomer,
  findTicket,
  mergeCustomers,
  readPerson,
  schema,
} from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

type Method = 'get' | 'put' | 'post';
const call = async (role: Role, method: Method, path: string, body?: object, language = 'zh-CN') => {
  const headers = { cookie: await api.cookieOf(role), 'accept-language': language };
  const asked = request(api.app)[method](`/api/v1${path}`).set(headers);
  return body === undefined ? asked : asked.send(body);
};
const HOUR_MS = 3_600_000;
const kind = (more: object = {}) => ({
  ...{ nameZh: '门店预约', nameEn: 'Visit', business: 'reservation', identity: 'questions' },
  form: { type: 'object', required: ['matter'], properties: { matter: { type: 'string', enum: ['a', 'b'] } } },
  ...more,
});
let keys = 0;
async function take(body: object, language = 'zh-CN') {
  return request(api.app)
    .post('/api/v1/tickets')
    .set({ cookie: await api.cookieOf('agent'), 'idempotency-key': `business-${++keys}`, 'accept-language': language })
    .send({
      ...{ process: 'acceptance', category: 'acceptance', channel: 'phone', subject: '业务', content: '办理业务' },
      ...{ customer: { name: '王小明', title: 'mr', phone: '13800001234' } },
      ...body,
    });
}
const fields = (answer: { body: { errors?: Array<{ field: string; code: string }> } }) =>
  (answer.body.errors ?? []).map(({ field, code }) => [field, code]);

describe('kinds of business', () => {
  test('an administrator keeps them, audited; everybody reads them (B1)', async () => {
    expect((await call('supervisor', 'put', '/service-kinds/visit', kind())).status).toBe(403);
    expect((await call('administrator', 'put', '/service-kinds/visit', kind())).body).toMatchObject({
      ...{ id: 'visit', active: true },
    });
    const changed = await call('administrator', 'put', '/service-kinds/visit', kind({ nameEn: 'Shop' }));
    expect(changed.body).toMatchObject({ nameEn: 'Shop' });
    const { body } = await call('department-contact', 'get', '/service-kinds');
    expect(body.services).toContainEqual(expect.objectContaining({ id: 'visit', nameEn: 'Shop' }));
    const audited = await api.database.db.select().from(schema.audit).where(eq(schema.audit.object, 'visit'));
    expect(
      audited.map(({ action, detail }) => [action, (detail as { before: object | null }).before !== null]),
    ).toEqual([
      ['service-kind:put', false],
      ['service-kind:put', true],
    ]);
  });

  test.each([
    ['not an object', { type: 'string' }, 'form.type'],
    ['an unknown keyword', { type: 'object', proprties: {} }, 'form'],
    ['a format that is not kept', { type: 'object', properties: { a: { type: 'string', format: 'regex' } } }, 'form'],
    ['a pattern', { type: 'object', properties: { a: { pattern: '(a+)+$' } } }, 'form.properties.a.pattern'],
    [
      'a reference elsewhere',
      { type: 'object', properties: { a: { $ref: 'https://x.example/a' } } },
      'form.properties.a.$ref',
    ],
    ['a circle', { type: 'object', $defs: { a: { $ref: '#/$defs/a' } } }, 'form.$defs.a.$ref'],
    ['itself', { type: 'object', properties: { a: { $ref: '#' } } }, 'form.properties.a.$ref'],
    ['nothing that is there', { type: 'object', properties: { a: { $ref: '#/$defs/none' } } }, 'form'],
    ['too much', { type: 'object', description: 'x'.repeat(20_000) }, 'form'],
  ])('a form is refused that is %s (B1)', async (_what, form, field) => {
    const answer = await call('administrator', 'put', '/service-kinds/bad', kind({ form }));
    expect([answer.status, fields(answer)[0]?.[0]]).toEqual([422, field]);
    expect((await api.database.db.select().from(schema.serviceKinds)).some(({ id }) => id === 'bad')).toBe(false);
  });

  test('a form too deep is refused, one with local definitions is taken; a field may be called pattern (B1)', async () => {
    let deep: object = { type: 'string' };
    for (let i = 0; i < 10; i++) deep = { type: 'object', properties: { a: deep } };
    expect((await call('administrator', 'put', '/service-kinds/bad', kind({ form: deep }))).status).toBe(422);
    const form = {
      ...{ type: 'object', $defs: { day: { type: 'string', format: 'date' } } },
      properties: { pattern: { $ref: '#/$defs/day' } },
    };
    expect(
      (await call('administrator', 'put', '/service-kinds/local', kind({ business: 'general', form }))).status,
    ).toBe(200);
    expect(fields(await take({ service: 'local', form: { pattern: 'soon' } }))).toEqual([
      ['form.pattern', 'malformed'],
    ]);
    expect((await take({ service: 'local', form: { pattern: '2026-12-01' } })).status).toBe(201);
  });

  test('a change of data must ask for data (B1)', async () => {
    const answer = await call('administrator', 'put', '/service-kinds/bad', kind({ business: 'profile-change' }));
    expect(fields(answer)).toEqual([['form.properties', 'required']]);
  });
});

describe('intake of a business', () => {
  const form = {
    ...{ type: 'object', required: ['purpose', 'copies'], additionalProperties: false },
    properties: {
      ...{ purpose: { type: 'string', minLength: 1, maxLength: 10 }, copies: { type: 'integer', minimum: 1 } },
      ...{ to: { type: 'string', format: 'email' }, on: { type: 'string', format: 'date-time' } },
      ...{ call: { type: 'string', format: 'phone' }, kind: { enum: ['plain', 'sealed'] } },
      people: { type: 'array', maxItems: 1, items: { type: 'object', required: ['name'] } },
    },
  };

  test('tells field by field what is wrong, in both languages (B1, G2)', async () => {
    await call('administrator', 'put', '/service-kinds/paper', kind({ business: 'general', form }));
    const before = await api.database.db.select().from(schema.tickets);
    const wrong = {
      ...{ purpose: 'x'.repeat(11), copies: 0, to: 'nobody', on: 'soon', call: '12', kind: 'gold', more: 1 },
      people: [{}, {}],
    };
    const answer = await take({ service: 'paper', form: wrong });
    expect(answer.status).toBe(422);
    expect(Object.fromEntries(fields(answer))).toEqual({
      ...{ 'form.purpose': 'too-long', 'form.copies': 'malformed', 'form.to': 'email', 'form.on': 'instant' },
      ...{ 'form.call': 'phone', 'form.kind': 'not-allowed', 'form.more': 'unknown-field', 'form.people': 'too-long' },
      ...{ 'form.people.0.name': 'required', 'form.people.1.name': 'required' },
    });
    const english = await take({ service: 'paper', category: 'complaint' }, 'en');
    expect(english.body.errors).toEqual([
      expect.objectContaining({ field: 'category', code: 'wrong-process' }),
      { field: 'form.purpose', code: 'required', message: 'is required' },
      { field: 'form.copies', code: 'required', message: 'is required' },
    ]);
    expect(await api.database.db.select().from(schema.tickets)).toHaveLength(before.length);
  });

  test('what is accepted keeps form and kind; unknown or retired ones are refused (B1)', async () => {
    await call('administrator', 'put', '/service-kinds/old', kind({ active: false }));
    expect(fields(await take({ service: 'old', form: { matter: 'a' } }))).toEqual([['service', 'unknown-id']]);
    expect(fields(await take({ service: 'none' }))).toEqual([['service', 'unknown-id']]);
    const { body, status } = await take({ service: 'visit', form: { matter: 'a' } });
    expect(status).toBe(201);
    const ticket = (await findTicket(api.database.db, body.number as string))!;
    expect([ticket.type, ticket.form]).toEqual(['reservation', { service: 'visit', form: { matter: 'a' } }]);
    const [start] = await api.database.db.select().from(schema.steps).where(eq(schema.steps.ticket, ticket.number));
    // What goes to Temporal: codes and ids, nothing of the form.
    expect(start!.command).toEqual({
      acceptance: { service: 'visit', business: 'reservation', identity: 'questions' },
    });
  });

  test('data to be changed are checked like the profile itself, kept as it keeps them, and masked (B1, P4)', async () => {
    const properties = Object.fromEntries(
      ['name', 'phone', 'email', 'title', 'reason'].map((name) => [name, { type: 'string' }]),
    );
    const change = kind({ business: 'profile-change', form: { type: 'object', properties } });
    expect((await call('administrator', 'put', '/service-kinds/change', change)).status).toBe(200);
    const wrong = { name: '  ', phone: '12', email: 'x', title: 'lord' };
    expect(fields(await take({ service: 'change', form: wrong }))).toEqual([
      ['form.name', 'malformed'],
      ['form.title', 'malformed'],
      ['form.phone', 'phone'],
      ['form.email', 'email'],
    ]);
    expect(fields(await take({ service: 'change', form: { reason: 'x' } }))).toEqual([['form', 'required']]);
    const { body } = await take({ service: 'change', form: { phone: '139 1234 0000', reason: '换号' } });
    const number = body.number as string;
    const ticket = (await findTicket(api.database.db, number))!;
    expect((ticket.form as { form: object }).form).toEqual({ phone: '+8613912340000', reason: '换号' });
    const seen = (role: Role) => call(role, 'get', `/tickets/${number}`);
    expect((await seen('after-sales')).body.form.form.phone).toBe('139****0000');
    expect((await seen('supervisor')).body.form.form.phone).toBe('+8613912340000');

    // Applied once for each approval, however often it is tried; kept when profiles are merged, gone when erased.
    const apply = (stepId: string) =>
      api.database.db.transaction((tx) => changeProfile(tx, { ticket: number, stepId, actor: 'X002', at: Date.now() }));
    const [first, again] = [await apply('s-1'), await apply('s-1')];
    expect([first, again, await apply('s-2')]).toEqual([['phone'], ['phone'], []]);
    const changes = (role: Role, id: string) => call(role, 'get', `/customers/${id}/changes?limit=1`);
    const page = await changes('agent', ticket.customer);
    expect(page.body.changes).toHaveLength(1);
    expect(page.body.next).not.toBeNull();
    const survivor = await call('agent', 'post', '/customers', { name: '王小明', title: 'mr', phone: '13700000001' });
    await mergeCustomers(api.database.db, { survivor: survivor.body.id, from: ticket.customer, actor: 'X002' });
    const moved = await call('agent', 'get', `/customers/${survivor.body.id}/changes`);
    expect(moved.body.changes.map(({ after }: { after: object }) => after)).toContainEqual({ phone: '139****0000' });
    expect((await changes('department-contact', ticket.customer)).status).toBe(403);
    expect((await readPerson(api.database.db, survivor.body.id as string))!.changes.length).toBeGreaterThan(0);
    await api.database.db.update(schema.tickets).set({ archived: true });
    const wish = { customer: survivor.body.id as string, reason: 'customer-asked', actor: 'X001', keepRemains: false };
    const certificate = await eraseCustomer(api.database.db, wish);
    expect(certificate.erased.customer_changes).toBe(2);
    expect(await api.database.db.select().from(schema.customerChanges)).toEqual([]);
  });
});

describe('slots', () => {
  const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
  const slot = (from: number, more: object = {}) => ({
    ...{ service: 'visit', startsAt: at(from), endsAt: at(from + 1), capacity: 1 },
    ...more,
  });
  const list = async (query: string) => {
    const { body } = await call('agent', 'get', `/service-kinds/visit/slots?${query}`);
    return body as { slots: Array<{ id: string; booked: number }>; next: string | null };
  };

  test('are kept by supervisors; free ones are listed page by page (B1)', async () => {
    expect((await call('agent', 'put', '/service-slots/s1', slot(24))).status).toBe(403);
    for (const [i, hours] of [24, 26, 28].entries())
      expect((await call('supervisor', 'put', `/service-slots/s${i + 1}`, slot(hours))).status).toBe(200);
    await call('supervisor', 'put', '/service-slots/closed', slot(30, { open: false }));
    const wrong = await call('supervisor', 'put', '/service-slots/s9', slot(30, { service: 'paper', endsAt: at(29) }));
    expect(fields(wrong)).toEqual([
      ['service', 'unknown-id'],
      ['endsAt', 'not-after'],
    ]);
    const first = await list('limit=2');
    expect(first.slots.map(({ id }) => id)).toEqual(['s1', 's2']);
    const second = await list(`limit=2&cursor=${first.next}`);
    expect([second.slots.map(({ id }) => id), second.next]).toEqual([['s3'], null]);
    expect((await list('free=false')).slots).toHaveLength(4);
    expect((await call('agent', 'get', '/service-kinds/none/slots')).status).toBe(404);
  });

  test('ten at once get as many places as there are; again, nothing more; a booked one is not moved (B1)', async () => {
    const { db } = api.database;
    await call('supervisor', 'put', '/service-slots/few', slot(40, { capacity: 3 }));
    const numbers: string[] = [];
    for (let i = 0; i < 10; i++) numbers.push((await take({ service: 'visit', form: { matter: 'a' } })).body.number);
    const book = (ticket: string) => db.transaction((tx) => bookSlot(tx, { ticket, slot: 'few' }, new Date()));
    const answers = await Promise.all(numbers.map(book));
    expect(answers.filter(({ booked }) => booked)).toHaveLength(3);
    expect(answers.find(({ booked }) => !booked)).toEqual({ booked: false, reason: 'slot-full' });
    const holder = numbers[answers.findIndex(({ booked }) => booked)]!;
    expect((await book(holder)).booked).toBe(true);
    const rows = await db.select().from(schema.serviceBookings).where(eq(schema.serviceBookings.slot, 'few'));
    expect(rows).toHaveLength(3);
    expect((await list('')).slots.map(({ id }) => id)).not.toContain('few');
    expect(fields(await call('supervisor', 'put', '/service-slots/few', slot(41, { capacity: 3 })))).toEqual([
      ['startsAt', 'taken'],
    ]);
    const past = await db.transaction((tx) =>
      bookSlot(tx, { ticket: numbers[0]!, slot: 's1' }, new Date(Date.now() + 25 * HOUR_MS)),
    );
    expect(past).toEqual({ booked: false, reason: 'slot-past' });
  });

  test('a step asks for a slot of its own business that can be had (B1)', async () => {
    await call('administrator', 'put', '/service-kinds/elsewhere', kind());
    await call('supervisor', 'put', '/service-slots/other', slot(50, { service: 'elsewhere' }));
    const { body } = await take({ service: 'visit', form: { matter: 'a' } });
    const reserve = (id: string) =>
      call('supervisor', 'post', `/tickets/${body.number as string}/steps/reserve`, { slot: id });
    for (const id of ['other', 'none']) expect(fields(await reserve(id))).toEqual([['slot', 'unknown-id']]);
    expect((await reserve('few')).body).toMatchObject({ status: 409, code: 'slot-full' });
    expect((await reserve('closed')).body).toMatchObject({ status: 409, code: 'slot-closed' });
    expect((await reserve('s1')).status).toBe(202);
  });
});

describe('after-sales rules', () => {
  const rule = (more: object = {}) => ({
    ...{ kind: 'return', periodDays: 7, conditions: ['unopened'], materials: ['invoice'], approvalFromFen: 100 },
    ...more,
  });
  const put = (id: string, more: object = {}) => call('administrator', 'put', `/after-sales-rules/${id}`, rule(more));

  test('an administrator keeps them, audited; what is wrong is told (A1)', async () => {
    expect((await call('supervisor', 'put', '/after-sales-rules/r1', rule())).status).toBe(403);
    expect((await put('r1', { category: 'after-sales' })).body).toMatchObject({ id: 'r1', active: true });
    expect(fields(await put('r2', { category: 'none' }))).toEqual([['category', 'unknown-id']]);
    expect(fields(await put('r2', { category: 'complaint' }))).toEqual([['category', 'wrong-process']]);
    expect(fields(await put('r2', { conditions: [] }))).toEqual([['conditions', 'too-short']]);
    expect(fields(await put('r2', { materials: ['invoice', 'invoice'] }))).toContainEqual(['materials', 'repeated']);
    const audited = await api.database.db.select().from(schema.audit).where(eq(schema.audit.object, 'r1'));
    expect(audited.map(({ action }) => action)).toEqual(['after-sales-rule:put']);
  });

  test('a category’s own rule comes first; age and condition decide, and the reasons are told (A1)', async () => {
    await put('a-all', { kind: 'return', periodDays: 30, approvalFromFen: 0 });
    await put('exchange', { kind: 'exchange', periodDays: 15, conditions: ['defective'] });
    await put('off', { kind: 'refund', periodDays: 900, active: false });
    const ask = async (condition: string, days: number, category = 'after-sales') => {
      const purchasedAt = new Date(Date.now() - days * 24 * HOUR_MS).toISOString();
      const { body } = await call('agent', 'post', '/after-sales-rules/ask', { category, condition, purchasedAt });
      return [body.options.map(({ kind: k, rule: r }: Record<string, string>) => `${k} ${r}`), body.reasons];
    };
    expect(await ask('unopened', 7)).toEqual([['return r1'], ['condition', 'no-rule']]);
    expect(await ask('unopened', 8)).toEqual([['return a-all'], ['condition', 'no-rule']]);
    expect(await ask('unopened', 3, 'other')).toEqual([['return a-all'], ['condition', 'no-rule']]);
    expect(await ask('defective', 15)).toEqual([['exchange exchange'], ['condition', 'no-rule']]);
    expect(await ask('defective', 31)).toEqual([[], ['no-rule', 'too-late']]);
  });

  test('what came of it is counted by category, kind, result and cause (A1, G15)', async () => {
    const facts = { kind: 'return', result: 'returned', cause: 'product-defect', amountFen: 1_000 };
    for (const more of [{}, {}, { result: 'refused', cause: 'misuse' }])
      await api.plant('after-sales', { facts: { ...facts, ...more } });
    const day = new Date(Date.now() + 8 * HOUR_MS).toISOString().slice(0, 10);
    const { body } = await call('supervisor', 'get', `/statistics/after-sales?from=${day}&to=${day}`);
    expect(body.rows).toEqual([
      { ...facts, category: 'after-sales', tickets: 2, amountFen: 2_000 },
      { ...facts, category: 'after-sales', result: 'refused', cause: 'misuse', tickets: 1, amountFen: 0 },
    ]);
    expect((await call('agent', 'get', '/statistics/after-sales?from=2026-02-01&to=2026-01-01')).status).toBe(422);
    expect((await call('department-contact', 'get', `/statistics/after-sales?from=${day}&to=${day}`)).status).toBe(403);
  });
});
