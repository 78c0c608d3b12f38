import { type ListFilter, listTickets, schema } from '@duban/database';
import { drizzle } from 'drizzle-orm/postgres-js';
import type { ParameterOrJSON, Sql } from 'postgres';

interface Statement {
  text: string;
  params: ParameterOrJSON<never>[];
}

/** The very statements that the list makes of this filter, with their parameters. */
export async function statementsOf(sql: Sql, filter: ListFilter): Promise<Statement[]> {
  const statements: Statement[] = [];
  const logQuery = (text: string, params: unknown[]) =>
    void statements.push({ text, params: params as Statement['params'] });
  await listTickets(drizzle(sql, { schema, logger: { logQuery } }), filter);
  return statements;
}

/** Runs them by postgres.js alone, prepared as its own template strings are. */
export async function runBare(sql: Sql, statements: readonly Statement[]): Promise<number> {
  let rows = 0;
  for (const { text, params } of statements) rows += (await sql.unsafe(text, params, { prepare: true })).length;
  return rows;
}
