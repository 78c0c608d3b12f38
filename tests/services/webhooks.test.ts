import { once } from 'node:events';
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebhookActivities, webhookSecret } from '@duban/activities';
import { start as startApi } from '@duban/api';
import { taskQueues } from '@duban/contracts';
import {
  createWebhookEndpoint,
  findWebhookEndpoint,
  listWebhookDeliveries,
  replayWebhookDelivery,
  replayWebhookEvents,
  schema,
  updateWebhookEndpoint,
} from '@duban/database';
import { start as startNotification } from '@duban/notification';
import { createLogger, outgoingRules } from '@duban/platform';
import { loadWorkflowBundle } from '@duban/workflows/bundle';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { Webhook } from 'standardwebhooks';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addStaff, addTicket } from '../support/fixtures';

const SECRET = 'only-for-tests-0123456789';
const LOOPBACK = '127.0.0.0/8';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}
let database: TestDatabase;
let server: Server;
let url: string;
let received: Received[];
/** What the receiver answers, by the event's revision; 200 where nothing is said. */
let answers: Map<number, number>;

beforeEach(async () => {
  [received, answers] = [[], new Map()];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    const { revision } = (JSON.parse(body) as { data: { revision: number } }).data;
    response.writeHead(answers.get(revision) ?? 200, { location: '/elsewhere' }).end('ok');
  }).listen(0, '127.0.0.1');
  [database] = await Promise.all([createTestDatabase(), once(server, 'listening')]);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  await addTicket(database.db, 'T1');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await database.drop();
});

const endpoint = (more: { id?: string; kinds?: string[]; enabled?: boolean; url?: string } = {}) =>
  createWebhookEndpoint(database.db, {
    ...{ id: 'webhook-1', url, description: '', kinds: [], enabled: true, createdBy: 'AD001' },
    ...more,
  });
const entry = (revision: number, kind = 'stage', at = new Date()) =>
  database.db
    .insert(schema.timeline)
    .values({ ticket: 'T1', revision, index: 0, at, kind, data: { stage: 'handling' } });
const deliver = (allow = [LOOPBACK]) =>
  createWebhookActivities({
    ...{ database, log: createLogger('test', 'silent'), secret: SECRET, rules: outgoingRules(allow) },
  }).deliverWebhooks({ endpoint: 'webhook-1' });
const log = async () => (await listWebhookDeliveries(database.db, { endpoint: 'webhook-1', limit: 100 })).reverse();
/** Everything that waits is due now. */
const letTimePass = async () => {
  await database.sql`update webhook_deliveries set next_attempt_at = now(), lease_until = null`;
  await database.sql`update webhook_endpoints set retry_at = null`;
};

test('an entry of a timeline becomes one event, signed, with codes and ids alone, and is sent once', async () => {
  await endpoint();
  await entry(1);
  await deliver();
  await deliver();
  expect(received).toHaveLength(1);
  const [{ headers, body }] = received as [Received];
  const verifier = new Webhook(webhookSecret(SECRET, 'webhook-1', 1));
  expect(verifier.verify(body, headers as Record<string, string>)).toEqual({
    type: 'ticket.stage',
    timestamp: expect.any(String),
    data: { ticket: 'T1', revision: 1, index: 0, actor: null, change: { stage: 'handling' } },
  });
  expect(headers['webhook-id']).toBe('webhook-1.T1.1.0');
  const stranger = new Webhook(webhookSecret(SECRET, 'webhook-2', 1));
  expect(() => stranger.verify(body, headers as Record<string, string>)).toThrow();
  expect(await log()).toMatchObject([{ state: 'sent', attempts: 1, responseStatus: 200, lastError: null }]);
});

test('queued is what an enabled endpoint wants, with the entry or not at all', async () => {
  await entry(1);
  await endpoint({ enabled: false });
  await entry(2);
  await updateWebhookEndpoint(database.db, 'webhook-1', { enabled: true, kinds: ['closed'] });
  await entry(3);
  await entry(4, 'closed');
  const undone = database.db.transaction(async (tx) => {
    await tx.insert(schema.timeline).values({ ticket: 'T1', revision: 5, index: 0, at: new Date(), kind: 'closed' });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect((await log()).map(({ revision }) => revision)).toEqual([4]);
});

test('a receiver that is broken is left alone for a while; then all comes, in order, under the same ids', async () => {
  await endpoint();
  answers.set(1, 503);
  for (const revision of [1, 2, 3]) await entry(revision);
  const { nextAt } = await deliver();
  expect(received).toHaveLength(1);
  expect(nextAt! - Date.now()).toBeGreaterThan(3_000);
  expect(await log()).toMatchObject([
    { state: 'pending', attempts: 1, responseStatus: 503 },
    { state: 'pending', attempts: 0 },
    { state: 'pending', attempts: 0 },
  ]);
  await deliver(); // called too early: nothing goes out
  expect(received).toHaveLength(1);
  answers.clear();
  await letTimePass();
  expect(await deliver()).toEqual({ nextAt: null });
  const ids = received.map(({ headers }) => headers['webhook-id']);
  expect([...ids].sort()).toEqual(['1.0', '1.0', '2.0', '3.0'].map((place) => `webhook-1.T1.${place}`));
  expect(await findWebhookEndpoint(database.db, 'webhook-1')).toMatchObject({ failingSince: null, enabled: true });
});

test('an event that the receiver refuses does not hold up the others, and is given up after three days', async () => {
  await endpoint();
  answers.set(1, 422);
  for (const revision of [1, 2]) await entry(revision);
  await deliver();
  expect(await log()).toMatchObject([{ state: 'pending', lastError: 'answered 422' }, { state: 'sent' }]);
  await database.sql`update webhook_deliveries set queued_at = now() - interval '73 hours' where state = 'pending'`;
  await letTimePass();
  await deliver();
  expect((await log())[0]).toMatchObject({ state: 'failed', attempts: 2, settledAt: expect.any(Date) });
});

test('two at once, or again after a crash between sending and writing it down: never two attempts in hand', async () => {
  await endpoint();
  for (const revision of [1, 2, 3, 4, 5]) await entry(revision);
  await Promise.all([deliver(), deliver(), deliver()]);
  expect(received).toHaveLength(5);
  await entry(6);
  await database.sql`
    update webhook_deliveries set attempts = 1, lease_until = now() + interval '20 s' where revision = 6`;
  await deliver();
  expect(received).toHaveLength(5);
  await letTimePass();
  await deliver();
  expect((await log()).at(-1)).toMatchObject({ state: 'sent', attempts: 2 }); // seen: it may have come twice
});

test('private addresses are refused unless the environment names them, and redirects are not followed', async () => {
  await endpoint();
  await entry(1);
  await deliver([]);
  expect(received).toHaveLength(0);
  expect(await log()).toMatchObject([{ state: 'pending', responseStatus: null, lastError: 'address refused' }]);
  const port = new URL(url).port;
  await updateWebhookEndpoint(database.db, 'webhook-1', { url: `http://localhost:${port}/hook` });
  await letTimePass();
  await deliver([]); // a name that leads there
  expect((await log())[0]).toMatchObject({ attempts: 2, lastError: 'address refused' });
  answers.set(1, 302);
  await updateWebhookEndpoint(database.db, 'webhook-1', { url });
  await letTimePass();
  await deliver();
  expect(received).toHaveLength(1);
  expect((await log())[0]).toMatchObject({ state: 'pending', responseStatus: 302 });
});

test('nothing got through for days, or the receiver says it is gone: disabled, and the administrators are told', async () => {
  await addStaff(database.db, 'AD001', { roles: ['administrator'] });
  await addStaff(database.db, 'CS001');
  await endpoint();
  answers.set(1, 500);
  await entry(1);
  await deliver();
  expect(await findWebhookEndpoint(database.db, 'webhook-1')).toMatchObject({ enabled: true, disabledFor: null });
  await database.sql`update webhook_endpoints set failing_since = now() - interval '121 hours'`;
  await letTimePass();
  await deliver();
  expect(await findWebhookEndpoint(database.db, 'webhook-1')).toMatchObject({ enabled: false, disabledFor: 'failing' });
  await updateWebhookEndpoint(database.db, 'webhook-1', { enabled: true });
  expect(await findWebhookEndpoint(database.db, 'webhook-1')).toMatchObject({ failingSince: null, disabledFor: null });
  answers.set(1, 410);
  await letTimePass();
  await deliver();
  expect(await findWebhookEndpoint(database.db, 'webhook-1')).toMatchObject({ enabled: false, disabledFor: 'gone' });
  const told = await database.db.select().from(schema.notifications);
  expect(told.map(({ staff, template, ticket }) => [staff, template, ticket])).toEqual([
    ['AD001', 'webhook-disabled', 'webhook-1'],
    ['AD001', 'webhook-disabled', 'webhook-1'],
  ]);
});

test('replay: one event, or all of a time, also what happened while nobody listened; what waits is left alone', async () => {
  const day = (n: number) => new Date(Date.UTC(2026, 9, n));
  await entry(1, 'stage', day(1));
  await entry(2, 'stage', day(2));
  await endpoint();
  await entry(3, 'stage', day(3));
  await deliver();
  const [sent] = await log();
  expect(await replayWebhookDelivery(database.db, 'webhook-2', sent!.id)).toBe(false);
  expect(await replayWebhookDelivery(database.db, 'webhook-1', sent!.id)).toBe(true);
  expect(await replayWebhookDelivery(database.db, 'webhook-1', sent!.id)).toBe(false);
  await deliver();
  expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(2).fill('webhook-1.T1.3.0'));
  await entry(4, 'stage', day(4));
  expect(await replayWebhookEvents(database.db, 'webhook-1', day(2), day(5))).toBe(2);
  expect(await replayWebhookEvents(database.db, 'webhook-1', day(2), day(5))).toBe(0);
  await deliver();
  expect((await log()).map(({ revision, state, replays }) => [revision, state, replays]).sort()).toEqual([
    [2, 'sent', 0],
    [3, 'sent', 2],
    [4, 'sent', 0],
  ]);
});

test('whole: what a ticket does reaches the receiver by API, workflow and notification service', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const executable = { type: 'existing-path', path: process.env.TEMPORAL_BIN! } as const;
  const [temporal, workflowBundle] = await Promise.all([
    TestWorkflowEnvironment.createLocal({ server: { executable } }),
    loadWorkflowBundle(),
  ]);
  const connection = temporal.nativeConnection;
  const worker = await Worker.create({ connection, taskQueue: taskQueues.orchestrator, workflowBundle });
  const working = worker.run();
  const env = {
    ...{ DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporal.address, DUBAN_SECRET: SECRET, LOG_LEVEL: 'silent' },
    ...{ DUBAN_API_PORT: '0', DUBAN_NOTIFICATION_PORT: '0', DUBAN_WEBHOOK_ALLOW: LOOPBACK },
  };
  const services = await Promise.all([startApi, startNotification].map((start) => start(env, { connection })));
  try {
    await endpoint();
    answers.set(1, 500);
    await entry(1);
    const until = async (n: number) => {
      for (const end = Date.now() + 60_000; received.length < n; await new Promise((r) => setTimeout(r, 50)))
        if (Date.now() > end) throw new Error(`${received.length} received`);
    };
    await until(1);
    answers.clear();
    await until(2); // the workflow waits five seconds, then tries again
    await entry(2);
    await until(3);
    const handle = temporal.client.workflow.getHandle('duban-webhook-webhook-1');
    await handle.result();
    expect((await log()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['sent', 2],
      ['sent', 1],
    ]);
    const history = JSON.stringify(await handle.fetchHistory());
    expect(history).not.toContain(url);
  } finally {
    for (const service of services.reverse()) await service.stop();
    worker.shutdown();
    await working;
    await temporal.teardown();
  }
}, 120_000); // a Temporal server and two services start first
