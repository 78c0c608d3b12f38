import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { schema } from '@duban/database';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { projectRoot } from './local/project';

const sources = join(projectRoot, 'shared/database/src');

interface Described {
  /** The constant in the schema. */
  constant: string;
  table: PgTable;
  /** Schema file, without ending. */
  family: string;
  meaning: string;
  /** Meanings of single columns, by property. */
  columns: Map<string, string>;
}

/**
 * `docs/guide/data-model.md`: every table of the schema with its meaning (the comment above it), its columns, and the
 * modules that write it. Throws naming the tables that nobody has described or that nobody writes.
 */
export function dataModelPage(): string {
  const tables = described();
  const writers = writersOf(tables);
  const undescribed = tables.filter(({ meaning }) => !meaning).map(({ constant }) => constant);
  if (undescribed.length)
    throw new Error(`Tables without a comment that says what they hold: ${undescribed.join(', ')}`);
  const unwritten = tables.filter(({ constant }) => !writers.get(constant)?.length).map(({ constant }) => constant);
  if (unwritten.length) throw new Error(`Tables that no module of shared/database writes: ${unwritten.join(', ')}`);
  const families = [...new Set(tables.map(({ family }) => family))];
  return families
    .map((family) => {
      const own = tables.filter((table) => table.family === family);
      return [`## ${family}`, ...own.map((table) => section(table, writers.get(table.constant)!))].join('\n\n');
    })
    .join('\n\n');
}

function section({ table, meaning, columns }: Described, writers: string[]): string {
  const rows = Object.entries(getTableColumns(table)).map(([property, column]) => {
    const type = column.getSQLType().replace('timestamp (3) with time zone', 'timestamptz');
    return `| \`${column.name}\` | ${type}${column.notNull ? '' : '?'}${column.primary ? ' key' : ''} | ${columns.get(property) ?? ''} |`;
  });
  return [
    `### \`${getTableName(table)}\``,
    `${meaning} Written by ${writers.map((name) => `\`${name}\``).join(', ')}.`,
    ['| column | type | meaning |', '| --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

function described(): Described[] {
  const all = schema as Record<string, unknown>;
  const folder = join(sources, 'schema');
  const order = [...readFileSync(join(folder, 'index.ts'), 'utf8').matchAll(/'\.\/([\w-]+)'/g)].map(
    (match) => match[1]!,
  );
  return order.flatMap((family) => {
    const text = readFileSync(join(folder, `${family}.ts`), 'utf8');
    return [...text.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?export const (\w+) = pgTable\(/g)].map((match) => {
      const [, comment = '', constant] = match;
      const table = all[constant!];
      if (!is(table, PgTable)) throw new Error(`${family}: ${constant} is not exported from the schema`);
      const body = text.slice(match.index, text.indexOf('\n);', match.index));
      return { constant: constant!, table, family, meaning: prose(comment), columns: columnComments(body) };
    });
  });
}

function columnComments(body: string): Map<string, string> {
  const found = body.matchAll(/\n\s+\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n\s+(\w+):/g);
  return new Map([...found].map(([, comment, property]) => [property!, prose(comment!)]));
}

/** A comment as one line that is safe inside a table. */
const prose = (comment: string) =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*\s?/, '').trim())
    .join(' ')
    .trim()
    .replaceAll('|', '\\|');

/** Which modules insert into, change or delete from each table: by drizzle, or in SQL, triggers included. */
function writersOf(tables: Described[]): Map<string, string[]> {
  const modules = [
    ...readdirSync(sources).filter((name) => name.endsWith('.ts') && name !== 'index.ts'),
    '../migrations/guards.sql',
  ].map((name) => ({ name: name.replace('../migrations/', ''), text: readFileSync(join(sources, name), 'utf8') }));
  return new Map(
    tables.map(({ constant, table }) => {
      const [name, own] = [getTableName(table), `(?:\\w+\\.)?${constant}`];
      const writes = new RegExp(
        [
          `\\.(?:insert|update|delete)\\(${own}\\)`,
          `(?:insert into|update|delete from)\\s+(?:\\$\\{${own}\\}|${name}\\b)`,
        ].join('|'),
      );
      return [constant, modules.filter(({ text }) => writes.test(text)).map((module) => module.name)];
    }),
  );
}
