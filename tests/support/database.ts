import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { type Database, migrate, openDatabase } from '@duban/database';

export interface TestDatabase extends Database {
  url: string;
  /** Closes the pool and drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

const migrations = join(__dirname, '../../shared/database/migrations');

/**
 * A fresh, migrated database of its own on the server at `TEST_POSTGRES_URL` (`npm test` starts one). The migrations
 * run once a server: every test database is a copy of that template.
 */
export async function createTestDatabase(options: { max?: number } = {}): Promise<TestDatabase> {
  const server = process.env.TEST_POSTGRES_URL;
  if (!server) throw new Error('TEST_POSTGRES_URL is not set: run the tests by `npm test -- FILE`.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withServer(server, async (sql) => {
    const template = await prepareTemplate(sql, server);
    await sql.unsafe(`create database ${name} template ${template}`);
  });
  const url = urlOf(server, name);
  const database = openDatabase(url, { max: options.max ?? 10 });
  return {
    ...database,
    url,
    async drop() {
      await database.close();
      await withServer(server, (sql) => sql.unsafe(`drop database if exists ${name} with (force)`));
    },
  };
}

async function prepareTemplate(sql: postgres.Sql, server: string): Promise<string> {
  const name = `template_${migrationsDigest()}`;
  // One test file makes it, the others wait: a copy needs a template nobody is connected to.
  await sql`select pg_advisory_lock(20260131)`;
  const found = await sql`select 1 from pg_database where datname = ${name}`;
  if (!found.length) {
    await sql.unsafe(`drop database if exists ${name}_draft with (force)`);
    await sql.unsafe(`create database ${name}_draft`);
    await migrate(urlOf(server, `${name}_draft`));
    await sql.unsafe(`alter database ${name}_draft rename to ${name}`);
  }
  return name;
}

function migrationsDigest(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .sort())
    hash.update(file).update(readFileSync(join(migrations, file)));
  return hash.digest('hex').slice(0, 12);
}

async function withServer<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
