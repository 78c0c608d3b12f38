import { webhookSecret } from '@duban/activities';
import { schema } from '@duban/database';
import request from 'supertest';
import { type TestApi, startTestApi } from './support';

let api: TestApi;
let cookie: string;
beforeAll(async () => {
  api = await startTestApi({ env: { DUBAN_WEBHOOK_ALLOW: '127.0.0.0/8, 10.1.0.0/16' } });
  cookie = await api.cookieOf('administrator');
});
afterAll(() => api.stop());

const call = (method: 'get' | 'post' | 'patch' | 'delete', path: string, body?: object) =>
  request(api.app)[method](`/api/v1/webhooks${path}`).set('cookie', cookie).send(body);
const add = async (more: object = {}) => {
  const { body } = await call('post', '', { url: 'https://receiver.example/hook', ...more });
  return body as { webhook: { id: string }; secret: string };
};

test('an endpoint is added with its secret, which is shown once and is in no row', async () => {
  const { webhook, secret } = await add({ kinds: ['closed', 'breached'], description: 'CRM' });
  expect(secret).toBe(webhookSecret('only-for-tests-0123456789', webhook.id, 1));
  expect(webhook).toMatchObject({ enabled: true, kinds: ['closed', 'breached'], failingSince: null });
  const listed = await call('get', '');
  expect(JSON.stringify(listed.body)).not.toContain(secret);
  expect(JSON.stringify(await api.database.db.select().from(schema.webhookEndpoints))).not.toContain(secret);
  const next = await call('post', `/${webhook.id}/secret`);
  expect(next.body.secret).not.toBe(secret);
  const changed = await call('patch', `/${webhook.id}`, { enabled: false });
  expect([changed.status, changed.body.enabled]).toEqual([200, false]);
  expect((await call('delete', `/${webhook.id}`)).status).toBe(204);
  expect((await call('get', `/${webhook.id}`)).status).toBe(404);
  const audit = await api.database.db.select().from(schema.audit);
  expect(audit.filter(({ object }) => object === webhook.id).map(({ action }) => action)).toEqual(
    ['create', 'secret', 'update', 'delete'].map((what) => `webhook:${what}`),
  );
});

test.each([
  ...[
    'http://receiver.example/hook',
    'https://10.2.0.1/hook',
    'https://[::1]/hook',
    'http://10.2.0.1/',
    'ftp://a.example/',
  ],
  ...['https://user:pass@receiver.example/', 'https://receiver.example/#part', 'http://169.254.169.254/latest'],
])('%s is refused, and the field is named', async (url) => {
  const answer = await call('post', '', { url });
  expect([answer.status, answer.body.errors?.[0]?.field]).toEqual([422, 'url']);
});

test('networks that the environment names are allowed, without TLS, too', async () => {
  for (const url of ['http://127.0.0.1:9/hook', 'http://localhost:9/hook', 'http://10.1.2.3/hook', 'https://10.1.2.3/'])
    expect([url, (await call('post', '', { url })).status]).toEqual([url, 201]);
  expect((await call('post', '', { url: 'https://a.example', kinds: ['nothing'] })).status).toBe(422);
});

test('the delivery log, page by page, and replay of one event or of a time', async () => {
  const { webhook } = await add();
  const number = await api.plant('consultation');
  const entries = [1, 2, 3].map((revision) => ({
    ...{ ticket: number, revision, index: 0, kind: 'stage', data: {} },
    at: new Date(Date.UTC(2026, 0, revision)),
  }));
  await api.database.db.insert(schema.timeline).values(entries);
  const log = async (query = '') => (await call('get', `/${webhook.id}/deliveries${query}`)).body;
  const first = await log('?limit=2');
  const second = await log(`?limit=2&before=${first.next}`);
  const all = [...first.deliveries, ...second.deliveries] as Array<{ id: number; event: string; state: string }>;
  expect(all.map(({ event }) => event)).toEqual([3, 2, 1].map((n) => `${webhook.id}.${number}.${n}.0`));
  expect(second.next).toBeNull();
  const { id } = all[0]!;
  expect((await call('post', `/${webhook.id}/deliveries/${id}/replay`)).body.code).toBe('still-queued');
  await api.database.sql`update webhook_deliveries set state = 'sent', settled_at = now()`;
  expect((await call('post', `/${webhook.id}/deliveries/${id}/replay`)).status).toBe(204);
  expect((await log('?state=pending')).deliveries).toMatchObject([{ id, replays: 1 }]);
  const { webhook: other } = await add();
  expect((await call('post', `/${other.id}/deliveries/${id}/replay`)).status).toBe(404);
  const replay = (from: string, to: string) => call('post', `/${webhook.id}/replay`, { from, to });
  expect((await replay('2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z')).body).toEqual({ queued: 2 });
  expect((await replay('2026-01-03T00:00:00Z', '2026-01-01T00:00:00Z')).status).toBe(422);
  expect((await replay('2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z')).body.errors).toMatchObject([{ field: 'to' }]);
  expect(
    (
      await call('post', `/${other.id}/replay`, {
        from: '2026-01-01T00:00:00Z',
        to: '2026-01-03T00:00:00Z',
      })
    ).body,
  ).toEqual({ queued: 2 }); // it did not exist then
});
