import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { schema } from '@duban/database';
import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';

const root = resolve(__dirname, '../..');
const run = promisify(execFile);

describe('documents', () => {
  it('the generated ones are those that the code makes now', async () => {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', 'infra/generate.ts', '--check'], { cwd: root });
    expect(stdout).toContain('up to date');
  }, 180_000); // loads the whole API

  it('the data model page has a section for every table', () => {
    const page = readFileSync(join(root, 'docs/guide/data-model.md'), 'utf8');
    const tables = (Object.values(schema) as unknown[]).filter((value): value is PgTable => is(value, PgTable));
    expect(tables.length).toBeGreaterThan(30);
    expect(tables.map(getTableName).filter((name) => !page.includes(`### \`${name}\``))).toEqual([]);
  });

  it('every link to a file leads somewhere', () => {
    const pages = [
      ...readdirSync(root),
      ...(readdirSync(join(root, 'docs'), { recursive: true }) as string[]).map((name) => join('docs', name)),
    ].filter((name) => name.endsWith('.md'));
    const broken = pages.flatMap((page) => {
      const text = readFileSync(join(root, page), 'utf8');
      const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
      return targets.filter((to) => !existsSync(join(root, dirname(page), to))).map((to) => `${page} → ${to}`);
    });
    expect(broken).toEqual([]);
  });
});
