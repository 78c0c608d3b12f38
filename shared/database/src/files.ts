import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Executor } from './connection';
import { files } from './schema';

export type FileRow = typeof files.$inferSelect;
/** What a file belongs to. */
export type FileOwner = { ticket: string } | { article: string } | { conversation: string };

const ofOwner = (owner: FileOwner) =>
  'ticket' in owner
    ? eq(files.ticket, owner.ticket)
    : 'article' in owner
      ? eq(files.article, owner.article)
      : eq(files.conversation, owner.conversation);

/** Records a file whose bytes are stored. False when there is one with this id already. */
export async function insertFile(db: Executor, values: typeof files.$inferInsert): Promise<boolean> {
  const rows = await db
    .insert(files)
    .values(values)
    .onConflictDoNothing({ target: files.id })
    .returning({ id: files.id });
  return rows.length > 0;
}

/** One file of this ticket or article, or undefined. */
export async function findFile(db: Executor, owner: FileOwner, id: string): Promise<FileRow | undefined> {
  return (
    await db
      .select()
      .from(files)
      .where(and(eq(files.id, id), ofOwner(owner)))
  )[0];
}

/** All files of a ticket or article, oldest first. */
export async function filesOf(db: Executor, owner: FileOwner): Promise<FileRow[]> {
  return db.select().from(files).where(ofOwner(owner)).orderBy(asc(files.uploadedAt), asc(files.id));
}

/** Those of the store's keys that a file still stands for. */
export async function keysInUse(db: Executor, keys: string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db.select({ key: files.key }).from(files).where(inArray(files.key, keys));
  return new Set(rows.map((row) => row.key));
}
