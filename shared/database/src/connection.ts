import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresJsDatabase, drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres, { type Sql } from 'postgres';
import * as schema from './schema';

export type Db = PostgresJsDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0];
/** Either: repositories work inside the caller's transaction or on their own. */
export type Executor = Db | Transaction;

export interface Database {
  db: Db;
  /** postgres.js itself, for LISTEN/NOTIFY and COPY. */
  sql: Sql;
  close(): Promise<void>;
}

/** Opens a pool. `max` connections; instants come as Date. */
export function openDatabase(url: string, options: { max?: number } = {}): Database {
  const sql = postgres(url, { max: options.max ?? 10, onnotice: () => undefined, connect_timeout: 10 });
  return { sql, db: drizzle(sql, { schema }), close: () => sql.end({ timeout: 5 }) };
}

/** Brings the schema up to date; several callers at once wait for each other. */
export async function migrate(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql`select pg_advisory_lock(20260131)`;
    await runMigrations(drizzle(sql), { migrationsFolder: join(__dirname, '..', 'migrations') });
    await sql.unsafe(await readFile(join(__dirname, '..', 'migrations', 'guards.sql'), 'utf8'));
  } finally {
    await sql.end({ timeout: 5 });
  }
}
