import type { FrozenPolicy, PolicyDefinition } from '@duban/policy';
import { freezePolicy, withPublicDays } from '@duban/policy/compile';
import { manual } from '@duban/policy/presets';
import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { publicDaysFrom } from './calendars';
import type { Executor } from './connection';
import { policies } from './schema';

export type PolicyVersion = Omit<typeof policies.$inferSelect, 'definition'> & { definition: PolicyDefinition };

export async function listPolicies(db: Executor): Promise<Array<Omit<PolicyVersion, 'definition'>>> {
  const { id, version, status, active, publishedAt } = policies;
  return db
    .select({ id, version, status, active, publishedAt })
    .from(policies)
    .orderBy(asc(policies.id), asc(policies.version));
}

export async function findPolicy(db: Executor, id: string, version: number): Promise<PolicyVersion | undefined> {
  const rows = await db
    .select()
    .from(policies)
    .where(and(eq(policies.id, id), eq(policies.version, version)));
  return rows[0] as PolicyVersion | undefined;
}

/**
 * What one ticket lives by of a published version, with the public days that are known now, from last year's on (G5,
 * G6; design 11): a limit for its sub-category stands before the one for its priority. Undefined for no such version.
 * @param keys what the ticket's rules are looked up by, the first that a clock knows wins
 */
export async function frozenPolicy(
  db: Executor,
  { id, version }: { id: string; version: number },
  process: string,
  keys: readonly string[],
): Promise<FrozenPolicy | undefined> {
  const policy = await findPolicy(db, id, version);
  if (!policy) return undefined;
  const days = await publicDaysFrom(db, new Date().getUTCFullYear() - 1);
  return freezePolicy(withPublicDays(knowing(process, policy.definition), days), { id, version }, process, keys);
}

/** A version published before the product knew a process promises for it what the manual does. */
function knowing(process: string, policy: PolicyDefinition): PolicyDefinition {
  const { calendars, clocks, periods, limits } = policy;
  if (process in clocks) return policy;
  return {
    ...policy,
    calendars: { ...manual.calendars, ...calendars },
    clocks: { ...manual.clocks, ...clocks },
    periods: { ...manual.periods, ...periods },
    limits: { ...manual.limits, ...limits },
  };
}

/** The highest version of a policy; undefined when there is none. */
export async function latestPolicy(db: Executor, id: string): Promise<PolicyVersion | undefined> {
  const rows = await db.select().from(policies).where(eq(policies.id, id)).orderBy(desc(policies.version)).limit(1);
  return rows[0] as PolicyVersion | undefined;
}

/** The version new tickets begin with; undefined before the first is published. */
export async function activePolicy(db: Executor): Promise<PolicyVersion | undefined> {
  return (await db.select().from(policies).where(eq(policies.active, true)))[0] as PolicyVersion | undefined;
}

/**
 * Publishes a checked definition as the next version of `id` and makes it the one new tickets begin with, unless
 * `activate` is false. Tickets that run keep theirs (design 11).
 */
export async function publishPolicy(
  db: Executor,
  values: { id: string; definition: PolicyDefinition; activate?: boolean; publishedAt?: Date },
): Promise<{ id: string; version: number }> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('duban.policies'))`);
    const rows = await tx
      .select({ last: sql<number>`coalesce(max(${policies.version}), 0)` })
      .from(policies)
      .where(eq(policies.id, values.id));
    const version = Number(rows[0]?.last ?? 0) + 1;
    const active = values.activate ?? true;
    if (active) await tx.update(policies).set({ active: false }).where(eq(policies.active, true));
    await tx.insert(policies).values({
      id: values.id,
      version,
      definition: values.definition,
      active,
      publishedAt: values.publishedAt ?? new Date(),
    });
    return { id: values.id, version };
  });
}

/** Makes a published version the one new tickets begin with. False when there is no such version. */
export async function activatePolicy(db: Executor, id: string, version: number): Promise<boolean> {
  return db
    .transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('duban.policies'))`);
      await tx.update(policies).set({ active: false }).where(eq(policies.active, true));
      const rows = await tx
        .update(policies)
        .set({ active: true })
        .where(and(eq(policies.id, id), eq(policies.version, version)))
        .returning({ id: policies.id });
      if (rows.length === 0) tx.rollback();
      return true;
    })
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'TransactionRollbackError') return false;
      throw error;
    });
}
