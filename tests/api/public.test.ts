import { schema } from '@duban/database';
import request from 'supertest';
import { type TestApi, setProjection, startTestApi } from './support';

const PHONE = '13812345678';
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

describe("the customer's pages (G9, G12)", () => {
  test('progress by link: what they were told, what they may do, no staff and no inner notes', async () => {
    const number = await api.plant('consultation', { openSteps: ['reply', 'urge', 'withdraw', 'escalate'] }, PHONE);
    const { db } = api.database;
    const step = (name: string, material: object) => ({
      ...{ id: `s-${name}`, ticket: number, step: name, actor: {}, actorId: 'X004', origin: 'api', state: 'applied' },
      ...{ takenAt: new Date(), material },
    });
    await db
      .insert(schema.steps)
      .values([
        step('reply', { text: '预计明日12点前给出方案' }),
        step('hand-over', { note: '内部说明:客户情绪激动' }),
      ]);
    await db.insert(schema.timeline).values(
      ['s-reply', 's-hand-over'].map((id, index) => ({
        ...{ ticket: number, revision: 2, index, at: new Date(), kind: 'step', step: id, actor: 'X004' },
      })),
    );
    const token = await api.link(number, 'progress');
    const page = await request(api.app).get(`/api/v1/public/progress/${token}`);
    expect(page.status).toBe(200);
    expect(page.body).toMatchObject({ number, statusLabel: '处理中' });
    expect(page.body.entries).toEqual([expect.objectContaining({ label: '答复客户', text: '预计明日12点前给出方案' })]);
    expect(page.body.steps.map((s: { step: string }) => s.step)).toEqual(['urge', 'withdraw']);
    expect(page.text).not.toMatch(/内部说明|X004|员工/);
    const english = await request(api.app).get(`/api/v1/public/progress/${token}`).set('accept-language', 'en');
    expect(english.body.statusLabel).toBe('In progress');

    const urge = (key: string) =>
      request(api.app).post(`/api/v1/public/progress/${token}/steps/urge`).set('idempotency-key', key).send({});
    const [first, second] = [await urge('customer-key-1'), await urge('customer-key-1')];
    expect([first.status, second.body.step]).toEqual([202, first.body.step]);
    const rows = await db.select().from(schema.steps);
    expect(rows.filter((row) => row.step === 'urge')).toEqual([expect.objectContaining({ actorId: 'customer' })]);
    const inner = await request(api.app).post(`/api/v1/public/progress/${token}/steps/escalate`).send({});
    expect(inner.status).toBe(404);
  });

  test('a link is for its purpose and its time; wrong ones are 404, and too many of them 429', async () => {
    const number = await api.plant('consultation', {}, PHONE);
    const survey = await api.link(number, 'survey');
    expect((await request(api.app).get(`/api/v1/public/progress/${survey}`)).status).toBe(404);
    expect((await request(api.app).get(`/api/v1/public/survey/${survey}`)).body).toMatchObject({ number, open: false });
    await api.database.db.update(schema.customerLinks).set({ expiresAt: new Date(Date.now() - 1) });
    expect((await request(api.app).get(`/api/v1/public/survey/${survey}`)).status).toBe(404);
    await api.database.db.delete(schema.loginFailures);
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++)
      statuses.push((await request(api.app).get(`/api/v1/public/survey/${String(i).padStart(43, 'x')}`)).status);
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 404));
    expect(statuses.slice(30)).toEqual([429, 429]);
    await api.database.db.delete(schema.loginFailures);
  });

  test('the survey is a step of the customer', async () => {
    const number = await api.plant('consultation', {}, PHONE);
    await setProjection(api.database, number, 'consultation', {
      ...{ revision: 9, stage: 'surveying', status: 'closed', closedAt: Date.now(), openSteps: ['submit-survey'] },
    });
    const token = await api.link(number, 'survey');
    expect((await request(api.app).get(`/api/v1/public/survey/${token}`)).body).toMatchObject({ open: true });
    const send = (body: object) => request(api.app).post(`/api/v1/public/survey/${token}`).send(body);
    expect(
      (await send({ grade: 'perfect', efficiency: 6 })).body.errors.map((e: { field: string }) => e.field),
    ).toEqual(['grade', 'efficiency']);
    expect((await send({ grade: 'satisfied', efficiency: 5 })).status).toBe(202);
  });

  test('by number and whole telephone: to look, not to act; nothing else fits', async () => {
    const number = await api.plant('consultation', { openSteps: ['urge'] }, PHONE);
    const look = (body: object) => request(api.app).post('/api/v1/public/progress').send(body);
    const page = await look({ number, phone: '138 1234 5678' });
    expect([page.status, page.body.number, page.body.steps]).toEqual([200, number, []]);
    expect((await look({ number, phone: '13812345679' })).status).toBe(404);
    expect((await look({ number, phone: '5678' })).status).toBe(404);
    expect((await look({ number: '20990101000001', phone: PHONE })).status).toBe(404);
    expect(page.text).not.toContain(PHONE);
    for (let i = 0; i < 40; i++) await look({ number, phone: `1391234${1000 + i}` });
    expect((await look({ number, phone: PHONE })).status).toBe(429);
  });
});
