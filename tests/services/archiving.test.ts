import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createArchivingActivities } from '@duban/activities';
import { start } from '@duban/archiving';
import { type ArchiveInput, taskQueues } from '@duban/contracts';
import {
  applyAnswer,
  canonicalJson,
  findTicket,
  liftLegalHold,
  readArchive,
  schema,
  setLegalHold,
} from '@duban/database';
import { type RunningService, createLogger } from '@duban/platform';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { eq, sql } from 'drizzle-orm';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { addStaff, addTicket, snapshotOf } from '../support/fixtures';

const YEAR_MS = 365 * 86_400_000;
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} };
let temporal: TestWorkflowEnvironment;
let database: TestDatabase;
let service: RunningService;
let worker: Worker;
let working: Promise<void>;

beforeAll(async () => {
  Runtime.install({ logger: quiet });
  const executable = { type: 'existing-path', path: process.env.TEMPORAL_BIN! } as const;
  const workflowsPath = join(__dirname, 'closing.workflow.ts');
  const [environment, opened, workflowBundle] = await Promise.all([
    TestWorkflowEnvironment.createLocal({ server: { executable } }),
    createTestDatabase(),
    bundleWorkflowCode({ workflowsPath, logger: quiet }),
  ]);
  [temporal, database] = [environment, opened];
  worker = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue: taskQueues.orchestrator,
    workflowBundle,
  });
  working = worker.run();
  service = await startService();
  await addStaff(database.db, 'CS001');
});
afterAll(async () => {
  await service.stop();
  worker.shutdown();
  await working;
  await temporal.teardown();
  await database.drop();
});

function startService(more: Record<string, string> = {}) {
  const env = {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    DUBAN_ARCHIVING_PORT: '0',
    LOG_LEVEL: 'silent',
    ...more,
  };
  return start(env, { connection: temporal.nativeConnection });
}

/** A closed ticket with something of everything, and what its workflow hands to archiving. */
async function closedTicket(ticket: string, retainUntil = Date.now() + 2 * YEAR_MS): Promise<ArchiveInput> {
  const { db } = database;
  await addTicket(db, ticket, { process: 'complaint', content: '服务态度恶劣' });
  const step = { ticket, actor: {}, actorId: 'CS001', origin: 'api', takenAt: new Date(), state: 'applied' };
  await db.insert(schema.steps).values([
    { ...step, id: `${ticket}-1`, step: 'submit-report', material: { findings: '调查结论' } },
    { ...step, id: `${ticket}-2`, step: 'submit-survey', command: { grade: 'satisfied' }, material: { comment: '好' } },
  ]);
  await db.insert(schema.materials).values({
    id: `m-${ticket}`,
    ticket,
    kind: 'evidence',
    body: { reference: 'R1' },
    sha256: 'aa',
    createdBy: 'token',
  });
  await db.insert(schema.claims).values({
    key: `${ticket}:handler:1`,
    ticket,
    slot: 'handler',
    n: 1,
    staff: 'CS001',
    reason: 'manual: CS001, 0 open',
  });
  const closedAt = Date.now();
  const snapshot = snapshotOf(ticket, { revision: 1, status: 'closed', stage: 'ended', archived: true, closedAt });
  const changes = [{ revision: 1, index: 0, at: closedAt, kind: 'archived' as const }];
  return { publication: { ticket, revision: 1, snapshot, changes, steps: [] }, retainUntil };
}

async function runWorkflow(ticket: string, retainUntil?: number) {
  const args: [ArchiveInput] = [await closedTicket(ticket, retainUntil)];
  const handle = await temporal.client.workflow.start('closing', {
    args,
    workflowId: ticket,
    taskQueue: taskQueues.orchestrator,
  });
  for (const end = Date.now() + 15_000; !(await findTicket(database.db, ticket))?.archived;)
    if (Date.now() > end) throw new Error('it was not archived');
  return { handle, input: args[0] };
}

const activities = () =>
  createArchivingActivities({ database, client: temporal.client, log: createLogger('test', 'silent') });
const parts = (ticket: string) => readArchive(database.db, ticket);
interface Bundle {
  history: { events: Array<{ eventId: string; eventType: string }> };
  [name: string]: unknown;
}

test('G14: on close everything about the ticket becomes one bundle, with the digest of exactly these bytes', async () => {
  const { handle, input } = await runWorkflow('T1');
  const [part] = await parts('T1');
  const [row] = await database.db.select().from(schema.archives).where(eq(schema.archives.ticket, 'T1'));
  expect(part).toMatchObject({ part: 1, intact: true, retainUntil: new Date(input.retainUntil) });
  expect(createHash('sha256').update(row!.body).digest('hex')).toBe(part!.sha256);
  expect(row!.body.toString()).toBe(canonicalJson(part!.content));
  const bundle = part!.content as Bundle;
  expect(bundle).toMatchObject({
    ticket: { number: 'T1', content: '服务态度恶劣', archived: true, revision: 1 },
    customer: { name: '王小明', phone: '13800001234' },
    timeline: [{ kind: 'archived' }],
    steps: [{ material: { findings: '调查结论' } }, { step: 'submit-survey' }],
    survey: { command: { grade: 'satisfied' }, material: { comment: '好' } },
    materials: [{ body: { reference: 'R1' } }],
    claims: [{ reason: 'manual: CS001, 0 open' }],
    links: [],
    notifications: [],
    deliveries: [],
  });
  expect(bundle.history.events[0]!.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_STARTED');
  // The publication came with it, and a second run changes nothing.
  expect(await activities().archive(input)).toEqual({ sha256: part!.sha256 });
  expect(await parts('T1')).toHaveLength(1);
  await handle.signal('end');
  expect(await handle.result()).toBe(part!.sha256);
});

test('G14: publication and bundle are one transaction', async () => {
  const input = await closedTicket('T2');
  await temporal.client.workflow.start('closing', { args: [input], workflowId: 'T2', taskQueue: 'nowhere' });
  await database.sql`alter table archives rename to archives_away`;
  try {
    await expect(activities().archive(input)).rejects.toThrow();
  } finally {
    await database.sql`alter table archives_away rename to archives`;
  }
  expect(await findTicket(database.db, 'T2')).toMatchObject({ archived: false, revision: 0 });
  await activities().archive(input);
  expect(await findTicket(database.db, 'T2')).toMatchObject({ archived: true, revision: 1 });
});

test('G14: a bundle is the whole ticket: it waits until all that the workflow told before is written', async () => {
  const { publication, retainUntil } = await started('T6');
  const { snapshot, changes } = publication;
  const last = { ...publication, revision: 2, snapshot: { ...snapshot, revision: 2 } };
  const input = { publication: { ...last, changes: changes.map((c) => ({ ...c, revision: 2 })) }, retainUntil };
  // An answer on its way, whoever is late with it: no step is waiting any more.
  await expect(activities().archive(input)).rejects.toMatchObject({ type: 'RecordIncomplete' });
  expect(await parts('T6')).toEqual([]);
  expect(await findTicket(database.db, 'T6')).toMatchObject({ archived: false, revision: 0 });
  const earlier = { revision: 1, snapshot: snapshotOf('T6'), changes: [{ ...changes[0]!, kind: 'closed' as const }] };
  await database.db.transaction((tx) => applyAnswer(tx, { ticket: 'T6', ...earlier }));
  await activities().archive(input);
  expect((await parts('T6'))[0]!.content).toMatchObject({ timeline: [{ kind: 'closed' }, { kind: 'archived' }] });
});

test('G14: nobody changes or deletes a bundle; bytes changed in spite of that are noticed', async () => {
  await activities().archive(await started('T3'));
  const { sql: query } = database;
  await expect(query`update archives set body = 'x' where ticket = 'T3'`).rejects.toThrow('immutable');
  await expect(query`update archives set retain_until = now() where ticket = 'T3'`).rejects.toThrow('immutable');
  await expect(query`delete from archives where ticket = 'T3'`).rejects.toThrow('kept until');
  expect(await parts('T3')).toMatchObject([{ intact: true }]);
  await query`alter table archives disable trigger archives_immutable`;
  await query`update archives set body = convert_to('{"forged":true}', 'utf8') where ticket = 'T3'`;
  await query`alter table archives enable trigger archives_immutable`;
  expect(await parts('T3')).toMatchObject([{ intact: false }]);
});

test('G14: the end of the history becomes a second part once the workflow has ended: together they are the whole', async () => {
  const { handle } = await runWorkflow('T4');
  await activities().addHistoryEnds();
  expect(await parts('T4')).toHaveLength(1); // still running
  await handle.signal('end');
  await handle.result();
  expect(await activities().addHistoryEnds()).toEqual({ done: 1 });
  expect(await activities().addHistoryEnds()).toEqual({ done: 0 });
  const [first, second] = await parts('T4');
  expect(second).toMatchObject({ part: 2, intact: true, retainUntil: first!.retainUntil });
  expect((second!.content as Bundle).follows).toBe(first!.sha256);
  const events = [first!, second!].flatMap((part) => (part.content as Bundle).history.events);
  const { events: all } = await handle.fetchHistory();
  expect(events.map((event) => event.eventId)).toEqual(all!.map((event) => String(event.eventId)));
  expect(events.at(-1)!.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
});

test('G14: purged is what is past its date and under no legal hold, only that, and with a certificate', async () => {
  const past = Date.now() - 1_000;
  const tickets = { P1: past, P2: past, P3: Date.now() + YEAR_MS, P4: Date.now() + 60_000 };
  for (const [ticket, until] of Object.entries(tickets)) await activities().archive(await started(ticket, until));
  const [expired] = await parts('P1');
  await setLegalHold(database.db, { ticket: 'P2', reason: '诉讼', by: 'CS010' });
  expect(await activities().purgeExpired()).toEqual({ purged: 1 });
  for (const [ticket, kept] of Object.entries({ P1: 0, P2: 1, P3: 1, P4: 1 }))
    expect(await parts(ticket)).toHaveLength(kept);
  expect(await database.db.select().from(schema.purgeCertificates)).toMatchObject([
    { ticket: 'P1', part: 1, sha256: expired!.sha256 },
  ]);
  await liftLegalHold(database.db, { ticket: 'P2', reason: '结案', by: 'CS010' });
  expect(await activities().purgeExpired()).toEqual({ purged: 1 });
  expect(await activities().purgeExpired()).toEqual({ purged: 0 });
});

test('G14: a schedule, made at the first start and there at the second, does it daily at 03:30 in the centre', async () => {
  const handle = temporal.client.schedule.getHandle('duban-daily-archive');
  await service.stop();
  service = await startService({ DUBAN_TIME_ZONE: 'Europe/Berlin' });
  expect((await handle.describe()).spec).toMatchObject({ timezone: 'Europe/Berlin' });
  await service.stop();
  service = await startService();
  const { spec, action } = await handle.describe();
  expect(spec).toMatchObject({ timezone: 'Asia/Shanghai' });
  expect(spec.calendars?.[0]).toMatchObject({ hour: [{ start: 3 }], minute: [{ start: 30 }] });
  expect(action).toMatchObject({ workflowType: 'dailyArchive', taskQueue: taskQueues.orchestrator });

  const ticket = await runWorkflow('T5', Date.now() - 1_000);
  await ticket.handle.signal('end');
  await ticket.handle.result();
  await handle.trigger();
  const purged = () => database.db.execute(sql`select part from purge_certificates where ticket = 'T5' order by part`);
  for (const end = Date.now() + 20_000; (await purged()).length < 2;) if (Date.now() > end) throw new Error('not run');
  expect([...(await purged())]).toEqual([{ part: 1 }, { part: 2 }]);
});

test('the service says that it lives, is ready, and what it measures', async () => {
  const get = (path: string) => fetch(`http://127.0.0.1:${service.port}${path}`);
  expect((await get('/healthz')).status).toBe(200);
  expect(await (await get('/readyz')).json()).toEqual({ status: 'ready', failed: [] });
  expect(await (await get('/metrics')).text()).toContain('process_cpu');
});

/** A closed ticket whose workflow exists in Temporal, and that nobody works on. */
async function started(ticket: string, retainUntil?: number): Promise<ArchiveInput> {
  const input = await closedTicket(ticket, retainUntil);
  await temporal.client.workflow.start('closing', { args: [input], workflowId: ticket, taskQueue: 'nowhere' });
  return input;
}
