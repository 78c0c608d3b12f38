import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase, randomPassword, setInitialPassword } from '@duban/database';
import { Centre } from '@duban/infra/local/centre';
import { demoStaff } from '@duban/infra/local/demo-data';
import { type Ports, freePorts } from '@duban/infra/local/ports';
import { dropPostgres } from '@duban/infra/local/postgres-home';
import { processIdentity } from '@duban/infra/local/process-identity';
import { type Child, type Log, onStopSignal } from '@duban/infra/local/processes';
import { projectRoot } from '@duban/infra/local/project';
import { seedPeople } from '@duban/infra/local/seed';
import { LocalSystem, type System } from '@duban/infra/local/system';
import { Client, Connection } from '@temporalio/client';
import { type Usages, usagesOf } from './cpu-and-memory';

/** A system of the benchmarks' own: each service a process, the demo centre's people, no tickets yet. */
export interface Bench {
  system: System;
  dataDir: string;
  ports: Ports;
  log: Log;
  /** The people, over HTTP. */
  centre: Centre;
  database: Database;
  temporal: Client;
  /** CPU time and memory of each of its processes until now: the services', `temporal` and `postgres`. */
  usages(): Usages;
  service(name: string): Child;
}

/** Who registers tickets; who handles them are the group's members. */
export const registrar = 'CS001';
/** Nobody is ever full: what is measured is the system, not the size of the demo centre. */
const CAPACITY = 1_000_000;

const folder = join(projectRoot, '.duban');
const prefix = 'bench-';
let runs = 0;

/** Starts a system, uses it, and stops and removes it, however the use ends. */
export async function withBench<T>(
  options: { log: Log; ports?: Ports },
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { log } = options;
  dropOldRuns();
  const dataDir = join(folder, `${prefix}${process.pid}-${++runs}`);
  const ports = options.ports ?? (await freePorts());
  const system = new LocalSystem({ dataDir, ports, log, separate: true, empty: true, headless: true });
  const leave = onSignal(system, dataDir);
  let failed = false;
  const closing: Array<() => Promise<unknown>> = [];
  try {
    const started = await system.start();
    const database = openDatabase(started.databaseUrl, { max: 4 });
    closing.push(database.close);
    const connection = await Connection.connect({ address: started.temporalAddress });
    closing.push(() => connection.close());
    const temporal = new Client({ connection, namespace: started.namespace });
    const centre = new Centre(started.apiUrl, await seed(database));
    const service = (name: string) => started.services.find((child) => child.spec.name === name)!;
    const roots = () => ({
      ...Object.fromEntries(started.services.map((child) => [child.spec.name, child.pid])),
      temporal: started.temporal?.pid,
      postgres: started.postgres?.pid,
    });
    return await use({
      ...{ system: started, dataDir, ports, log, centre, database, temporal, service },
      usages: () => usagesOf(roots()),
    });
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    for (const close of closing) await close().catch(() => undefined);
    await system.stop();
    drop(dataDir, failed);
    if (failed) log(`what the services said is in ${join(dataDir, 'logs')} until the next run`);
    leave();
  }
}

/** The demo centre's people, who can log in with the password returned. */
async function seed({ db, sql }: Database): Promise<string> {
  await sql`delete from staff`; // an empty system's administrator, whom the demo centre has, too
  await seedPeople(db);
  await sql`update staff set capacity = ${CAPACITY}`;
  const password = randomPassword();
  for (const { id } of demoStaff) await setInitialPassword(db, id, password, { mustChange: false });
  return password;
}

function onSignal(system: LocalSystem, dataDir: string): () => void {
  let done = false;
  onStopSignal(
    () => {
      if (done) return;
      void system.stop().then(() => {
        drop(dataDir);
        process.exit(130);
      });
    },
    () => {
      system.kill();
      process.exit(130);
    },
  );
  return () => void (done = true);
}

function drop(dataDir: string, keepLogs = false): void {
  dropPostgres(dataDir);
  for (const name of existsSync(dataDir) ? readdirSync(dataDir) : [])
    if (!keepLogs || name !== 'logs') rmSync(join(dataDir, name), { recursive: true, force: true });
  if (!keepLogs) rmSync(dataDir, { recursive: true, force: true });
}

/** What runs left that were killed. */
function dropOldRuns(): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((name) => name.startsWith(prefix)))
    if (processIdentity(Number.parseInt(name.slice(prefix.length), 10)) === undefined) drop(join(folder, name));
}
