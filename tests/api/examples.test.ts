import { routeTable } from '@duban/api';
import type { Role } from '@duban/contracts';
import request from 'supertest';
import { Webhook } from 'standardwebhooks';
import { makeExampleWorld } from './example-world';
import { PASSWORD, type TestApi, startTestApi } from './support';

interface Operation {
  parameters?: Array<{ name: string; in: string; example?: string }>;
  requestBody?: { content: Record<string, { example?: object | string }> };
  'x-example-as'?: Role | 'nobody';
}
let api: TestApi;
let operations: Array<{ method: 'get' | 'post' | 'put' | 'patch' | 'delete'; path: string; operation: Operation }>;

/** What signs the events of other systems. */
const secret = `whsec_${Buffer.from('a secret of the examples').toString('base64')}`;

beforeAll(async () => {
  api = await startTestApi({ env: { DUBAN_TELEPHONY_SECRET: secret, DUBAN_INBOUND_MAIL_SECRET: secret } });
  await makeExampleWorld(api);
  const { body } = await request(api.app).get('/api/v1/openapi.json');
  operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method as 'get', path, operation })),
  );
});
afterAll(() => api.stop());

test('every example of the OpenAPI document works, and is answered as the document says', async () => {
  const shown = operations.filter(({ operation }) => operation['x-example-as']);
  expect(shown.length).toBeGreaterThan(140);
  const seen: Record<string, number | string> = {};
  for (const { method, path, operation } of shown) {
    const named = (place: string) =>
      (operation.parameters ?? []).filter((one) => one.in === place && one.example !== undefined);
    const address = named('path').reduce((at, one) => at.replace(`{${one.name}}`, one.example!), path);
    const headers = Object.fromEntries(named('header').map((one) => [one.name, one.example!]));
    const role = operation['x-example-as']!;
    const [[type, body] = []] = Object.entries(operation.requestBody?.content ?? {});
    const agent = request(api.app);
    const call = agent[method](address)
      .query(Object.fromEntries(named('query').map((one) => [one.name, one.example!])))
      .set({ ...headers, ...signed(path, body?.example) })
      .set(role === 'nobody' ? {} : { cookie: await api.cookieOf(role) })
      .set(type ? { 'content-type': type } : {});
    const answer = await call.send(body?.example);
    const row = routeTable.find(
      (one) => one.method === method && `/api/v1${one.path.replace(/:(\w+)/g, '{$1}')}` === path,
    )!;
    const described = row.answers[answer.status];
    const name = `${method} ${path}`;
    if (described === undefined) seen[name] = `${answer.status} ${answer.text.slice(0, 300)}`;
    else if (described !== null && !described.safeParse(answer.body).success) seen[name] = 'answered otherwise';
  }
  expect(seen).toEqual({});
});

test('whatever has a body is shown by an example', () => {
  const without = operations.filter(
    ({ operation: { requestBody } }) =>
      requestBody && Object.values(requestBody.content).every(({ example }) => example === undefined),
  );
  // Customers alone take it, by their own link.
  expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'post /api/v1/tickets/{number}/steps/submit-survey',
  ]);
});

/** Headers by which another system's event is known to be its own. */
function signed(path: string, body: object | string | undefined): Record<string, string> {
  if (!path.startsWith('/api/v1/inbound/')) return {};
  const [id, at] = [`event-${path}`, new Date()];
  const signature = new Webhook(secret).sign(id, at, JSON.stringify(body));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signature,
  };
}

test('each operation has a name of its own, says who may, and describes its body and its errors', () => {
  const ids = operations.map(({ operation }) => (operation as { operationId?: string }).operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(operations.length).toBe(routeTable.length);
  for (const { path, operation } of operations) {
    const { description, responses } = operation as { description?: string; responses?: object };
    expect([path, description]).toEqual([path, expect.stringMatching(/./)]);
    expect(Object.keys(responses ?? {})).toContain('default');
  }
  expect(PASSWORD).toBe('correct-horse-battery'); // what the example of the login shows
});
