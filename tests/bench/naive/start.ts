import { join } from 'node:path';
import { Children, type Log, untilReady } from '@duban/infra/local/processes';
import { typescriptLoader } from '@duban/infra/local/services';
import postgres from 'postgres';
import { READY, tables } from './types';

export interface Naive {
  url: string;
  /** Its database `naive`, on the product's own server. */
  databaseUrl: string;
  /** Process ids by name. */
  roots(): Record<string, number | undefined>;
  stop(): Promise<void>;
}

const READY_MS = 60_000;

/** Starts the naive program beside a running system: the same PostgreSQL server, Temporal server and SMS gateway. */
export async function startNaive(options: {
  databaseUrl: string;
  temporalAddress: string;
  smsUrl: string;
  dataDir: string;
  log: Log;
  port: number;
}): Promise<Naive> {
  const databaseUrl = await createTables(options.databaseUrl);
  const url = `http://127.0.0.1:${options.port}`;
  const children = new Children(join(options.dataDir, 'logs'), options.log);
  const env = {
    ...process.env,
    NAIVE_DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: options.temporalAddress,
    SMS_URL: options.smsUrl,
    PORT: String(options.port),
  };
  const [server, worker] = await Promise.all(
    ['server', 'worker'].map((name) => {
      const args = ['--import', typescriptLoader, '--enable-source-maps', join(__dirname, `${name}.ts`)];
      return children
        .add({ name: `naive-${name}`, command: process.execPath, args, env, tier: 0, graceMs: 15_000 })
        .start();
    }),
  );
  try {
    await untilReady(server!, async () => (await fetch(`${url}/readyz`)).ok, READY_MS);
    await untilReady(worker!, () => Promise.resolve(worker!.tail(200).includes(READY)), READY_MS);
  } catch (error) {
    await children.stopAll();
    throw error;
  }
  return {
    url,
    databaseUrl,
    roots: () => ({ 'naive-server': server!.pid, 'naive-worker': worker!.pid }),
    stop: () => children.stopAll(),
  };
}

/** A database of its own with its tables. */
async function createTables(productUrl: string): Promise<string> {
  const url = new URL(productUrl);
  const admin = postgres(productUrl, { max: 1 });
  await admin`create database naive`;
  await admin.end();
  url.pathname = '/naive';
  const sql = postgres(url.href, { max: 1, onnotice: () => undefined });
  await sql.unsafe(tables);
  await sql.end();
  return url.href;
}
