import { findStaff, schema, setInitialPassword } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { PASSWORD, type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.stop());

const login = (staff: string, password: string) => request(api.app).post('/api/v1/session').send({ staff, password });
const me = (cookie: string) => request(api.app).get('/api/v1/session').set('cookie', cookie);
const agent = numberOf('agent');

describe('sessions (P1)', () => {
  test('a login gives an HttpOnly, SameSite=Strict cookie of which the database keeps a digest only', async () => {
    const answer = await login(agent, PASSWORD);
    expect(answer.status).toBe(201);
    const [header] = answer.get('set-cookie') as unknown as string[];
    expect(header).toMatch(/^duban_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    const token = header!.slice('duban_session='.length, header!.indexOf(';'));
    const rows = await api.database.db.select().from(schema.sessions);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect((await me(`duban_session=${token}`)).body).toMatchObject({ id: agent, mustChangePassword: false });
    const out = await request(api.app).delete('/api/v1/session').set('cookie', `duban_session=${token}`);
    expect(out.status).toBe(204);
    expect((await me(`duban_session=${token}`)).status).toBe(401);
  });

  test('an unknown number and a wrong password look the same; a person who left cannot log in', async () => {
    const [unknown, wrong] = [await login('X999', PASSWORD), await login(agent, 'wrong-password')];
    expect([unknown.status, wrong.status]).toEqual([401, 401]);
    const { traceId: _, ...first } = unknown.body;
    const { traceId: __, ...second } = wrong.body;
    expect(first).toEqual(second);
    await api.database.db.update(schema.staff).set({ active: false }).where(eq(schema.staff.id, agent));
    expect((await login(agent, PASSWORD)).status).toBe(401);
  });

  test('after five wrong passwords a number is locked for a while, whoever tries; others are not', async () => {
    const tries = await Promise.all(Array.from({ length: 12 }, () => login(agent, 'wrong-password')));
    const statuses = tries.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(5);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const locked = await login(agent, PASSWORD);
    expect([locked.status, locked.body.code, locked.get('retry-after')]).toEqual([429, 'too-many-attempts', '900']);
    expect((await login(numberOf('supervisor'), PASSWORD)).status).toBe(201);
  });

  test('an address that tries many numbers is locked, too; the table names neither', async () => {
    for (let i = 0; i < 30; i++) await login(`Y${100 + i}`, 'wrong-password');
    expect((await login(numberOf('supervisor'), PASSWORD)).status).toBe(429);
    const rows = await api.database.db.select().from(schema.loginFailures);
    expect(JSON.stringify(rows)).not.toMatch(/127\.0\.0\.1|Y1\d\d/);
  });

  test('first login: nothing until the initial password is changed; policy; other sessions end', async () => {
    const { password } = await setInitialPassword(api.database.db, agent);
    const [one, two] = [await api.login(agent, password), await api.login(agent, password)];
    const list = () => request(api.app).get('/api/v1/tickets').set('cookie', one);
    expect((await list()).body).toMatchObject({
      status: 403,
      code: 'password-change-required',
      title: '请先修改初始密码',
    });
    expect((await me(one)).body.mustChangePassword).toBe(true);
    const change = (body: object) => request(api.app).put('/api/v1/session/password').set('cookie', one).send(body);
    const wrong = await change({ current: 'not this', password: 'a-new-password' });
    expect(wrong.body.errors[0]).toMatchObject({ field: 'current' });
    expect((await change({ current: password, password: 'short' })).body.errors[0]).toMatchObject({
      code: 'too-short',
    });
    for (const bad of [password, `my-${agent.toLowerCase()}-word`])
      expect((await change({ current: password, password: bad })).body.errors[0]).toMatchObject({ code: 'password' });
    expect((await change({ current: password, password: 'a-new-password' })).status).toBe(204);
    expect((await list()).status).toBe(200);
    expect((await me(two)).status).toBe(401);
    expect((await login(agent, password)).status).toBe(401);
    expect((await login(agent, 'a-new-password')).status).toBe(201);
  });

  test('an initial password lasts 72 hours', async () => {
    const { password, expiresAt } = await setInitialPassword(api.database.db, agent);
    expect(expiresAt!.getTime() - Date.now()).toBeGreaterThan(71.9 * 3_600_000);
    await api.database.db
      .update(schema.staff)
      .set({ passwordExpiresAt: new Date(Date.now() - 1) })
      .where(eq(schema.staff.id, agent));
    expect((await login(agent, password)).body).toMatchObject({ status: 403, code: 'password-expired' });
  });

  test('sessions end after idling, at their absolute limit, and when roles change', async () => {
    const { db } = api.database;
    const cookie = await api.login(agent);
    await db.update(schema.sessions).set({ seenAt: new Date(Date.now() - 29 * 60_000) });
    expect((await me(cookie)).status).toBe(200);
    await db.update(schema.sessions).set({ seenAt: new Date(Date.now() - 31 * 60_000) });
    expect((await me(cookie)).status).toBe(401);
    const second = await api.login(agent);
    await db.update(schema.sessions).set({ expiresAt: new Date(Date.now() - 1) });
    expect((await me(second)).status).toBe(401);
    const third = await api.login(agent);
    const administrator = await api.cookieOf('administrator');
    const patch = (body: object) =>
      request(api.app).patch(`/api/v1/staff/${agent}`).set('cookie', administrator).send(body);
    expect((await patch({ extension: '8888' })).status).toBe(200);
    expect((await me(third)).status).toBe(200);
    expect((await patch({ roles: ['agent', 'key-staff'] })).status).toBe(200);
    expect((await me(third)).status).toBe(401);
  });

  test('another site cannot make a browser act; a client that is no browser may', async () => {
    const cookie = await api.login(agent);
    const leave = (headers: Record<string, string>) =>
      request(api.app).put('/api/v1/session/password').set('cookie', cookie).set(headers).send({});
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ] as Array<Record<string, string>>)
      expect((await leave(headers)).body).toMatchObject({ status: 403, code: 'cross-site' });
    expect((await leave({ 'sec-fetch-site': 'same-origin' })).status).toBe(422);
    expect((await leave({ host: 'here:1', origin: 'http://here:1' })).status).toBe(422);
    expect((await leave({})).status).toBe(422);
    const planted = await request(api.app)
      .post('/api/v1/session')
      .set('origin', 'https://evil.example')
      .send({ staff: agent, password: PASSWORD });
    expect(planted.status).toBe(403);
  });
});

describe('administration of people', () => {
  test('a new person gets the next number and a password that is shown once', async () => {
    const administrator = await api.cookieOf('administrator');
    const make = (body: object) => request(api.app).post('/api/v1/staff').set('cookie', administrator).send(body);
    const made = await make({ name: '新同事', roles: ['agent'] });
    expect(made.status).toBe(201);
    expect(made.body.staff).toMatchObject({ id: 'CS001', roles: ['agent'] });
    expect((await make({ name: '又一位', roles: ['agent'] })).body.staff.id).toBe('CS002');
    expect((await make({ id: 'CS001', name: '重号', roles: ['agent'] })).body.errors[0]).toMatchObject({
      code: 'taken',
    });
    expect((await make({ name: '部门', roles: ['agent'], department: 'MOON' })).body.errors[0].field).toBe(
      'department',
    );
    const stored = await findStaff(api.database.db, 'CS001');
    expect(stored!.passwordHash).toMatch(/^\$argon2id\$/);
    expect(JSON.stringify(stored)).not.toContain(made.body.initial.password);
    expect((await login('CS001', made.body.initial.password)).body.mustChangePassword).toBe(true);
    const reset = await request(api.app).post('/api/v1/staff/CS001/password').set('cookie', administrator);
    expect((await login('CS001', made.body.initial.password)).status).toBe(401);
    expect((await login('CS001', reset.body.password)).status).toBe(201);
  });

  test('the last administrator stays one', async () => {
    const administrator = await api.cookieOf('administrator');
    for (const body of [{ roles: ['agent'] }, { active: false }]) {
      const answer = await request(api.app)
        .patch(`/api/v1/staff/${numberOf('administrator')}`)
        .set('cookie', administrator)
        .send(body);
      expect([answer.status, answer.body.code]).toEqual([409, 'last-administrator']);
    }
  });

  test('a token is shown once, acts for its department, and can be revoked', async () => {
    const administrator = await api.cookieOf('administrator');
    const made = await request(api.app)
      .post('/api/v1/tokens')
      .set('cookie', administrator)
      .send({ name: '技术部系统', department: 'TECH', scopes: ['tickets:read'] });
    expect(made.status).toBe(201);
    const listed = await request(api.app).get('/api/v1/tokens').set('cookie', administrator);
    expect(JSON.stringify(listed.body)).not.toContain(made.body.token);
    const rows = await api.database.db.select().from(schema.apiTokens);
    expect(JSON.stringify(rows)).not.toContain(made.body.token);
    const list = () => request(api.app).get('/api/v1/tickets').set('authorization', `Bearer ${made.body.token}`);
    expect((await list()).status).toBe(200);
    const revoked = await request(api.app).delete(`/api/v1/tokens/${made.body.id}`).set('cookie', administrator);
    expect(revoked.status).toBe(204);
    expect((await list()).status).toBe(401);
  });
});
