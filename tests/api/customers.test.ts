import { type Role } from '@duban/contracts';
import { addArchivePart, isArchiveBlocked, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, intakeOf, numberOf, setProjection, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const call = async (role: Role, method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, body?: object) => {
  const asked = request(api.app)[method](`/api/v1${path}`);
  return asked.set('cookie', await api.cookieOf(role)).send(body);
};
const create = async (name: string, phone: string, more: object = {}) =>
  (await call('agent', 'post', '/customers', { name, phone, ...more })).body.id as string;
const ticketFor = async (intake: object, key = `customers-${Math.random()}`) =>
  request(api.app)
    .post('/api/v1/tickets')
    .set({ cookie: await api.cookieOf('agent'), 'idempotency-key': key })
    .send(intake);
const audits = async (action: string) =>
  (await api.database.db.select().from(schema.audit).where(eq(schema.audit.action, action))).map((row) => row.object);

describe('contacts and preferences (P4)', () => {
  test('several of each kind, one preferred; the profile follows; all are masked until revealed', async () => {
    const id = await create('李雷', '139 1111 0001', { email: 'Li.Lei@Example.com', preferences: { channel: 'sms' } });
    expect(id).toMatch(/^C20\d{4}\d{3,}$/);
    const landline = await call('agent', 'post', `/customers/${id}/contacts`, {
      value: '021-62345678',
      verified: true,
    });
    expect(landline.body).toMatchObject({ kind: 'landline', preferred: true, masked: true, alsoOf: [] });
    const second = await call('agent', 'post', `/customers/${id}/contacts`, { value: '13911110002' });
    expect([second.status, second.body.preferred]).toEqual([201, false]);
    const again = await call('agent', 'post', `/customers/${id}/contacts`, { value: '+86 139 1111 0002' });
    expect(again.body.id).toBe(second.body.id);
    expect((await call('agent', 'post', `/customers/${id}/contacts`, { value: '123' })).body.errors).toEqual([
      expect.objectContaining({ field: 'value', code: 'phone' }),
    ]);
    expect((await call('agent', 'post', `/customers/${id}/contacts`, { value: 'a@b' })).body.errors[0].code).toBe(
      'email',
    );
    await call('agent', 'patch', `/customers/${id}/contacts/${second.body.id}`, { preferred: true });
    const file = await call('agent', 'post', `/customers/${id}/reveal`, { reason: 'call-back' });
    expect(file.body).toMatchObject({
      ...{ phone: '+8613911110002', email: 'li.lei@example.com', preferences: { channel: 'sms' } },
    });
    const contacts = file.body.contacts as Array<{ value: string; preferred: boolean; verifiedAt: string | null }>;
    expect(
      contacts
        .filter((c) => c.preferred)
        .map((c) => c.value)
        .sort(),
    ).toEqual(['+8613911110002', '+862162345678', 'li.lei@example.com'].sort());
    expect(contacts.find((c) => c.value === '+862162345678')!.verifiedAt).not.toBeNull();
    const masked = await call('agent', 'get', `/customers/${id}`);
    expect(masked.text).not.toMatch(/13911110002|62345678|li\.lei/);
    await call('agent', 'delete', `/customers/${id}/contacts/${second.body.id}`);
    const after = await call('agent', 'post', `/customers/${id}/reveal`, { reason: 'call-back' });
    expect(after.body.phone).toBe('+8613911110001');
    const other = await create('别人', '13911110099');
    expect((await call('agent', 'delete', `/customers/${other}/contacts/${landline.body.id}`)).status).toBe(404);
    expect(await audits('contact:add')).toContain(id);
  });

  test('a caller is matched over all contacts, by number and by address; two at once get one profile (G1)', async () => {
    const id = await create('韩梅梅', '13911110010');
    await call('agent', 'post', `/customers/${id}/contacts`, { value: '010-62345678' });
    await call('agent', 'post', `/customers/${id}/contacts`, { value: 'han@example.com' });
    const found = await call('agent', 'post', '/customers/search', { phone: '010 6234 5678' });
    expect(found.body.customers.map((c: { id: string }) => c.id)).toEqual([id]);
    const byEnd = await call('agent', 'post', '/customers/search', { phone: '345678' });
    expect(byEnd.body.customers.map((c: { id: string }) => c.id)).toContain(id);
    const byMail = await call('agent', 'post', '/customers/search', { email: 'Han@example.com' });
    expect(byMail.body.customers.map((c: { id: string }) => c.id)).toEqual([id]);
    const taken = await ticketFor({ ...intakeOf('consultation', '01062345678') });
    expect(taken.body.customer).toBe(id);
    const both = await Promise.all([1, 2].map(() => ticketFor(intakeOf('consultation', '13911110011'))));
    expect(both[0]!.body.customer).toBe(both[1]!.body.customer);
  });
});

describe('classes and their strategy (P4, G4)', () => {
  test('the administrator keeps them; a class raises the priority of a new ticket, not one that was chosen', async () => {
    const strategy = { nameZh: '贵宾', nameEn: 'VIP', priorityBump: 1, revisits: [{ afterDays: 3, channel: 'phone' }] };
    expect((await call('supervisor', 'put', '/customer-classes/vip', strategy)).status).toBe(403);
    expect((await call('administrator', 'put', '/customer-classes/vip', { ...strategy, priorityBump: 9 })).status).toBe(
      422,
    );
    expect((await call('administrator', 'put', '/customer-classes/vip', strategy)).body).toMatchObject(strategy);
    const classes = (await call('agent', 'get', '/customer-classes')).body.classes as Array<{ id: string }>;
    expect(classes.map((c) => c.id)).toEqual(expect.arrayContaining(['normal', 'high-value', 'vip']));
    const id = await create('贵宾客户', '13911110020', { class: 'vip' });
    const numbers = [
      (await ticketFor({ ...intakeOf('consultation'), customer: { id } })).body.number,
      (await ticketFor({ ...intakeOf('consultation'), customer: { id }, priority: 'P3' })).body.number,
    ];
    const priorities = [];
    for (const number of numbers) priorities.push((await call('agent', 'get', `/tickets/${number}`)).body.priority);
    expect(priorities).toEqual(['P1', 'P3']);
    const unknown = await call('agent', 'patch', `/customers/${id}`, { class: 'no-such' });
    expect(unknown.body.errors).toEqual([expect.objectContaining({ field: 'class', code: 'unknown-id' })]);
  });
});

describe('merging duplicates (P4)', () => {
  test('proposed by a shared contact; the survivor keeps its number and gets all; the other is a redirect', async () => {
    const kept = await create('王芳', '13911110030');
    const gone = await create('王芳芳', '13911110031', { email: 'wang@example.com' });
    await call('agent', 'post', `/customers/${gone}/contacts`, { value: '13911110030' });
    const number = (await ticketFor({ ...intakeOf('consultation'), customer: { id: gone } })).body.number as string;
    const pairs = (await call('agent', 'get', '/customer-duplicates?limit=100')).body.pairs;
    expect(pairs).toContainEqual({ one: kept, other: gone, shared: 1 });
    expect((await call('agent', 'post', `/customers/${kept}/merge`, { from: gone })).status).toBe(403);
    expect((await call('supervisor', 'post', `/customers/${kept}/merge`, { from: kept })).status).toBe(422);
    const before = (await api.database.db.select().from(schema.tickets).where(eq(schema.tickets.number, number)))[0]!;
    const merges = await Promise.all([
      call('supervisor', 'post', `/customers/${kept}/merge`, { from: gone }),
      call('team-leader', 'post', `/customers/${kept}/merge`, { from: gone }),
    ]);
    expect(merges.map((answer) => answer.status)).toEqual([200, 200]);
    const back = await call('team-leader', 'post', `/customers/${gone}/merge`, { from: kept });
    expect(back.body).toMatchObject({ status: 409, code: 'merged' });
    const redirect = await call('agent', 'get', `/customers/${gone}`);
    expect([redirect.status, redirect.get('location'), redirect.body]).toEqual([
      ...[308, `/api/v1/customers/${kept}`, { mergedInto: kept }],
    ]);
    const file = await call('agent', 'post', `/customers/${kept}/reveal`, { reason: 'other' });
    expect(file.body).toMatchObject({ name: '王芳', email: 'wang@example.com' });
    expect(file.body.contacts).toHaveLength(3);
    const after = (await api.database.db.select().from(schema.tickets).where(eq(schema.tickets.number, number)))[0]!;
    expect(after).toEqual({ ...before, customer: kept });
    expect((await ticketFor({ ...intakeOf('consultation'), customer: { id: gone } })).body.customer).toBe(kept);
    expect((await call('agent', 'patch', `/customers/${gone}`, { name: '回来' })).body).toMatchObject({
      ...{ status: 409, code: 'merged', customer: kept },
    });
    expect(await audits('customer:merge')).toEqual([kept]);
    const left = await api.database.db.select().from(schema.customers).where(eq(schema.customers.id, gone));
    expect(left[0]).toMatchObject({ name: null, phone: null, email: null, mergedInto: kept });
  });
});

describe('personal data: export and erasure (P4)', () => {
  const PHONE = '13911110040';
  const NAME = '欧阳静怡';
  /** A person with a ticket, its steps, a call and a mail. */
  async function person(name = NAME, phone = PHONE) {
    const { db } = api.database;
    const intake = { ...intakeOf('consultation', phone), content: `${name}的电话是139 1111 0040` };
    const taken = await ticketFor({ ...intake, customer: { name, title: 'ms', phone, email: 'jing@example.com' } });
    const { number, customer } = taken.body as { number: string; customer: string };
    await db.insert(schema.materials).values({
      ...{ id: `m-${number}`, ticket: number, kind: 'evidence', sha256: 'x', createdBy: 'X004' },
      body: { text: `回拨 ${phone}` },
    });
    await db.insert(schema.files).values({
      ...{ id: `f-${number}`, ticket: number, key: `attachments/${number}`, name: `${name}.png`, type: 'image/png' },
      ...{ size: 1, sha256: 'x', uploadedBy: 'X004' },
    });
    await db.insert(schema.calls).values({
      ...{ id: `call-${number}`, direction: 'inbound', phone: `+86${phone}`, customer, ticket: number },
      ...{ startedAt: new Date(), createdBy: 'telephony', note: `${name}来电`, recording: 'rec/1' },
    });
    await db.insert(schema.conversations).values({
      ...{ id: `v${number}`, channel: 'email', status: 'closed', customer, ticket: number, subject: `${name}的来信` },
    });
    await db.insert(schema.messages).values({
      ...{ conversation: `v${number}`, direction: 'in', author: 'customer', text: `我是${name}` },
      ...{ address: 'jing@example.com', mailId: '<1@jing.example>' },
    });
    return { number, customer };
  }
  const archived = async (number: string, retainUntil: Date) => {
    await setProjection(api.database, number, 'consultation', {
      closedAt: Date.now(),
      archived: true,
      status: 'closed',
    });
    const content = { customer: { name: NAME } };
    await addArchivePart(api.database.db, { ticket: number, part: 1, process: 'consultation', retainUntil, content });
  };
  const YEAR_MS = 365 * 86_400_000;

  test('everything of one person as JSON, audited, for who answers for it', async () => {
    const { number, customer } = await person();
    expect((await call('agent', 'post', `/customers/${customer}/export`)).status).toBe(403);
    const { body, status } = await call('supervisor', 'post', `/customers/${customer}/export`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      profile: { id: customer, name: NAME },
      tickets: [{ ticket: { number }, materials: [{ body: { text: `回拨 ${PHONE}` } }] }],
      ...{ calls: [{ note: `${NAME}来电` }], conversations: [{ messages: [{ text: `我是${NAME}` }] }] },
    });
    expect(body.contacts.map((c: { value: string }) => c.value).sort()).toEqual([`+86${PHONE}`, 'jing@example.com']);
    expect(await audits('customer:export')).toEqual([customer]);
  });

  test('open tickets refuse it; then nothing is left but a blocked archive, and a certificate says so', async () => {
    const [{ id: customer }] = (await call('agent', 'post', '/customers/search', { phone: PHONE })).body.customers;
    const [{ number }] = (await call('supervisor', 'post', '/tickets/search', { customer })).body.tickets;
    const erase = (body: object = {}, role: Role = 'supervisor') =>
      call(role, 'post', `/customers/${customer}/erasure`, { reason: 'customer-asked', ...body });
    expect((await erase({}, 'agent')).status).toBe(403);
    expect((await erase()).body).toMatchObject({ status: 409, code: 'open-tickets', tickets: [number] });
    await archived(number, new Date(Date.now() + YEAR_MS));
    // A namesake's ticket names the person, too: nothing is done until somebody has looked.
    const other = await call('agent', 'post', '/customers', { name: NAME, phone: '13911110049' });
    const refused = await erase();
    expect(refused.body).toMatchObject({
      code: 'data-left',
      remains: [{ table: 'customers', column: 'name', rows: 1 }],
    });
    expect((await call('agent', 'get', `/customers/${customer}`)).body.name).toBe(NAME);
    await call('agent', 'patch', `/customers/${other.body.id}`, { name: '别名' });

    const done = await erase();
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({ customer, remains: [], kept: [{ ticket: number, part: 1 }] });
    expect(done.body.scannedColumns).toBeGreaterThan(100);
    expect(done.body.erased).toMatchObject({ customer_contacts: 2, tickets: 1, messages: 1, calls: 1, materials: 1 });
    expect(await isArchiveBlocked(api.database.db, number)).toBe(true);
    // The archive's file stays with it, nameless, and for the auditor alone.
    const kept = await api.database.db.select().from(schema.files);
    expect(kept.map(({ name }) => name)).toEqual([`f-${number}`]);
    expect((await call('agent', 'get', `/tickets/${number}/files/f-${number}`)).status).toBe(404);
    const reading = [];
    for (const role of ['supervisor', 'auditor'] as const)
      reading.push((await call(role, 'get', `/archive/${number}`)).status);
    expect(reading).toEqual([404, 200]);
    expect((await call('supervisor', 'post', `/archive/${number}/reveal`, { reason: '复核' })).status).toBe(404);
    // By the tests' own look, apart from the program's.
    const tables = await api.database
      .sql`select table_name from information_schema.tables where table_schema = 'public'`;
    for (const { table_name: table } of tables) {
      if (table === 'archives') continue;
      const rows = await api.database.sql`select t::text as row from ${api.database.sql(table)} t`;
      expect([table, rows.filter(({ row }) => /欧阳静怡|13911110040|jing@/.test(row))]).toEqual([table, []]);
    }
    expect((await erase()).body).toEqual(done.body);
    expect((await call('auditor', 'get', `/customers/${customer}/erasure`)).body.sha256).toBe(done.body.sha256);
    expect((await call('agent', 'patch', `/customers/${customer}`, { name: '又来' })).body.code).toBe('erased');
    expect((await ticketFor({ ...intakeOf('consultation'), customer: { id: customer } })).body.errors[0]).toMatchObject(
      {
        ...{ field: 'customer.id', code: 'unknown-id' },
      },
    );
    const again = await ticketFor(intakeOf('consultation', PHONE));
    expect(again.body.customer).not.toBe(customer);
    expect((await call('agent', 'get', `/tickets/${number}`)).body).toMatchObject({ subject: '', content: '' });
  });

  test('an archive past its term goes, with a certificate; an open conversation refuses', async () => {
    const { number, customer } = await person('司徒青云', '13911110050');
    await archived(number, new Date(Date.now() - 1000));
    const { db } = api.database;
    await db
      .update(schema.conversations)
      .set({ status: 'open' })
      .where(eq(schema.conversations.id, `v${number}`));
    const erase = () => call('administrator', 'post', `/customers/${customer}/erasure`, { reason: 'purpose-ended' });
    expect((await erase()).body).toMatchObject({ code: 'open-conversations', conversations: [`v${number}`] });
    await db
      .update(schema.conversations)
      .set({ status: 'closed' })
      .where(eq(schema.conversations.id, `v${number}`));
    const done = await erase();
    expect(done.body).toMatchObject({ kept: [], remains: [] });
    expect(await db.select().from(schema.archives).where(eq(schema.archives.ticket, number))).toEqual([]);
    expect(await db.select().from(schema.files).where(eq(schema.files.ticket, number))).toEqual([]);
    const purged = await db.select().from(schema.purgeCertificates);
    expect(purged.map((row) => row.ticket)).toContain(number);
  });

  test('consent to recordings: what was said last holds, how and when are kept', async () => {
    const id = await create('赵云', '13911110060');
    const say = (given: boolean, at: string) =>
      call('agent', 'post', `/customers/${id}/consents`, { given, how: 'spoken', at });
    expect((await say(true, '2026-01-02T08:00:00+08:00')).status).toBe(201);
    await say(false, '2026-01-03T08:00:00+08:00');
    expect((await call('agent', 'get', `/customers/${id}`)).body.recording).toMatchObject({
      ...{ given: false, how: 'spoken', recordedBy: numberOf('agent') },
    });
    expect((await call('auditor', 'get', `/customers/${id}/consents`)).body.consents).toHaveLength(2);
    expect((await call('auditor', 'post', `/customers/${id}/consents`, { given: true, how: 'web' })).status).toBe(403);
  });
});
