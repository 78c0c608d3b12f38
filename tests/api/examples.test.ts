import { routeTable } from '@duban/api';
import type { Role } from '@duban/contracts';
import { addContact, projectionOf, putCategory, schema } from '@duban/database';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { addTicket, snapshotOf } from '../support/fixtures';
import { PASSWORD, type TestApi, numberOf, startTestApi } from './support';

interface Operation {
  parameters?: Array<{ name: string; in: string; example?: string }>;
  requestBody?: { content: Record<string, { example?: object }> };
  'x-example-as'?: Role | 'nobody';
}
let api: TestApi;
let operations: Array<{ method: 'get' | 'post' | 'put' | 'patch' | 'delete'; path: string; operation: Operation }>;

beforeAll(async () => {
  api = await startTestApi();
  const { db } = api.database;
  // The things that the examples name.
  await putCategory(db, {
    ...{ id: 'function', parent: null, process: 'consultation', nameZh: '功能使用', nameEn: 'Functions' },
    ...{ group: 'desk', priority: 'P2', usualSolution: null, active: true },
  });
  const [agent] = await db
    .select()
    .from(schema.staff)
    .where(eq(schema.staff.id, numberOf('agent')));
  await db.insert(schema.staff).values({ ...agent!, id: 'CS001' });
  const number = '20260131000042';
  await addTicket(
    db,
    number,
    { policy: 'manual', category: 'function', createdBy: 'CS001' },
    { phone: '+8613800001234' },
  );
  await addContact(db, { customer: `C-${number}`, kind: 'phone', value: '+8613800001234' });
  await db.insert(schema.customers).values({ id: 'C202601001', name: '王小明', phone: '+8613800004321' });
  const state = snapshotOf(number, { revision: 3, status: 'in-progress', stage: 'handling', openSteps: ['reply'] });
  await db.update(schema.tickets).set(projectionOf(state)).where(eq(schema.tickets.number, number));
  const { body } = await request(api.app).get('/api/v1/openapi.json');
  operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method as 'get', path, operation })),
  );
});
afterAll(() => api.stop());

test('every example of the OpenAPI document works, and is answered as the document says', async () => {
  const shown = operations.filter(({ operation }) => operation['x-example-as']);
  expect(shown.length).toBeGreaterThan(30);
  const seen: Record<string, number | string> = {};
  for (const { method, path, operation } of shown) {
    const named = (place: string) =>
      (operation.parameters ?? []).filter((one) => one.in === place && one.example !== undefined);
    const address = named('path').reduce((at, one) => at.replace(`{${one.name}}`, one.example!), path);
    const headers = Object.fromEntries(named('header').map((one) => [one.name, one.example!]));
    const role = operation['x-example-as']!;
    const agent = request(api.app);
    const call = agent[method](address)
      .query(Object.fromEntries(named('query').map((one) => [one.name, one.example!])))
      .set({ ...headers, ...(role === 'nobody' ? {} : { cookie: await api.cookieOf(role) }) });
    const answer = await call.send(operation.requestBody?.content['application/json']?.example);
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
