import { randomUUID } from 'node:crypto';
import type { PolicyDefinition } from '@duban/policy';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { latestPolicy, publishPolicy } from './policies';
import { policyDrafts } from './schema';

export type PolicyDraft = typeof policyDrafts.$inferSelect;

export async function listDrafts(db: Executor): Promise<Array<Omit<PolicyDraft, 'definition'>>> {
  const { definition: _, ...columns } = policyDrafts;
  const { id, policy, origin, revision, createdBy, createdAt, updatedBy, updatedAt, publishedVersion } = columns;
  return db
    .select({ id, policy, origin, revision, createdBy, createdAt, updatedBy, updatedAt, publishedVersion })
    .from(policyDrafts)
    .orderBy(desc(updatedAt), id)
    .limit(200);
}

export async function findDraft(db: Executor, id: string): Promise<PolicyDraft | undefined> {
  return (await db.select().from(policyDrafts).where(eq(policyDrafts.id, id)))[0];
}

export async function createDraft(
  db: Executor,
  values: { policy: string; origin: string; definition: PolicyDefinition; by: string },
): Promise<PolicyDraft> {
  const { by, ...rest } = values;
  const rows = await db
    .insert(policyDrafts)
    .values({ ...rest, id: `d-${randomUUID()}`, createdBy: by, updatedBy: by })
    .returning();
  return rows[0]!;
}

/** Saves over the revision that the person saw; undefined when it has been changed, published or thrown away since. */
export async function saveDraft(
  db: Executor,
  id: string,
  values: { definition: PolicyDefinition; seen: number; by: string },
): Promise<PolicyDraft | undefined> {
  const rows = await db
    .update(policyDrafts)
    .set({
      definition: values.definition,
      revision: sql`${policyDrafts.revision} + 1`,
      updatedBy: values.by,
      updatedAt: sql`clock_timestamp()`,
    })
    .where(and(eq(policyDrafts.id, id), eq(policyDrafts.revision, values.seen), isNull(policyDrafts.publishedVersion)))
    .returning();
  return rows[0];
}

/** False when it was published: then it is history. */
export async function deleteDraft(db: Executor, id: string): Promise<boolean> {
  const rows = await db
    .delete(policyDrafts)
    .where(and(eq(policyDrafts.id, id), isNull(policyDrafts.publishedVersion)))
    .returning({ id: policyDrafts.id });
  return rows.length > 0;
}

/**
 * Publishes a draft as the next version of its policy, once: asked again, the version it became. `seen` is the draft's
 * revision and `over` the latest version that the person compared it with (null: none); when either has moved on,
 * nothing is published and `stale` says which. Call it in a transaction.
 */
export async function publishDraft(
  tx: Executor,
  id: string,
  values: { seen: number; over: number | null; activate: boolean },
): Promise<{ version: number; first: boolean } | { stale: 'draft' | 'version' }> {
  const [draft] = await tx.select().from(policyDrafts).where(eq(policyDrafts.id, id)).for('update');
  if (!draft) return { stale: 'draft' };
  if (draft.publishedVersion !== null) return { version: draft.publishedVersion, first: false };
  if (draft.revision !== values.seen) return { stale: 'draft' };
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('duban.policies'))`);
  const latest = (await latestPolicy(tx, draft.policy))?.version ?? null;
  if (latest !== values.over) return { stale: 'version' };
  const { policy, definition } = draft;
  const { version } = await publishPolicy(tx, { id: policy, definition, activate: values.activate });
  await tx.update(policyDrafts).set({ publishedVersion: version }).where(eq(policyDrafts.id, id));
  return { version, first: true };
}
