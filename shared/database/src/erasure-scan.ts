import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from './connection';

/** Where a person is still found; counts only, nothing of what was found. */
export interface Trace {
  table: string;
  column: string;
  rows: number;
}

/** Shorter names stand in every other text. */
const SHORTEST_NAME = 2;

/**
 * Looks through every text and JSON column of the database for a person's name, telephone numbers (however they are
 * spaced, with or without +86) and addresses. Archive bundles are bytes, not text: they are blocked instead.
 * @returns how many columns were read, and each that holds a trace
 */
export async function findTraces(
  tx: Executor,
  person: { name: string | null; values: string[] },
): Promise<{ columns: number; traces: Trace[] }> {
  const columns = await tx.execute<{ table: string; column: string }>(sql`
    select c.table_name as table, c.column_name as column
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and (c.data_type in ('text', 'character varying', 'json', 'jsonb') or c.udt_name in ('_text', '_varchar'))
    order by 1, 2`);
  const traces: Trace[] = [];
  for (const table of new Set(columns.map((row) => row.table))) {
    const names = columns.filter((row) => row.table === table).map((row) => row.column);
    const counts = names.map((name, i) => sql`count(*) filter (where ${holds(name, person)})::int as ${key(i)}`);
    const [found] = await tx.execute<Record<string, number>>(
      sql`select ${sql.join(counts, sql`, `)} from ${sql.identifier(table)}`,
    );
    names.forEach((column, i) => {
      const rows = Number(found![`c${i}`]);
      if (rows > 0) traces.push({ table, column, rows });
    });
  }
  return { columns: columns.length, traces };
}

const key = (i: number) => sql.identifier(`c${i}`);

function holds(column: string, { name, values }: { name: string | null; values: string[] }): SQL {
  const text = sql`${sql.identifier(column)}::text`;
  const spaceless = sql`regexp_replace(${text}, '[\\s().-]', '', 'g')`;
  const conditions = [
    ...(name && [...name].length >= SHORTEST_NAME ? [sql`strpos(${text}, ${name}) > 0`] : []),
    ...values.map((value) =>
      value.includes('@')
        ? sql`strpos(lower(${text}), ${value.toLowerCase()}) > 0`
        : sql`strpos(${spaceless}, ${value.replace(/^\+86/, '')}) > 0`,
    ),
  ];
  return conditions.length ? sql`(${sql.join(conditions, sql` or `)})` : sql`false`;
}
