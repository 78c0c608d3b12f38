import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { NativeConnection, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Client } from '@temporalio/client';
import { eq } from 'drizzle-orm';
import { type Delivery, type DeliveryOptions, bodyHashOf, createDelivery, stepIdFor } from '@duban/api/delivery';
import { type Actor, searchAttributes, taskQueues } from '@duban/contracts';
import { type NewStep, createCustomer, createTicket, publishPolicy, schema } from '@duban/database';
import { createLogger } from '@duban/platform';
import { freezePolicy } from '@duban/policy/compile';
import { manual } from '@duban/policy/presets';
import { type TestDatabase, createTestDatabase } from '../support/database';

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} };

export const log = createLogger('test', 'silent');
export const frozen = freezePolicy(manual, { id: 'manual', version: 1 }, 'consultation', 'P2');
export const agent: Actor = { kind: 'staff', id: 'CS001', roles: ['agent'], departments: [] };

/** A Temporal server, a database and the stand-in workflow; everything the delivery meets in production. */
export async function openWorld() {
  Runtime.install({ logger: quiet });
  const temporal = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: process.env.TEMPORAL_BIN! },
      searchAttributes: Object.values(searchAttributes),
    },
  });
  const database = await createTestDatabase();
  await publishPolicy(database.db, { id: 'manual', definition: manual });
  await database.db.insert(schema.staff).values([
    { id: 'CS001', name: '张三', roles: ['agent'], onDuty: true, capacity: 1 },
    { id: 'CS002', name: '李四', roles: ['agent'], onDuty: false, capacity: 1 },
  ]);
  const bundle = await bundleWorkflowCode({ workflowsPath: join(__dirname, 'stand-in.workflow.ts'), logger: quiet });

  const deliveries: Delivery[] = [];
  const world = {
    temporal,
    client: temporal.client,
    database,
    /** Runs workflows while `work` lasts. */
    async withWorker<T>(work: () => Promise<T>): Promise<T> {
      const worker = await Worker.create({
        connection: temporal.nativeConnection,
        namespace: temporal.namespace,
        taskQueue: taskQueues.orchestrator,
        workflowBundle: bundle,
      });
      return worker.runUntil(work());
    },
    /** Patient unless told otherwise: the tests' machine may be busy. */
    delivery(options: Partial<DeliveryOptions> = {}): Delivery {
      const delivery = createDelivery({
        ...{ database, client: temporal.client, log, attemptMs: 20_000, answerWithinMs: 20_000 },
        ...options,
      });
      deliveries.push(delivery);
      return delivery;
    },
    /** A client whose connection can be cut: what an outage looks like to the API. */
    async clientVia(address: string) {
      const connection = await NativeConnection.connect({ address });
      return { client: new Client({ connection, namespace: temporal.namespace }), close: () => connection.close() };
    },
    register: (key: string = randomUUID()) => register(database, key),
    ticket: async (number: string) =>
      (await database.db.select().from(schema.tickets).where(eq(schema.tickets.number, number)))[0]!,
    step: async (id: string) => (await database.db.select().from(schema.steps).where(eq(schema.steps.id, id)))[0]!,
    timeline: (number: string) =>
      database.db
        .select()
        .from(schema.timeline)
        .where(eq(schema.timeline.ticket, number))
        .orderBy(schema.timeline.revision),
    async close() {
      await Promise.all(deliveries.map((delivery) => delivery.stop()));
      await temporal.teardown();
      await database.drop();
    },
  };
  return world;
}
export type World = Awaited<ReturnType<typeof openWorld>>;

/** An intake as the API commits it. */
export function register(database: TestDatabase, key: string): Promise<string> {
  return database.db.transaction(async (tx) => {
    const customer = await createCustomer(tx, { name: '王五', phone: '+8613800001234' });
    return createTicket(tx, {
      stepId: stepIdFor(agent.id, 'POST', '/api/v1/tickets', key),
      bodyHash: bodyHashOf({ key }),
      actor: agent,
      origin: 'api',
      process: 'consultation',
      type: 'business',
      category: 'order',
      group: null,
      priority: 'P2',
      customer,
      channel: 'phone',
      subject: '无法登录',
      content: '提示错误 500',
      form: {},
      policy: { id: 'manual', version: 1 },
    });
  });
}

/** A step as a route hands it over. */
export function stepOf(ticket: string, step: string, key: string = randomUUID(), material: object = {}): NewStep {
  return {
    id: stepIdFor(agent.id, 'POST', `/api/v1/tickets/${ticket}/steps/${step}`, key),
    ticket,
    step,
    actor: agent,
    command: {},
    material: { ...material },
    bodyHash: bodyHashOf(material),
    trace: 'trace-1',
  };
}

/** Waits for a fact that others bring about. */
export async function until(fact: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await fact()); await sleep(50))
    if (Date.now() > end) throw new Error('it did not happen');
}
