import { Writable } from 'node:stream';
import { schema } from '@duban/database';
import type { Role } from '@duban/contracts';
import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from './support';

const PHONE = '13812345678';
let api: TestApi;
let lines = '';
beforeAll(async () => {
  const sink = new Writable({ write: (chunk, _encoding, done) => ((lines += chunk), done()) });
  api = await startTestApi({ log: pino({ level: 'debug' }, sink) });
});
afterAll(() => api.stop());

const audits = async (action: string) =>
  (await api.database.db.select().from(schema.audit).where(eq(schema.audit.action, action))).map((row) => row.actor);
const as = async (role: Role, path: string) =>
  request(api.app)
    .get(`/api/v1${path}`)
    .set('cookie', await api.cookieOf(role));

describe('telephone numbers (P4)', () => {
  test('full for who handles the ticket and who answers for it, masked for all others; each full view is audited', async () => {
    const number = await api.plant('complaint', { departments: [{ id: 'TECH', state: 'asked' }] }, PHONE);
    const sees: Partial<Record<Role, string>> = {};
    for (const role of ['agent', 'supervisor', 'team-leader', 'after-sales', 'department-contact', 'auditor'] as const)
      sees[role] = (await as(role, `/tickets/${number}`)).body.customer.phone;
    const masked = '138****5678';
    expect(sees).toEqual({
      ...{ agent: `+86${PHONE}`, supervisor: `+86${PHONE}`, 'team-leader': `+86${PHONE}` },
      ...{ 'after-sales': masked, 'department-contact': masked, auditor: masked },
    });
    expect((await audits('customer:seen-in-full')).sort()).toEqual(
      [numberOf('agent'), numberOf('supervisor'), numberOf('team-leader')].sort(),
    );
  });

  test('masked in lists and in customer files for everyone; revealed with a reason, on record', async () => {
    const number = await api.plant('consultation', {}, PHONE);
    const listed = (await as('supervisor', '/tickets')).body.tickets as Array<{
      number: string;
      customer: { id: string; phone: string };
    }>;
    const { customer } = listed.find((ticket) => ticket.number === number)!;
    expect(customer.phone).toBe('138****5678');
    expect((await as('supervisor', `/customers/${customer.id}`)).body).toMatchObject({
      phone: '138****5678',
      masked: true,
    });
    const found = await request(api.app)
      .post('/api/v1/customers/search')
      .set('cookie', await api.cookieOf('agent'))
      .send({ phone: '5678' });
    expect(found.body.customers).toEqual([expect.objectContaining({ id: customer.id, phone: '138****5678' })]);
    const before = (await audits('customer:seen-in-full')).length;
    const reveal = (body: object) =>
      api
        .cookieOf('after-sales')
        .then((cookie) =>
          request(api.app).post(`/api/v1/customers/${customer.id}/reveal`).set('cookie', cookie).send(body),
        );
    expect((await reveal({})).status).toBe(422);
    expect((await reveal({ reason: 'call-back' })).body).toMatchObject({ phone: `+86${PHONE}`, masked: false });
    const after = await audits('customer:seen-in-full');
    expect(after.slice(before)).toEqual([numberOf('after-sales')]);
  });

  test('in step texts, too', async () => {
    const number = await api.plant('consultation', {}, PHONE);
    await api.database.db.insert(schema.steps).values({
      ...{ id: 's-callback', ticket: number, step: 'request-answer', actor: {}, actorId: numberOf('agent') },
      ...{ origin: 'api', state: 'applied', takenAt: new Date(), material: { question: '?', callback: PHONE } },
    });
    await api.database.db
      .insert(schema.timeline)
      .values({ ticket: number, revision: 2, index: 0, at: new Date(), kind: 'step', step: 's-callback' });
    const callback = async (role: Role) =>
      (await as(role, `/tickets/${number}/timeline`)).body.entries[0].step.material.callback;
    expect(await callback('agent')).toBe(PHONE);
    expect(await callback('after-sales')).toBe('138****5678');
    expect(await audits('timeline:seen-in-full')).toEqual([numberOf('agent')]);
  });

  test('no log line holds a number, a name, a text, a query, a link or a password', async () => {
    const number = await api.plant('consultation', {}, PHONE);
    const token = await api.link(number, 'progress');
    await request(api.app).get(`/api/v1/public/progress/${token}`);
    await request(api.app)
      .get(`/api/v1/tickets?q=${PHONE}`)
      .set('cookie', await api.cookieOf('agent'));
    await request(api.app)
      .post('/api/v1/session')
      .send({ staff: numberOf('agent'), password: 'wrong-password-7' });
    await request(api.app).get(`/api/v1/nowhere/${PHONE}`);
    expect(lines).toContain('/public/progress/:token');
    for (const secret of [PHONE, '王小明', '登录失败', token, 'wrong-password-7', 'duban_session', '?q='])
      expect([secret, lines.includes(secret)]).toEqual([secret, false]);
  });
});
