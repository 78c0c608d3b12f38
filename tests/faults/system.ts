import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type Database, openDatabase, publishPolicy, schema, setInitialPassword } from '@duban/database';
import { Centre } from '@duban/infra/local/centre';
import { demoStaff } from '@duban/infra/local/demo-data';
import { type Ports, freePorts } from '@duban/infra/local/ports';
import { dropPostgres } from '@duban/infra/local/postgres-home';
import { processIdentity } from '@duban/infra/local/process-identity';
import type { Child } from '@duban/infra/local/processes';
import { projectRoot } from '@duban/infra/local/project';
import { seedPeople } from '@duban/infra/local/seed';
import { LocalSystem } from '@duban/infra/local/system';
import { eq } from 'drizzle-orm';
import { startMailServer, startSmsGateway } from '../support/gateways';
import { policyOfSeconds } from './policy';

export const services = ['api', 'orchestrator', 'assignment', 'notification', 'archiving'] as const;
export const victims = [...services, 'temporal', 'postgres'] as const;
export type Victim = (typeof victims)[number];

const PASSWORD = 'tests-only-password';
/** Of 200 tickets; so few that some wait for somebody free: the queue and its wake-ups must survive, too. */
const CAPACITY = 14;
const folder = join(projectRoot, '.duban');
const prefix = 'faults-';
/** Of every so many messages the gateway refuses one, and takes one without its answer getting through. */
const SMS_REFUSED_EACH = 29;
const SMS_ANSWER_LOST_EACH = 61;
/** Seconds on a quiet machine; whoever is not up by then never will be. */
const READY_WITHIN_MS = 180_000;

export type FaultySystem = Awaited<ReturnType<typeof openFaultySystem>>;

/**
 * A whole system of the test's own, each service a process as in production, under clocks of seconds. What it is told
 * to send arrives here, in the test's process, which nobody kills. `ended` hears of every process that ends unasked.
 */
export async function openFaultySystem(tickets: number, ended: (name: string, how: string) => void) {
  dropOldRuns();
  const dataDir = join(folder, `${prefix}${process.pid}`);
  const ports = await freePorts();
  const [sms, mail] = await Promise.all([startUnreliableSms(), startMailServer()]);
  const log = (line: string) => {
    const [, name, how] = /^(\S+) ended unasked \((.*?)\)/.exec(line) ?? [];
    if (name) ended(name, how ?? '');
    if (process.env.DUBAN_FAULT_LOG) console.log(new Date().toISOString(), line);
  };
  const system = new LocalSystem({
    ...{ dataDir, ports, log, separate: true, empty: true, headless: true },
    serviceEnvironment: { DUBAN_SMS_URL: sms.url, DUBAN_SMTP_URL: mail.url },
  });
  const closing: Array<() => Promise<unknown>> = [
    async () => void (process.env.DUBAN_FAULT_KEEP || drop(dataDir)),
    () => sms.stop(),
    () => mail.stop(),
    () => system.stop(),
  ];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const started = await system.start();
    const database = openDatabase(started.databaseUrl, { max: 4 });
    closing.push(database.close);
    await seed(database, Math.ceil(CAPACITY * Math.max(1, tickets / 200)));
    const connection = await Connection.connect({ address: started.temporalAddress });
    closing.push(() => connection.close());
    const client = new Client({ connection, namespace: started.namespace });
    const children = new Map<string, Child>(started.services.map((child) => [child.spec.name, child]));
    children.set('temporal', started.temporal!.child).set('postgres', started.postgres!.child);
    return {
      ...{ database, client, sms, mail, dataDir, close },
      apiUrl: started.apiUrl,
      centre: new Centre(started.apiUrl, PASSWORD),
      child: (victim: Victim) => children.get(victim)!,
      ready: (victim: Victim) => untilReady(children.get(victim)!, () => isReady(victim, { ports, database, client })),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The demo centre's people, one password for all, and clocks of seconds in force. */
async function seed(database: Database, capacity: number): Promise<void> {
  const { db, sql } = database;
  await sql`delete from staff`; // an empty system's administrator, whom the demo centre has, too
  await seedPeople(db);
  const first = demoStaff[0]!.id;
  await setInitialPassword(db, first, PASSWORD, { mustChange: false });
  const [hashed] = await db.select().from(schema.staff).where(eq(schema.staff.id, first));
  const { passwordHash, passwordInitial, passwordExpiresAt } = hashed!;
  await db.update(schema.staff).set({ passwordHash, passwordInitial, passwordExpiresAt, capacity });
  // What nobody confirms stays with supervisors, for good.
  await sql`update staff set capacity = 1000 where 'supervisor' = any(roles)`;
  await publishPolicy(db, { id: 'seconds', definition: policyOfSeconds });
}

/** A gateway that now and then says "not now", and now and then takes a message without answering. */
async function startUnreliableSms() {
  const gateway = await startSmsGateway();
  const answer = gateway.answer;
  let asked = 0;
  gateway.answer = (request, response) => {
    asked++;
    if (asked % SMS_REFUSED_EACH === 0) {
      gateway.received.pop();
      return void response.writeHead(503).end('{"error":"not now"}');
    }
    if (asked % SMS_ANSWER_LOST_EACH === 0) return void response.destroy();
    answer(request, response);
  };
  return gateway;
}

type Parts = { ports: Ports; database: Database; client: Client };

/** A service is ready when the stores it needs are, too. */
async function isReady(victim: Victim, { ports, database, client }: Parts): Promise<unknown> {
  if (victim === 'postgres') return database.sql`select 1`;
  if (victim === 'temporal')
    return client.withDeadline(Date.now() + 2_000, () => client.workflowService.getSystemInfo({}));
  const response = await fetch(`http://127.0.0.1:${ports[victim]}/readyz`, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) throw new Error(`${victim} answers ${response.status}`);
  return response.arrayBuffer();
}

/** @throws when it does not get up at all, with the end of its log */
async function untilReady(child: Child, look: () => Promise<unknown>): Promise<void> {
  const late = Symbol();
  for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end; await sleep(100)) {
    const answer = await Promise.race([look().catch(() => late), sleep(3_000, late)]);
    if (answer !== late) return;
  }
  throw new Error(`${child.spec.name} does not get up:\n${child.tail()}`);
}

function drop(dataDir: string): void {
  dropPostgres(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}

/** What runs left that were killed. */
function dropOldRuns(): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((name) => name.startsWith(prefix)))
    if (processIdentity(Number(name.slice(prefix.length))) === undefined) drop(join(folder, name));
}
