import { addArchivePart, purgeArchives, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const call = async (role: 'supervisor' | 'auditor' | 'administrator' | 'agent') => {
  const cookie = await api.cookieOf(role);
  return {
    get: (path: string) => request(api.app).get(`/api/v1${path}`).set('cookie', cookie),
    post: (path: string, body: object) => request(api.app).post(`/api/v1${path}`).set('cookie', cookie).send(body),
    put: (path: string, body: object) => request(api.app).put(`/api/v1${path}`).set('cookie', cookie).send(body),
  };
};
const audited = async (object: string) =>
  (await api.database.db.select().from(schema.audit).where(eq(schema.audit.object, object))).map((row) => row.action);

/** A closed ticket with its bundle in two parts. */
async function archived(more: { process?: 'consultation' | 'complaint'; phone?: string; until?: number } = {}) {
  const { process = 'consultation', phone = '13800001234', until = Date.now() + 86_400_000 } = more;
  const closed = { stage: 'ended', status: 'closed', archived: true, closedAt: Date.now() } as const;
  const ticket = await api.plant(process, { ...closed, openSteps: [] }, phone);
  const customer = { name: '王小明', phone: `+86${phone}`, email: 'wang@example.com' };
  const steps = [{ material: { callback: '13900009999', text: '已答复' } }];
  const content = { ticket: { number: ticket, subject: '登录失败', search: phone }, customer, steps };
  const { db } = api.database;
  const retainUntil = new Date(until);
  await addArchivePart(db, { ticket, part: 1, process, retainUntil, content });
  await addArchivePart(db, { ticket, part: 2, process, retainUntil, content: { ticket, history: { events: [] } } });
  return ticket;
}

test('a bundle is read decoded, whole, with its digests checked and contacts masked; in full with a reason (G14)', async () => {
  const ticket = await archived();
  const supervisor = await call('supervisor');
  const { body, status } = await supervisor.get(`/archive/${ticket}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ ticket, masked: true, holds: [] });
  expect(body.parts.map((part: { part: number; intact: boolean }) => [part.part, part.intact])).toEqual([
    [1, true],
    [2, true],
  ]);
  expect(body.parts[0].content).toMatchObject({
    customer: { name: '王小明', phone: '138****1234', email: 'w***@example.com' },
    steps: [{ material: { callback: '139****9999', text: '已答复' } }],
  });
  expect(JSON.stringify(body)).not.toContain('13800001234');
  const full = await supervisor.post(`/archive/${ticket}/reveal`, { reason: 'dispute' });
  expect(full.body.parts[0].content.customer).toMatchObject({ phone: '+8613800001234' });
  expect((await (await call('auditor')).get(`/archive/${ticket}`)).status).toBe(200);
  expect((await (await call('auditor')).post(`/archive/${ticket}/reveal`, { reason: 'dispute' })).status).toBe(403);
  expect((await (await call('agent')).get(`/archive/${ticket}`)).status).toBe(403);
  expect((await supervisor.get('/archive/20990101000001')).status).toBe(404);
  expect(await audited(ticket)).toEqual(
    expect.arrayContaining(['archive:read', 'archive:seen-in-full', 'archive:read']),
  );
});

test('bytes that somebody changed in spite of the guards are shown as not intact (G14)', async () => {
  const ticket = await archived();
  const { sql } = api.database;
  await sql`alter table archives disable trigger archives_immutable`;
  await sql`update archives set body = convert_to('{"forged":true}', 'utf8') where ticket = ${ticket} and part = 2`;
  await sql`alter table archives enable trigger archives_immutable`;
  const { body } = await (await call('auditor')).get(`/archive/${ticket}`);
  expect(body.parts.map((part: { intact: boolean }) => part.intact)).toEqual([true, false]);
});

test('the archive is searched by number, customer, words, telephone, time and process, page by page (G14)', async () => {
  const [one, two] = [await archived({ phone: '13700000001' }), await archived({ phone: '13700000001' })];
  const three = await archived({ process: 'complaint', phone: '13700000002' });
  const found = async (query: string) => {
    const { body } = await (await call('auditor')).get(`/archive?${query}`);
    return (body.archives as Array<{ ticket: string }>).map(({ ticket }) => ticket);
  };
  expect(await found(`number=${one}`)).toEqual([one]);
  const [{ customer }] = (await (await call('auditor')).get(`/archive?number=${one}`)).body.archives;
  expect(await found(`customer=${customer}`)).toEqual([two, one]);
  expect(await found('q=13700000002')).toEqual([three]);
  expect(await found(`q=${encodeURIComponent('登录失败')}&process=complaint`)).toEqual([three]);
  expect(await found(`q=${encodeURIComponent('没有这样的话')}`)).toEqual([]);
  expect(await found(`to=2020-01-01T00:00:00Z`)).toEqual([]);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await (await call('auditor')).get(`/archive?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...(page.body.archives as Array<{ ticket: string }>).map(({ ticket }) => ticket));
    cursor = page.body.next;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.slice(0, 3)).toEqual([three, two, one]);
  expect((await (await call('auditor')).get('/archive?cursor=abc')).status).toBe(400);
});

test('a legal hold keeps what is past its date until it is lifted; what is purged leaves certificates (G14)', async () => {
  const past = Date.now() - 1_000;
  const [kept, gone] = [await archived({ until: past }), await archived({ until: past })];
  const supervisor = await call('supervisor');
  expect((await supervisor.put(`/archive/${kept}/hold`, {})).body.errors).toMatchObject([
    { field: 'reason', code: 'required' },
  ]);
  const twice = await Promise.all([1, 2].map(() => supervisor.put(`/archive/${kept}/hold`, { reason: '法院调查' })));
  expect(twice.map(({ status, body }) => [status, body.setBy])).toEqual(Array(2).fill([200, numberOf('supervisor')]));
  expect((await supervisor.get('/archive?held=true')).body.archives).toMatchObject([{ ticket: kept, legalHold: true }]);
  expect(await purgeArchives(api.database.db, 100)).toBe(2);
  expect((await supervisor.get(`/archive/${gone}`)).status).toBe(404);
  const { body } = await supervisor.get(`/archive/purges?ticket=${gone}`);
  expect(body.purges).toMatchObject([
    { ticket: gone, part: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { ticket: gone, part: 1, purgedAt: expect.any(String) },
  ]);
  const first = await supervisor.get(`/archive/purges?limit=1`);
  const next = await supervisor.get(`/archive/purges?limit=1&cursor=${first.body.next}`);
  expect([first, next].map((page) => page.body.purges[0].part)).toEqual([2, 1]);
  const lifted = await supervisor.post(`/archive/${kept}/hold/lift`, { reason: '结案' });
  expect(lifted.body).toMatchObject({ reason: '法院调查', liftedReason: '结案' });
  expect((await supervisor.post(`/archive/${kept}/hold/lift`, { reason: '结案' })).status).toBe(409);
  expect(await audited(kept)).toEqual(['start:applied', 'archive:held', 'archive:released'].slice(-2));
  expect(await purgeArchives(api.database.db, 100)).toBe(2);
});

test('retention rules are kept by the administrator; complaints stay two years at least (G14)', async () => {
  const administrator = await call('administrator');
  const short = await administrator.put('/archive/retention', { process: 'complaint', years: 1 });
  expect([short.status, short.body.errors?.[0]]).toMatchObject([422, { field: 'years' }]);
  await administrator.put('/archive/retention', { process: 'consultation', years: 3 });
  await administrator.put('/archive/retention', { process: 'consultation', type: 'guidance', years: 5 });
  const { body } = await administrator.get('/archive/retention');
  expect(body.rules).toMatchObject([
    { process: 'consultation', type: '*', years: 3 },
    { process: 'consultation', type: 'guidance', years: 5, updatedBy: numberOf('administrator') },
  ]);
  await administrator.put('/archive/retention', { process: 'consultation', type: 'guidance', years: null });
  expect((await administrator.get('/archive/retention')).body.rules).toHaveLength(1);
  expect(
    (await (await call('supervisor')).put('/archive/retention', { process: 'consultation', years: 3 })).status,
  ).toBe(403);
});
