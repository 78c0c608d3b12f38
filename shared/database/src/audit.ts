import { and, desc, eq, lt } from 'drizzle-orm';
import type { Executor } from './connection';
import { audit } from './schema';

export type AuditEntry = typeof audit.$inferSelect;

/** Records who did what, or saw what in full. `detail` holds ids and codes; no names, numbers or texts. */
export async function writeAudit(
  db: Executor,
  entry: { actor: string; action: string; object: string; trace?: string; detail?: Record<string, unknown> },
): Promise<void> {
  await db.insert(audit).values(entry);
}

/** Newest first, before `before`. */
export async function listAudit(
  db: Executor,
  filter: { object?: string; actor?: string; action?: string; before?: number; limit: number },
): Promise<AuditEntry[]> {
  return db
    .select()
    .from(audit)
    .where(
      and(
        filter.object === undefined ? undefined : eq(audit.object, filter.object),
        filter.actor === undefined ? undefined : eq(audit.actor, filter.actor),
        filter.action === undefined ? undefined : eq(audit.action, filter.action),
        filter.before === undefined ? undefined : lt(audit.id, filter.before),
      ),
    )
    .orderBy(desc(audit.id))
    .limit(filter.limit);
}
