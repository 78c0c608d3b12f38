import { TestWorkflowEnvironment } from '@temporalio/testing';
import { searchAttributes } from '@duban/contracts';
import { createTestDatabase } from './database';
import { publishPolicy, schema, createCustomer, createTicket } from '@duban/database';
import { manual } from '@duban/policy/presets';
import { createDelivery, stepIdFor, bodyHashOf } from '@duban/api/delivery';
import { reconcile } from '@duban/api/reconcile';
import { stuckWork } from '@duban/api/stuck-work';
import { start as orchestrator } from '@duban/orchestrator';
import { start as assignment } from '@duban/assignment';
import { createLogger } from '@duban/platform';
import { Client } from '@temporalio/client';
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
(async () => {
  const t = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path: process.env.TEMPORAL_BIN! }, searchAttributes: Object.values(searchAttributes) } });
  const database = await createTestDatabase();
  const { db } = database;
  await publishPolicy(db, { id: 'manual', definition: manual });
  await db.insert(schema.groups).values({ id: 'G1', nameZh: '一', nameEn: 'one' });
  await db.insert(schema.staff).values([{ id: 'CS001', name: '张', roles: ['agent'], onDuty: true, capacity: 100 }, { id: 'CS009', name: '主', roles: ['supervisor'], onDuty: true, capacity: 100 }] as never);
  await db.insert(schema.groupMembers).values({ group: 'G1', staff: 'CS001' });
  const env = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: t.address, DUBAN_ORCHESTRATOR_PORT: '0', DUBAN_ASSIGNMENT_PORT: '0', LOG_LEVEL: 'warn' };
  const services = [await orchestrator(env, { connection: t.nativeConnection }), await assignment(env, { connection: t.nativeConnection })];
  const client = new Client({ connection: t.nativeConnection });
  const delivery = createDelivery({ database, client, log: createLogger('t', 'warn'), eagerStart: true });
  await delivery.start();
  const agent = { kind: 'staff' as const, id: 'CS001', roles: ['agent' as const], departments: [] };
  const N = Number(process.env.N ?? 1);
  const times: Record<string, number[]> = {};
  const one = async (i: number) => {
    const t0 = performance.now();
    const number = await db.transaction(async (tx) => {
      const customer = await createCustomer(tx, { name: '王五', phone: '+8613800001234' });
      return createTicket(tx, { stepId: stepIdFor('CS001', 'POST', '/t', `k${i}`), bodyHash: bodyHashOf(i), actor: agent, origin: 'api', process: 'consultation', type: 'business', category: 'order', group: 'G1', priority: 'P2', customer, channel: 'phone', subject: '无法登录', content: '提示', form: {}, policy: { id: 'manual', version: 1 } });
    });
    (times.intake ??= []).push(performance.now() - t0);
    await delivery.startTicket(number);
    (times.start ??= []).push(performance.now() - t0);
    const { eq } = await import('drizzle-orm');
    const row = async () => (await db.select().from(schema.tickets).where(eq(schema.tickets.number, number)))[0]!;
    while ((await row()).handler === null) await sleep(30);
    for (const [step, command, material] of [['confirm-receipt', {}, {}], ['reply', { channel: 'phone' }, { text: 'x' }], ['resolve', {}, { result: 'y' }], ['confirm-with-customer', { satisfied: true }, {}]] as const) {
      const s0 = performance.now();
      const outcome = await delivery.takeStep({ id: stepIdFor('CS001', 'POST', `/t/${number}/${step}`, 'a'), ticket: number, step, actor: agent, command, material, bodyHash: bodyHashOf(material) });
      (times.step ??= []).push(performance.now() - s0);
      if (outcome.state !== 'applied') console.log(number, step, JSON.stringify(outcome));
    }
    return number;
  };
  const begun = performance.now();
  const queue = Array.from({ length: N }, (_, i) => i).values();
  let last = '';
  await Promise.all(Array.from({ length: 10 }, async () => { for (const i of queue) last = await one(i); }));
  console.log('tickets/s', (N / (performance.now() - begun)) * 1000);
  for (const [k, v] of Object.entries(times)) { v.sort((a, b) => a - b); console.log(k, 'p50', v[v.length >> 1]!.toFixed(1), 'p99', v[Math.floor(v.length * 0.99)]!.toFixed(1)); }
  await sleep(1500);
  console.log((await reconcile({ database, client, log: createLogger('r', 'warn'), repair: false })).slice(0, 10));
  console.log((await stuckWork(database, client)).slice(0, 5));
  const { eq } = await import('drizzle-orm');
  console.log((await db.select().from(schema.timeline).where(eq(schema.timeline.ticket, last))).map((r) => [r.revision, r.index, r.kind, r.step ?? '']).join(' | '));
  await delivery.stop();
  for (const s of services) await s.stop();
  await t.teardown(); await database.drop();
  process.exit(0);
})().catch((e) => { console.error(e); process.exit(1); });
