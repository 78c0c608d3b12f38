import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { Db, Executor } from './connection';
import { exportParts, fileExports } from './schema';

export type FileExport = typeof fileExports.$inferSelect;
export type NewFileExport = Pick<
  typeof fileExports.$inferInsert,
  'id' | 'kind' | 'format' | 'locale' | 'query' | 'grants' | 'requestedBy' | 'expiresAt'
>;

/** Writes down that somebody wants a file. False when this very request was taken before. */
export async function createExport(tx: Executor, row: NewFileExport): Promise<boolean> {
  const written = await tx.insert(fileExports).values(row).onConflictDoNothing().returning({ id: fileExports.id });
  return written.length > 0;
}

/** One export that has not expired, or undefined. */
export async function findExport(db: Executor, id: string): Promise<FileExport | undefined> {
  const rows = await db
    .select()
    .from(fileExports)
    .where(and(eq(fileExports.id, id), gt(fileExports.expiresAt, sql`now()`)));
  return rows[0];
}

/** A person's own exports, newest first. */
export async function listExports(db: Executor, requestedBy: string, limit: number): Promise<FileExport[]> {
  return db
    .select()
    .from(fileExports)
    .where(and(eq(fileExports.requestedBy, requestedBy), gt(fileExports.expiresAt, sql`now()`)))
    .orderBy(desc(fileExports.requestedAt))
    .limit(limit);
}

/** Begins anew, whatever an earlier attempt left behind. Null when it is made already, or gone. */
export async function beginExport(db: Db, id: string): Promise<FileExport | null> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(fileExports)
      .set({ state: 'running', rows: 0, totalRows: null, failure: null, attempt: sql`${fileExports.attempt} + 1` })
      .where(and(eq(fileExports.id, id), sql`${fileExports.state} <> 'done'`))
      .returning();
    if (!row) return null;
    await tx.delete(exportParts).where(eq(exportParts.export, id));
    return row;
  });
}

/** Another attempt has begun since: this one must stop. */
export class ExportTakenOver extends Error {
  constructor(readonly id: string) {
    super(`export ${id} is made by a later attempt`);
    this.name = 'ExportTakenOver';
  }
}

/** Adds the file's next piece. @throws ExportTakenOver */
export async function addExportPart(db: Db, of: { id: string; attempt: number }, n: number, body: Buffer) {
  await db.transaction(async (tx) => {
    await ownAttempt(tx, of);
    await tx.insert(exportParts).values({ export: of.id, n, body });
  });
}

/** Says how far it is, or that it is done. @throws ExportTakenOver */
export async function updateExport(
  db: Db,
  of: { id: string; attempt: number },
  values: Partial<Pick<FileExport, 'rows' | 'totalRows' | 'state' | 'bytes' | 'sha256'>>,
): Promise<void> {
  const finished = values.state === 'done' ? { finishedAt: sql`clock_timestamp()` } : {};
  const written = await db
    .update(fileExports)
    .set({ ...values, ...finished })
    .where(and(eq(fileExports.id, of.id), eq(fileExports.attempt, of.attempt)))
    .returning({ id: fileExports.id });
  if (!written.length) throw new ExportTakenOver(of.id);
}

/** It could not be made; `failure` is a code that the asker is shown. */
export async function failExport(db: Executor, id: string, failure: string): Promise<void> {
  await db
    .update(fileExports)
    .set({ state: 'failed', failure, finishedAt: sql`clock_timestamp()` })
    .where(and(eq(fileExports.id, id), sql`${fileExports.state} <> 'done'`));
}

/** Its time is over: row and bytes are deleted. */
export async function removeExport(db: Executor, id: string): Promise<void> {
  await db.delete(fileExports).where(eq(fileExports.id, id));
}

/** The file's bytes, one piece at a time. */
export async function* readExport(db: Executor, id: string): AsyncGenerator<Buffer> {
  for (let n = 0; ; n++) {
    const [part] = await db
      .select({ body: exportParts.body })
      .from(exportParts)
      .where(and(eq(exportParts.export, id), eq(exportParts.n, n)))
      .orderBy(asc(exportParts.n));
    if (!part) return;
    yield part.body;
  }
}

async function ownAttempt(tx: Executor, { id, attempt }: { id: string; attempt: number }): Promise<void> {
  const [row] = await tx
    .select({ id: fileExports.id })
    .from(fileExports)
    .where(and(eq(fileExports.id, id), eq(fileExports.attempt, attempt)))
    .for('share');
  if (!row) throw new ExportTakenOver(id);
}
