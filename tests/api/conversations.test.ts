import { type Role } from '@duban/contracts';
import { schema, setDuty } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, follow, intakeOf, numberOf, startTestApi } from './support';

const AGENT = numberOf('agent');
let api: TestApi;
let serial = 0;
beforeAll(async () => {
  api = await startTestApi();
  await setDuty(api.database.db, AGENT, true);
});
afterAll(() => api.stop());
afterEach(() => api.database.db.delete(schema.loginFailures));

const as = async (role: Role, method: 'get' | 'post' | 'put', path: string, body?: object, key?: string) => {
  const asked = request(api.app)[method](`/api/v1${path}`);
  return asked
    .set({ cookie: await api.cookieOf(role), 'idempotency-key': key ?? `conversation-${++serial}` })
    .send(body);
};
const open = (method: 'get' | 'post', path: string, body?: object, key = `visitor-${++serial}`) =>
  request(api.app)[method](`/api/v1/public${path}`).set('idempotency-key', key).send(body);
const begin = async (body: object = {}) => (await open('post', '/chats', body)).body.token as string;
const waiting = async () => (await as('agent', 'get', '/conversations?status=waiting')).body.conversations;

const hear = (path: string, cookie?: string) => follow(api.app + path, cookie);

describe('web chat (G1)', () => {
  test('a visitor writes, one agent takes it, both sides see every message live', async () => {
    const begun = await open('post', '/chats', { name: '陈晓', contact: '13933330001' });
    expect(begun.body).toMatchObject({
      status: 'waiting',
      leftMessage: false,
      notice: expect.stringContaining('接入'),
    });
    const { token } = begun.body as { token: string };
    expect(token.length).toBeGreaterThan(40);
    const desk = await hear('/api/v1/events', await api.cookieOf('after-sales'));
    const outsider = await hear('/api/v1/events', await api.cookieOf('department-contact'));
    const say = (text: string, key: string) => open('post', `/chats/${token}/messages`, { text }, key);
    const said = await Promise.all([
      say('我的订单没有更新', 'visitor-key-1'),
      say('我的订单没有更新', 'visitor-key-1'),
    ]);
    expect([said[0]!.status, said[1]!.body.id]).toEqual([201, said[0]!.body.id]);
    expect((await say('别的内容', 'visitor-key-1')).body.code).toBe('idempotency-key-reused');
    const [{ id }] = await waiting();
    await desk.until(`"message":${said[0]!.body.id}`);
    expect(desk.heard.text).not.toContain('订单');

    const mine = await hear(`/api/v1/public/chats/${token}/events`);
    expect((await as('agent', 'post', `/conversations/${id}/messages`, { text: '您好' })).body.code).toBe('not-taken');
    const takers = await Promise.all([
      as('agent', 'post', `/conversations/${id}/take`),
      as('after-sales', 'post', `/conversations/${id}/take`),
    ]);
    expect(takers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    const winner: Role = takers[0]!.status === 200 ? 'agent' : 'after-sales';
    expect((await as(winner, 'post', `/conversations/${id}/take`)).status).toBe(200);
    const answer = await as(winner, 'post', `/conversations/${id}/messages`, { text: '您好,我来为您查询' });
    await mine.until(`"message":${answer.body.id}`);
    const page = await open('get', `/chats/${token}?after=${said[0]!.body.id}`);
    expect(page.body).toMatchObject({
      ...{ status: 'open', agent: numberOf(winner), notice: null },
      messages: [{ by: 'agent', agent: numberOf(winner), text: '您好,我来为您查询' }],
    });
    expect((await as('supervisor', 'get', `/conversations/${id}/messages`)).body.messages).toHaveLength(2);
    expect(outsider.heard.text).not.toContain('conversation');
    expect((await as('department-contact', 'get', `/conversations/${id}`)).status).toBe(403);

    expect((await as(winner, 'post', `/conversations/${id}/close`)).status).toBe(204);
    await mine.until('"status":"closed"');
    expect((await say('还在吗', 'visitor-key-2')).body).toMatchObject({ status: 409, code: 'closed' });
    for (const stream of [desk, outsider, mine]) stream.stop();
  });

  test('a token opens one chat until it expires; guesses are counted', async () => {
    const token = await begin();
    const rows = await api.database.db.select().from(schema.conversations);
    expect(JSON.stringify(rows)).not.toContain(token);
    await api.database.db
      .update(schema.conversations)
      .set({ tokenExpiresAt: new Date(Date.now() - 1) })
      .where(eq(schema.conversations.status, 'waiting'));
    expect((await open('get', `/chats/${token}`)).status).toBe(404);
    for (let i = 0; i < 30; i++) await open('get', `/chats/${String(i).padStart(43, 'x')}`);
    expect((await open('get', `/chats/${token}`)).status).toBe(429);
  });

  test('without a name it is an anonymous profile; a known number is a known customer', async () => {
    await api.plant('consultation', {}, '13933330009');
    await begin({ contact: '139 3333 0009' });
    await begin();
    const { conversations } = (await as('agent', 'get', '/conversations?limit=2')).body;
    const files = [];
    for (const { customer } of conversations) files.push((await as('agent', 'get', `/customers/${customer}`)).body);
    expect(files.map(({ anonymous, name }) => [anonymous, name])).toEqual([
      [true, null],
      [false, '王小明'],
    ]);
    expect((await open('post', '/chats', { contact: '12' })).body.errors[0]).toMatchObject({ field: 'contact' });
  });

  test('it becomes a ticket, or part of one; never of another customer’s', async () => {
    const token = await begin({ name: '孙亮', contact: '13933330010' });
    await open('post', `/chats/${token}/messages`, { text: '无法登录' });
    const { id, customer } = (await waiting()).at(-1);
    const intake = { ...intakeOf('consultation'), channel: 'chat', conversation: id };
    const other = await as('agent', 'post', '/tickets', intake);
    expect(other.body.errors).toEqual([expect.objectContaining({ field: 'conversation', code: 'unknown-id' })]);
    const taken = await as('agent', 'post', '/tickets', { ...intake, customer: { id: customer } });
    expect(taken.status).toBe(201);
    const { messages } = (await as('agent', 'get', `/tickets/${taken.body.number}/messages`)).body;
    expect(messages).toEqual([
      expect.objectContaining({ kind: 'chat', message: expect.objectContaining({ text: '无法登录' }) }),
    ]);

    const known = await api.plant('consultation', {}, '13933330011');
    const tie = (conversation: string, ticket: string) =>
      as('agent', 'post', `/conversations/${conversation}/ticket`, { ticket });
    expect((await tie(id, known)).body.code).toBe('has-ticket');
    const named = await begin({ name: '李四', contact: '13933330012' });
    await open('post', `/chats/${named}/messages`, { text: '?' });
    expect((await tie((await waiting()).at(-1).id, known)).body.code).toBe('other-customer');
    const anonymous = await begin();
    await open('post', `/chats/${anonymous}/messages`, { text: '我是刚才打电话的客户' });
    const tied = await tie((await waiting()).at(-1).id, known);
    expect([tied.status, tied.body.ticket]).toEqual([200, known]);
    expect((await tie(tied.body.id, '20990101000001')).body.errors[0]).toMatchObject({ field: 'ticket' });
  });

  test('nobody on duty: the message is left and says so; by rule it becomes a ticket, once', async () => {
    await setDuty(api.database.db, AGENT, false);
    const left = await begin({ name: '周敏' });
    const answer = await open('post', `/chats/${left}/messages`, { text: '请回电' });
    expect(answer.body).toMatchObject({ leftMessage: true, ticket: null, notice: expect.stringContaining('留言') });
    expect((await waiting()).at(-1)).toMatchObject({ leftMessage: true });

    const rules = { mailCategory: null, mailAcknowledged: true, chatCategory: 'consultation' };
    expect((await as('supervisor', 'put', '/channel-rules', rules)).status).toBe(403);
    const unfit = await as('administrator', 'put', '/channel-rules', { ...rules, chatCategory: 'complaint' });
    expect(unfit.body.errors).toEqual([expect.objectContaining({ field: 'chatCategory', code: 'wrong-process' })]);
    expect((await as('administrator', 'put', '/channel-rules', rules)).body).toEqual(rules);
    const token = await begin({ name: '吴用' });
    const send = () => open('post', `/chats/${token}/messages`, { text: '设备无法开机' }, 'left-message-1');
    const both = await Promise.all([send(), send()]);
    const { ticket, notice } = both[0]!.body;
    expect([ticket, both[1]!.body.ticket]).toEqual([expect.stringMatching(/^\d{14}$/), ticket]);
    expect(notice).toContain(ticket);
    const more = await open('post', `/chats/${token}/messages`, { text: '补充:昨天买的' });
    expect(more.body.ticket).toBe(ticket);
    const view = (await as('supervisor', 'get', `/tickets/${ticket}`)).body;
    expect(view).toMatchObject({ channel: 'chat', content: '设备无法开机', createdBy: 'customer' });
    await as('administrator', 'put', '/channel-rules', { ...rules, chatCategory: null });
    await setDuty(api.database.db, AGENT, true);
  });
});

describe('the web form (G1, G2)', () => {
  const form = (more: object = {}) => ({
    ...{ category: 'consultation', name: '郑和', phone: '13933330020', subject: '发票', content: '请补开发票' },
    ...more,
  });
  test('the same intake: once for a key, field by field, with a link to its progress', async () => {
    const both = await Promise.all([1, 2].map(() => open('post', '/requests', form(), 'web-form-1')));
    expect([both[0]!.status, both[1]!.body.number]).toEqual([201, both[0]!.body.number]);
    const progress = await request(api.app).get(`/api/v1/public/progress/${both[0]!.body.progress.slice(3)}`);
    expect(progress.body.number).toBe(both[0]!.body.number);
    const ticket = (await as('supervisor', 'get', `/tickets/${both[0]!.body.number}`)).body;
    expect(ticket).toMatchObject({ channel: 'web', createdBy: 'customer', customer: { name: '郑和' } });
    expect((await open('post', '/requests', form({ phone: '1', name: '' }))).body.errors).toEqual([
      expect.objectContaining({ field: 'name', code: 'required' }),
    ]);
    expect((await open('post', '/requests', form({ phone: '1' }))).body.errors).toEqual([
      expect.objectContaining({ field: 'customer.phone', code: 'phone' }),
    ]);
    const complaint = await open('post', '/requests', form({ category: 'complaint' }));
    expect(complaint.body.errors.map((e: { field: string }) => e.field)).toEqual(
      expect.arrayContaining(['cause', 'persons', 'demands']),
    );
    const details = { occurredAt: '2026-01-02T08:00:00+08:00', cause: '态度', persons: '客服', demands: ['apology'] };
    expect((await open('post', '/requests', form({ category: 'complaint', details }))).status).toBe(201);
    expect((await open('post', '/requests', form({ details: { priority: 'P1', nonsense: 1 } }))).status).toBe(422);
  });

  test('what is not for the public, what robots fill in, and too much of it are refused', async () => {
    const before = (await api.database.db.select().from(schema.tickets)).length;
    expect((await open('post', '/requests', form({ category: 'escalation' }))).body.errors[0].field).toBe('category');
    expect((await open('post', '/requests', form({ website: 'http://spam' }))).body.code).toBe('not-accepted');
    expect((await request(api.app).post('/api/v1/public/requests').send(form())).status).toBe(400);
    expect((await api.database.db.select().from(schema.tickets)).length).toBe(before);
    const statuses = [];
    for (let i = 0; i < 22; i++) statuses.push((await open('post', '/requests', form({ category: 'nowhere' }))).status);
    expect(statuses.at(-1)).toBe(429);
  });
});
