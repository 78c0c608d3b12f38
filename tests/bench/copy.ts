import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from 'postgres';

const CHUNK = 500;

/** What COPY's text format is made of; an object becomes JSON. */
export type Value = string | number | boolean | null | Date | object;

/** Fills a table by COPY: `row(i)` for each i below `count`. */
export async function copy(
  sql: Sql,
  table: string,
  names: string[],
  count: number,
  row: (i: number) => Value[],
): Promise<void> {
  function* chunks() {
    for (let i = 0; i < count; i += CHUNK)
      yield Array.from(
        { length: Math.min(CHUNK, count - i) },
        (_, j) =>
          `${row(i + j)
            .map(field)
            .join('\t')}\n`,
      ).join('');
  }
  const target = await sql.unsafe(`copy ${table} (${names.join()}) from stdin`).writable();
  await pipeline(Readable.from(chunks()), target);
}

/** COPY's text format. */
function field(value: Value): string {
  if (value === null) return '\\N';
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/[\\\t\n\r]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c]!);
}
