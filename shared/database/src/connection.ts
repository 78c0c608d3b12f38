import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresJsDatabase, drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres, { type Sql, type TransactionSql } from 'postgres';
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
  const sql = postgres(url, {
    ...{ max: options.max ?? 10, onnotice: () => undefined, connect_timeout: 10 },
    // Seconds between two attempts to connect; by default they grow to twenty, long after the server is back.
    backoff: (attempts) => Math.min(3 ** attempts / 100, 2),
    // Parsed once, planned for the values at hand: partial indexes must be seen in `state in ($1, $2)`.
    connection: { plan_cache_mode: 'force_custom_plan' },
  });
  return { sql, db: drizzle(preparing(sql), { schema }), close: () => sql.end({ timeout: 5 }) };
}

/**
 * drizzle asks for no prepared statement unless each query is named: every one would be described anew, a second
 * round trip. The same texts come again and again, so all are prepared.
 */
function preparing<T extends Sql | TransactionSql>(sql: T): T {
  const unsafe: Sql['unsafe'] = (query, parameters, options) =>
    sql.unsafe(query, parameters, { ...options, prepare: true });
  const nested =
    (method: 'begin' | 'savepoint') =>
    (...args: unknown[]) => {
      const use = args.pop() as (tx: TransactionSql) => unknown;
      const open = (sql as unknown as Record<string, (...all: unknown[]) => unknown>)[method]!;
      return open.call(sql, ...args, (tx: TransactionSql) => use(preparing(tx)));
    };
  const own = { unsafe, begin: nested('begin'), savepoint: nested('savepoint') };
  return new Proxy(sql, {
    get: (target, name) => (name in own ? own[name as keyof typeof own] : Reflect.get(target, name)) as unknown,
  });
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
