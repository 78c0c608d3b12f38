import { get } from 'node:http';
import { stepTables } from '@duban/contracts';
import { channels, notificationChannel, schema, setDuty } from '@duban/database';
import { routeTable } from '@duban/api';
import { manual } from '@duban/policy/presets';
import { sql } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
let administrator: string;
beforeAll(async () => {
  api = await startTestApi();
  administrator = await api.cookieOf('administrator');
});
afterAll(() => api.stop());

describe('documents', () => {
  test('OpenAPI 3.1 has every row of the table and every step of every process', async () => {
    const { body, status } = await request(api.app).get('/api/v1/openapi.json');
    expect([status, body.openapi]).toEqual([200, '3.1.0']);
    for (const { method, path } of routeTable) {
      const operation = body.paths[`/api/v1${path.replace(/:(\w+)/g, '{$1}')}`]?.[method];
      expect([path, operation?.summary]).toEqual([path, expect.stringContaining(' · ')]);
    }
    for (const step of Object.values(stepTables).flatMap((table) => Object.keys(table)))
      expect(body.paths[`/api/v1/tickets/{number}/steps/${step}`]?.post.requestBody).toBeDefined();
    const resolve = body.paths['/api/v1/tickets/{number}/steps/resolve'].post;
    expect(resolve.requestBody.content['application/json'].schema).toMatchObject({
      ...{ additionalProperties: false, required: ['result'] },
      properties: { result: { title: '处理结果', maxLength: 8000 } },
    });
    const used = JSON.stringify(body).match(/"#\/components\/schemas\/\w+"/g) ?? [];
    for (const reference of new Set(used))
      expect(body.components.schemas).toHaveProperty([JSON.parse(reference).split('/').pop()]);
  });

  test('the page loads nothing from elsewhere and its policy lets it run', async () => {
    const page = await request(api.app).get('/docs');
    const policy = page.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self'");
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(addresses.length).toBeGreaterThan(2);
    for (const address of addresses) {
      expect(address).toMatch(/^\/docs\//);
      expect([address, (await request(api.app).get(address)).status]).toEqual([address, 200]);
    }
    expect(page.text).not.toMatch(/<script>|style="/);
  });

  test('health, readiness, metrics; an unknown address is a problem like any other', async () => {
    expect((await request(api.app).get('/healthz')).body).toEqual({ status: 'ok' });
    expect((await request(api.app).get('/readyz')).status).toBe(200);
    const metrics = await request(api.app).get('/metrics');
    expect(metrics.text).toContain('duban_http_request_seconds_count');
    const nowhere = await request(api.app).get('/api/v1/nowhere').set('accept-language', 'en');
    expect(nowhere.status).toBe(404);
    expect(nowhere.body).toMatchObject({ code: 'not-found', title: 'There is no such address' });
    expect(nowhere.get('content-language')).toBe('en');
  });
});

describe('open steps', () => {
  test('each with its form, its label in both languages, and whether this caller may take it', async () => {
    const number = await api.plant('consultation', { openSteps: ['resolve', 'reassign', 'urge'] });
    const open = async (role: 'agent' | 'after-sales', language: string) =>
      (
        await request(api.app)
          .get(`/api/v1/tickets/${number}/open-steps`)
          .set({ cookie: await api.cookieOf(role), 'accept-language': language })
      ).body;
    const mine = await open('agent', 'zh-CN');
    expect(mine.revision).toBe(3);
    expect(
      mine.steps.map((s: { step: string; label: string; mayTake: boolean }) => [s.step, s.label, s.mayTake]),
    ).toEqual([
      ['resolve', '处理完成', true],
      ['reassign', '改派', true],
      ['urge', '催单', true],
    ]);
    expect(mine.steps[1]).toMatchObject({
      needsRevision: true,
      schema: { properties: { to: { 'x-field': { of: 'staff' } } } },
    });
    const theirs = await open('after-sales', 'en');
    expect(theirs.steps.map((s: { label: string; mayTake: boolean }) => [s.label, s.mayTake])).toEqual([
      ['Resolve', false],
      ['Reassign', false],
      ['Urge', true],
    ]);
  });

  test('a step that must not act on stale sight wants the revision: 428 without, 400 for nonsense', async () => {
    const number = await api.plant('consultation', {});
    const reassign = async (headers: Record<string, string>) =>
      request(api.app)
        .post(`/api/v1/tickets/${number}/steps/reassign`)
        .set({ cookie: await api.cookieOf('supervisor'), ...headers })
        .send({ group: 'desk', note: '改派' });
    expect((await reassign({})).body).toMatchObject({ status: 428, code: 'revision-required' });
    expect((await reassign({ 'if-match': 'abc' })).status).toBe(400);
    const taken = await reassign({ 'if-match': '"3"' });
    expect(taken.status).toBe(202);
    const rows = await api.database.db.select().from(schema.steps);
    expect(rows.find((row) => row.id === taken.body.step)).toMatchObject({
      seenRevision: 3,
      actorId: numberOf('supervisor'),
    });
    const shown = await request(api.app)
      .get(`/api/v1/tickets/${number}`)
      .set('cookie', await api.cookieOf('supervisor'));
    expect(shown.get('etag')).toBe('"3"');
    expect(shown.body.waiting).toEqual([
      expect.objectContaining({ id: taken.body.step, step: 'reassign', label: '改派' }),
    ]);
  });

  test('the same key twice is one step; another body under it is refused', async () => {
    const number = await api.plant('consultation', {});
    const cookie = await api.cookieOf('agent');
    const reply = (text: string) =>
      request(api.app)
        .post(`/api/v1/tickets/${number}/steps/reply`)
        .set({ cookie, 'idempotency-key': 'reply-key-1' })
        .send({ channel: 'phone', text });
    const answers = await Promise.all([reply('好的'), reply('好的'), reply('好的')]);
    expect(new Set(answers.map((answer) => answer.body.step)).size).toBe(1);
    expect((await reply('不好')).body).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });

  test('merging needs an open ticket of the same customer that the caller may see', async () => {
    const [one, two] = [
      await api.plant('consultation', {}, '13600000001'),
      await api.plant('consultation', {}, '13600000002'),
    ];
    const cookie = await api.cookieOf('agent');
    const merge = (into: string) =>
      request(api.app).post(`/api/v1/tickets/${one}/steps/merge`).set({ cookie, 'if-match': '"3"' }).send({ into });
    expect((await merge(two)).body).toMatchObject({ status: 409, code: 'not-same-customer' });
    expect((await merge(one)).body.code).toBe('not-same-customer');
    expect((await merge('20990101000001')).body.errors[0]).toMatchObject({ field: 'into', code: 'unknown-id' });
    const three = await api.plant('consultation', {}, '13600000001');
    expect((await merge(three)).status).toBe(202);
  });

  test('an ended ticket is reopened once, within the window, as a linked ticket', async () => {
    const ended = { stage: 'ended', status: 'closed', outcome: 'satisfied', archived: true, openSteps: [] } as const;
    const cookie = await api.cookieOf('agent');
    const reopen = (number: string, key: string) =>
      request(api.app)
        .post(`/api/v1/tickets/${number}/steps/reopen`)
        .set({ cookie, 'idempotency-key': key })
        .send({ reason: '问题再次出现' });
    const number = await api.plant('consultation', { ...ended, openSteps: [], closedAt: Date.now() - 1_000 });
    const offered = await request(api.app).get(`/api/v1/tickets/${number}/open-steps`).set('cookie', cookie);
    expect(offered.body.steps.map((s: { step: string }) => s.step)).toEqual(['reopen']);
    const [first, again] = [await reopen(number, 'reopen-key-1'), await reopen(number, 'reopen-key-1')];
    expect([first.status, first.body.linked]).toEqual([200, expect.stringMatching(/^\d{14}$/)]);
    expect(again.body.linked).toBe(first.body.linked);
    expect((await reopen(number, 'reopen-key-2')).body).toMatchObject({ status: 409, code: 'repeated' });
    const view = await request(api.app).get(`/api/v1/tickets/${number}`).set('cookie', cookie);
    expect(view.body.links).toEqual([{ ticket: first.body.linked, kind: 'reopened-as', open: true }]);
    const old = await api.plant('consultation', { ...ended, openSteps: [], closedAt: Date.now() - 8 * 86_400_000 });
    expect((await reopen(old, 'reopen-key-3')).body).toMatchObject({ status: 409, code: 'too-late' });
  });
});

describe('what administrators keep', () => {
  test('departments, groups and categories; ids in the body must exist', async () => {
    const put = (path: string, body: object) =>
      request(api.app).put(`/api/v1${path}`).set('cookie', administrator).send(body);
    const names = { nameZh: '运营部', nameEn: 'Operations' };
    expect((await put('/departments/OPS', names)).body).toEqual({ id: 'OPS', ...names });
    expect((await put('/groups/night', { ...names, members: ['X999'] })).body.errors[0]).toMatchObject({
      field: 'members.0',
    });
    expect((await put('/groups/night', { ...names, members: [numberOf('agent')] })).status).toBe(200);
    const category = { ...names, process: 'consultation', group: 'night', parent: 'consultation' };
    expect((await put('/categories/ops-login', { ...category, group: 'day' })).body.errors[0]).toMatchObject({
      field: 'group',
    });
    expect((await put('/categories/ops-login', category)).body).toMatchObject({ priority: 'P2', active: true });
    const { body } = await request(api.app)
      .get('/api/v1/groups')
      .set('cookie', await api.cookieOf('agent'));
    expect(body.groups).toContainEqual({
      ...{ id: 'night', ...names, mode: 'automatic', members: [numberOf('agent')] },
    });
  });

  test('a policy is published as a new version when it holds together, and tickets begin with it', async () => {
    const publish = (definition: unknown) =>
      request(api.app).post('/api/v1/policies').set('cookie', administrator).send({ id: 'manual', definition });
    const version = await publish(manual);
    expect(version.body).toMatchObject({ id: 'manual', version: 2, active: true });
    const broken = structuredClone(manual);
    for (const rules of Object.values(Object.values(broken.clocks)[0]!))
      for (const rule of Object.values(rules)) rule.calendar = 'moon';
    const refused = await publish(broken);
    expect(refused.body).toMatchObject({ status: 422, code: 'policy-unsound' });
    expect(refused.body.errors[0].field).toMatch(/^definition\.clocks\./);
    expect((await publish({ ...manual, clocks: 5 })).body.errors[0]).toMatchObject({ field: 'definition.clocks' });
    const active = await request(api.app).get('/api/v1/policies/active').set('cookie', administrator);
    expect(active.body.version).toBe(2);
    const back = await request(api.app)
      .post('/api/v1/policies/manual/versions/1/activate')
      .set('cookie', administrator);
    expect(back.body).toMatchObject({ version: 1, active: true });
    const { body } = await request(api.app).get('/api/v1/policies').set('cookie', administrator);
    expect(body.policies.map((p: { active: boolean }) => p.active)).toEqual([true, false]);
  });

  test('what is done is on record for auditors', async () => {
    const { body } = await request(api.app)
      .get('/api/v1/audit?action=policy:publish')
      .set('cookie', await api.cookieOf('auditor'));
    expect(body.entries[0]).toMatchObject({ actor: numberOf('administrator'), object: 'manual:2' });
    expect(body.entries[0].trace).toMatch(/^[0-9a-f]{32}$/);
  });

  test('duty: oneself and who leads', async () => {
    const id = numberOf('agent');
    const duty = async (role: 'agent' | 'after-sales' | 'team-leader', onDuty: boolean) =>
      (
        await request(api.app)
          .put(`/api/v1/staff/${id}/duty`)
          .set('cookie', await api.cookieOf(role))
          .send({ onDuty })
      ).status;
    expect([await duty('agent', true), await duty('after-sales', false), await duty('team-leader', false)]).toEqual([
      200, 403, 200,
    ]);
    await setDuty(api.database.db, id, true);
  });
});

describe('notifications', () => {
  test('mine, in my language, to be marked as read; deliveries are decided upon by supervisors', async () => {
    const { db } = api.database;
    const number = await api.plant('consultation', {});
    const agent = numberOf('agent');
    await db.insert(schema.notifications).values([
      {
        key: `${number}:ticket-assigned:1:in-app:${agent}`,
        staff: agent,
        ticket: number,
        template: 'ticket-assigned',
        data: { priority: 'P2' },
      },
      { key: 'of-another', staff: numberOf('supervisor'), ticket: number, template: 'ticket-assigned', data: {} },
    ]);
    const cookie = await api.cookieOf('agent');
    const mine = await request(api.app).get('/api/v1/notifications').set('cookie', cookie);
    expect(mine.body).toMatchObject({ unread: 1, notifications: [{ ticket: number, title: '新工单待接收' }] });
    const read = (key: string) =>
      request(api.app)
        .put(`/api/v1/notifications/${encodeURIComponent(key)}/read`)
        .set('cookie', cookie);
    expect((await read(mine.body.notifications[0].key)).status).toBe(204);
    expect((await read('of-another')).status).toBe(404);
    const unread = await request(api.app).get('/api/v1/notifications?unread=true').set('cookie', cookie);
    expect(unread.body).toEqual({ unread: 0, notifications: [] });

    const delivery = (key: string, state: string) => ({
      ...{ key, ticket: number, channel: 'sms', template: 'survey-invitation', data: {}, recipient: 'customer', state },
    });
    await db
      .insert(schema.deliveries)
      .values([delivery('d:1', 'unknown'), delivery('d:2', 'sent'), delivery('d:3', 'failed')]);
    const supervisor = await api.cookieOf('supervisor');
    const listed = await request(api.app).get('/api/v1/deliveries?state=unknown').set('cookie', supervisor);
    expect(listed.body.deliveries.map((d: { key: string }) => d.key)).toEqual(['d:1']);
    const decide = (key: string, verb: string, body?: object) =>
      request(api.app).post(`/api/v1/deliveries/${key}/${verb}`).set('cookie', supervisor).send(body);
    expect((await decide('d:1', 'settle', { as: 'sent' })).status).toBe(204);
    expect((await decide('d:2', 'retry')).body).toMatchObject({ status: 409, code: 'not-undecided' });
    expect((await decide('d:3', 'retry')).status).toBe(204);
    expect((await decide('d:9', 'retry')).status).toBe(404);
  });

  test('stuck work names age, cause and remedy', async () => {
    await api.database.db.execute(
      sql`update steps set taken_at = now() - interval '1 hour' where state in ('pending', 'sent')`,
    );
    const { body, status } = await request(api.app)
      .get('/api/v1/stuck-work')
      .set({ cookie: await api.cookieOf('supervisor'), 'accept-language': 'en' });
    expect(status).toBe(200);
    expect(body.items[0]).toMatchObject({
      ageMs: expect.any(Number),
      cause: expect.any(String),
      remedy: expect.any(String),
    });
  });
});

/** A reader of live events: what it heard so far, block by block. */
function listenTo(address: string, headers: Record<string, string>) {
  let heard = '';
  const call = get(`${address}/api/v1/events`, { headers }, (response) => {
    response.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    response.on('error', () => undefined);
  });
  call.on('error', () => undefined);
  const blocks = () =>
    heard.split('\n\n').flatMap((block) => {
      const [, id, event, data] = /^id: (.+)\nevent: (.+)\ndata: (.+)$/.exec(block) ?? [];
      return id ? [{ id, event, data: JSON.parse(data!) as Record<string, unknown> }] : [];
    });
  return {
    blocks,
    lastId: () => blocks().at(-1)!.id,
    async until(text: string, times = 1) {
      for (let i = 0; i < 500 && heard.split(text).length <= times; i++) await new Promise((r) => setTimeout(r, 20));
      expect(heard).toContain(text);
    },
    leave: () => void call.destroy(),
  };
}

describe('live updates', () => {
  const notify = (channel: string, payload: string) => api.database.sql.notify(channel, payload);
  const me = () => notify(notificationChannel, numberOf('department-contact'));

  test('a caller hears of the tickets they see and of their own notifications', async () => {
    const ours = await api.plant('escalation', { departments: [{ id: 'TECH', state: 'asked' }] });
    const theirs = await api.plant('escalation', {});
    const reader = listenTo(api.app, { cookie: await api.cookieOf('department-contact') });
    await reader.until('event: ready');
    await notify(channels.ticket, theirs);
    await notify(notificationChannel, numberOf('agent'));
    await notify(channels.ticket, ours);
    await me();
    await reader.until('event: notification');
    reader.leave();
    expect(reader.blocks().map(({ event, data }) => [event, data])).toEqual([
      ['ready', {}],
      ['ticket', { number: ours, revision: 3 }],
      ['notification', {}],
    ]);
  });

  test('who comes back is told what they missed, each ticket once, and only what is theirs', async () => {
    const cookie = await api.cookieOf('department-contact');
    const ours = await api.plant('escalation', { departments: [{ id: 'TECH', state: 'asked' }] });
    const theirs = await api.plant('escalation', {});
    const first = listenTo(api.app, { cookie });
    await first.until('event: ready');
    first.leave();
    const other = listenTo(api.app, { cookie }); // when it has heard them, the others are behind us
    await other.until('event: ready');
    for (const number of [ours, theirs, ours]) await notify(channels.ticket, number);
    await me();
    await other.until('event: notification');
    const back = listenTo(api.app, { cookie, 'last-event-id': first.lastId() });
    await back.until('event: ready');
    expect(back.blocks().map(({ event, data }) => [event, data])).toEqual([
      ['ticket', { number: ours, revision: 3 }],
      ['notification', {}],
      ['ready', {}],
    ]);
    // From there on nothing is missing: the last id heard is the one to come back with.
    const again = listenTo(api.app, { cookie, 'last-event-id': back.lastId() });
    await again.until('event: ready');
    expect(again.blocks().map(({ event }) => event)).toEqual(['ready']);
    for (const reader of [other, back, again]) reader.leave();
  });

  test('what cannot be told again is said: an id of another process, or more missed than is kept', async () => {
    const cookie = await api.cookieOf('department-contact');
    const before = listenTo(api.app, { cookie });
    await before.until('event: ready');
    for (const id of ['0', 'elsewhere-3', `${before.lastId()}0000`]) {
      const back = listenTo(api.app, { cookie, 'last-event-id': id });
      await back.until('event: resync');
      expect(back.blocks().map(({ event }) => event)).toEqual(['resync']);
      back.leave();
    }
    const id = before.lastId();
    before.leave();
    await api.database.sql`select pg_notify(${notificationChannel}, 'X' || n) from generate_series(1, 2100) n`;
    const other = listenTo(api.app, { cookie });
    await other.until('event: ready');
    await me();
    await other.until('event: notification');
    other.leave();
    const back = listenTo(api.app, { cookie, 'last-event-id': id });
    await back.until('event: resync');
    back.leave();
  });

  test('a broken connection to the database is said to those who listen, and they hear what follows', async () => {
    const reader = listenTo(api.app, { cookie: await api.cookieOf('department-contact') });
    await reader.until('event: ready');
    const before = reader.lastId();
    const cut = await api.database.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query ilike 'listen%'`;
    expect(cut.length).toBeGreaterThan(0);
    await reader.until('event: resync');
    await me();
    await reader.until('event: notification');
    const back = listenTo(api.app, {
      cookie: await api.cookieOf('department-contact'),
      'last-event-id': before,
    });
    await back.until('event: resync');
    for (const one of [reader, back]) one.leave();
  });
});
