import { randomUUID } from 'node:crypto';
import { INTERNAL_CUSTOMER, putCategory, putFaultScope, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, follow, numberOf, startTestApi } from './support';
import type { Role } from '@duban/contracts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  const { db } = api.database;
  for (const [kind, id] of [
    ['area', 'east'],
    ['area', 'west'],
    ['service', 'network'],
  ] as const)
    await putFaultScope(db, { kind, id, nameZh: `中文${id}`, nameEn: `English ${id}`, active: true });
  await putFaultScope(db, { kind: 'area', id: 'gone', nameZh: '旧区', nameEn: 'Gone', active: false });
  await putCategory(db, {
    ...{ id: 'fault', parent: null, process: 'fault', nameZh: '故障-网络', nameEn: 'Network', group: 'desk' },
    ...{ priority: 'P2', usualSolution: null, active: true },
  });
});
afterAll(() => api.stop());
afterEach(async () => {
  await api.database.db.update(schema.faultAnnouncements).set({ state: 'over' });
});

const fault = {
  ...{ title: '东区网络中断', areas: ['east'], services: ['network'], causeKind: 'line' },
  ...{ cause: '光缆被挖断', progress: '抢修中', expectedAt: '2099-01-01T08:00:00+08:00' },
};
const get = async (role: Role, path: string) =>
  request(api.app)
    .get(`/api/v1${path}`)
    .set('cookie', await api.cookieOf(role));
const post = async (role: Role, path: string, body: object, key: string = randomUUID()) =>
  request(api.app)
    .post(`/api/v1${path}`)
    .set('cookie', await api.cookieOf(role))
    .set('idempotency-key', key)
    .send(body);
const report = (more: object = {}) => ({
  ...{ process: 'fault', category: 'fault', channel: 'phone', subject: '断网', content: '无法上网', symptom: '灯不亮' },
  customer: { name: '王小明', title: 'mr', phone: '13800001234' },
  ...{ area: 'east', service: 'network', occurredAt: '2026-01-02T08:00:00+08:00', ...more },
});

describe('fault announcements (F2)', () => {
  it('is published once for each key, and every agent hears of it at once (F2)', async () => {
    const live = await follow(`${api.app}/api/v1/events`, await api.cookieOf('agent'));
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => post('duty-manager', '/fault-announcements', fault, key)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const numbers = new Set(answers.map(({ body }) => body.number as string));
    expect(numbers.size).toBe(1);
    const [number] = [...numbers];
    await live.until('event: fault');
    await live.until(`"announcement":"${number}","event":"published"`);
    live.stop();
    const { body } = await get('agent', `/fault-announcements/${number}`);
    expect(body).toMatchObject({
      ...{ number, state: 'open', causeLabel: '线路', callers: 0, expectedAt: '2099-01-01T00:00:00.000Z' },
      areas: [{ id: 'east', name: '中文east' }],
    });
    const other = await post('duty-manager', '/fault-announcements', { ...fault, cause: '另一原因' }, key);
    expect(other.body.code).toBe('idempotency-key-reused');
  });

  it('by the duty manager, the supervisor or a department, for their own only; bad fields are named (F2)', async () => {
    for (const role of ['agent', 'team-leader', 'auditor'] as const)
      expect((await post(role, '/fault-announcements', fault)).status).toBe(403);
    for (const role of ['supervisor', 'department-contact'] as const)
      expect((await post(role, '/fault-announcements', fault)).status).toBe(201);
    const foreign = await post('department-contact', '/fault-announcements', { ...fault, department: 'LEGAL' });
    expect(foreign.status).toBe(403);
    const bad = {
      ...fault,
      areas: ['east', 'nowhere'],
      services: ['gas'],
      department: 'NONE',
      expectedAt: '2020-01-01T00:00:00Z',
    };
    const { status, body } = await post('duty-manager', '/fault-announcements', bad);
    expect(status).toBe(422);
    expect((body.errors as Array<{ field: string }>).map(({ field }) => field)).toEqual([
      ...['areas.1', 'services.0', 'department', 'expectedAt'],
    ]);
    const retired = await post('duty-manager', '/fault-announcements', { ...fault, areas: ['gone'] });
    expect(retired.body.errors).toMatchObject([{ field: 'areas.0', code: 'unknown-id' }]);
    const token = await api.tokenOf('TECH', ['tickets:create']);
    const system = await request(api.app)
      .post('/api/v1/fault-announcements')
      .set('authorization', `Bearer ${token}`)
      .set('idempotency-key', randomUUID())
      .send(fault);
    expect(system.status).toBe(201);
  });

  it('is the centre’s own ticket: its customer is nobody’s, is not listed, and takes no ticket (F2, P4)', async () => {
    const { body } = await post('duty-manager', '/fault-announcements', fault);
    const [row] = await api.database.db
      .select()
      .from(schema.tickets)
      .where(eq(schema.tickets.number, body.number as string));
    expect(row).toMatchObject({ customer: INTERNAL_CUSTOMER, process: 'fault-announcement' });
    const found = await request(api.app)
      .post('/api/v1/customers/search')
      .set('cookie', await api.cookieOf('agent'))
      .send({ name: '客服中心' });
    expect(found.body.customers).toEqual([]);
    const as = await post('agent', '/tickets', report({ customer: { id: INTERNAL_CUSTOMER } }));
    expect(as.body.errors).toMatchObject([{ field: 'customer.id', code: 'unknown-id' }]);
    expect((await get('agent', `/tickets/${body.number as string}`)).body.announcement.cause).toBe('光缆被挖断');
  });

  it('lists are paged, and filtered by what is open, where, and of what (F2)', async () => {
    for (const areas of [['east'], ['west'], ['east', 'west']])
      await post('duty-manager', '/fault-announcements', { ...fault, areas });
    const first = (await get('agent', '/fault-announcements?open=true&limit=2')).body;
    const rest = (await get('agent', `/fault-announcements?open=true&limit=2&cursor=${first.next as string}`)).body;
    expect([first.announcements.length, rest.announcements.length, rest.next]).toEqual([2, 1, null]);
    const east = (await get('auditor', '/fault-announcements?open=true&area=east&service=network')).body;
    expect(east.announcements).toHaveLength(2);
    expect((await get('agent', '/fault-announcements?open=true&service=gas')).body.announcements).toEqual([]);
    expect((await get('agent', '/fault-announcements?cursor=nonsense')).status).toBe(400);
    const [newest] = first.announcements as Array<{ number: string }>;
    const match = (await get('agent', '/fault-announcements/match?area=west&service=network')).body;
    expect(match.announcement.number).toBe(newest!.number);
    expect((await get('agent', '/fault-announcements/20200101000001')).status).toBe(404);
    expect((await get('department-contact', `/fault-announcements/${newest!.number}/callers`)).status).toBe(403);
  });
});

describe('a caller of a known fault (F1)', () => {
  it('is answered in the intake itself: cause, progress, expected recovery; elsewhere not (F1)', async () => {
    const { body: announced } = await post('duty-manager', '/fault-announcements', fault);
    const inside = await post('agent', '/tickets', report());
    expect(inside.status).toBe(201);
    expect(inside.body.announcement).toMatchObject({
      ...{ number: announced.number, cause: '光缆被挖断', progress: '抢修中', expectedAt: '2099-01-01T00:00:00.000Z' },
    });
    expect((await get('agent', `/tickets/${inside.body.number as string}`)).body.announcement.number).toBe(
      announced.number,
    );
    const outside = await post('agent', '/tickets', report({ area: 'west' }));
    expect(outside.body.announcement).toBeUndefined();
    const { body } = await get('agent', `/fault-announcements/${announced.number as string}/callers`);
    expect(body.callers).toMatchObject([{ ticket: inside.body.number, how: 'intake' }]);
  });

  it('an intake in whose middle the announcement is published or ends is either inside or outside, never lost (F1)', async () => {
    const intakes = Array.from({ length: 8 }, (_, i) => i);
    const [announced, ...taken] = await Promise.all([
      post('duty-manager', '/fault-announcements', fault),
      ...intakes.map(() => post('agent', '/tickets', report())),
    ]);
    expect(taken.map(({ status }) => status)).toEqual(intakes.map(() => 201));
    const inside = taken.filter(({ body }) => body.announcement !== undefined);
    const { body } = await get('agent', `/fault-announcements/${announced.body.number as string}`);
    expect(body.callers).toBe(inside.length);
  });

  it('area and service must be the administrator’s; who keeps them is audited (F1)', async () => {
    const { body } = await post('agent', '/tickets', report({ area: 'gone', service: 'gas' }));
    expect(body.errors).toMatchObject([
      { field: 'area', code: 'unknown-id' },
      { field: 'service', code: 'unknown-id' },
    ]);
    const put = async (role: Role) =>
      request(api.app)
        .put('/api/v1/fault-scopes/area/north')
        .set('cookie', await api.cookieOf(role))
        .send({ nameZh: '北区', nameEn: 'North' });
    expect((await put('supervisor')).status).toBe(403);
    expect((await put('administrator')).body).toEqual({
      ...{ kind: 'area', id: 'north', nameZh: '北区', nameEn: 'North', active: true },
    });
    const [audited] = await api.database.db.select().from(schema.audit).where(eq(schema.audit.object, 'area:north'));
    expect(audited).toMatchObject({ actor: numberOf('administrator'), action: 'fault-scope:put' });
    const { scopes } = (await get('agent', '/fault-scopes')).body as { scopes: Array<{ id: string }> };
    expect(scopes.map(({ id }) => id)).toContain('north');
    expect((await get('department-head', '/fault-summaries')).body).toEqual({ summaries: [] });
    expect((await get('agent', '/fault-summaries/2026-11-16')).status).toBe(404);
  });
});
