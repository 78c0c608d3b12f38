import { schema } from '@duban/database';
import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import type { Sql } from 'postgres';

const tables = Object.values(schema)
  .filter((table) => is(table, PgTable))
  .map((table) => getTableName(table as PgTable));

/** Remembers the whole database as it is now; `restore` puts it back to that minute, as a backup would. */
export async function remember(sql: Sql) {
  await sql.unsafe('create schema if not exists aside');
  for (const table of tables)
    await sql.unsafe(
      `drop table if exists aside.${table}; create table aside.${table} as select * from public.${table}`,
    );
  return {
    async restore(): Promise<void> {
      await sql.begin(async (tx) => {
        // A restored backup fires no triggers and checks no keys row by row.
        await tx`set local session_replication_role = replica`;
        for (const table of tables) {
          await tx.unsafe(`delete from public.${table}`);
          await tx.unsafe(`insert into public.${table} overriding system value select * from aside.${table}`);
        }
      });
    },
  };
}
