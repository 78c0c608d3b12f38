import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { writeAudit } from './audit';
import type { Db, Executor } from './connection';
import { archives, legalHolds, purgeCertificates, retentionRules, tickets } from './schema';
import { searched } from './lists';

export type RetentionRule = typeof retentionRules.$inferSelect;
export type LegalHold = typeof legalHolds.$inferSelect;

/** Where a page ended. */
interface After {
  at: string;
  number: string;
}

export async function listRetentionRules(db: Executor): Promise<RetentionRule[]> {
  return db.select().from(retentionRules).orderBy(asc(retentionRules.process), asc(retentionRules.type));
}

/** Sets a rule, or drops it where `years` is null. What is archived already keeps its date. */
export async function putRetentionRule(
  db: Executor,
  rule: { process: string; type: string; years: number | null; by: string },
): Promise<void> {
  const { process, type, years, by } = rule;
  if (years === null) {
    const own = and(eq(retentionRules.process, process), eq(retentionRules.type, type));
    await db.delete(retentionRules).where(own);
    return;
  }
  const changed = { years, updatedBy: by, updatedAt: sql`clock_timestamp()` };
  await db
    .insert(retentionRules)
    .values({ process, type, ...changed })
    .onConflictDoUpdate({ target: [retentionRules.process, retentionRules.type], set: changed });
}

/** Years that a rule says for a ticket like this: its type's before its process's; undefined without one. */
export async function retentionYears(db: Executor, process: string, type: string): Promise<number | undefined> {
  const rows = await db
    .select()
    .from(retentionRules)
    .where(and(eq(retentionRules.process, process), inArray(retentionRules.type, [type, '*'])));
  return (rows.find((rule) => rule.type === type) ?? rows[0])?.years;
}

/** Whether a ticket's archive must be kept. Call it with the ticket's row locked: a hold takes the same lock. */
export async function isHeld(tx: Executor, ticket: string): Promise<boolean> {
  const open = and(eq(legalHolds.ticket, ticket), isNull(legalHolds.liftedAt));
  return (await tx.select({ id: legalHolds.id }).from(legalHolds).where(open)).length > 0;
}

/** Waits for whoever archives or holds this ticket, and keeps others from it until the transaction ends. */
export async function lockForArchive(tx: Executor, ticket: string): Promise<void> {
  await tx.select({ number: tickets.number }).from(tickets).where(eq(tickets.number, ticket)).for('update');
}

/**
 * Keeps a ticket's archive beyond its date, also one that is not written yet; audited. Again it changes nothing.
 * @returns the hold that stands
 */
export async function setLegalHold(
  db: Db,
  hold: { ticket: string; reason: string; by: string; trace?: string },
): Promise<LegalHold> {
  const { ticket, reason, by, trace } = hold;
  return db.transaction(async (tx) => {
    await lockForArchive(tx, ticket);
    const [set] = await tx.insert(legalHolds).values({ ticket, reason, setBy: by }).onConflictDoNothing().returning();
    await tx.update(archives).set({ legalHold: true }).where(eq(archives.ticket, ticket));
    if (!set) return (await listLegalHolds(tx, ticket))[0]!;
    await writeAudit(tx, { actor: by, action: 'archive:held', object: ticket, trace, detail: { hold: set.id } });
    return set;
  });
}

/** Lets an archive go again; audited. Undefined when it is not held. */
export async function liftLegalHold(
  db: Db,
  lift: { ticket: string; reason: string; by: string; trace?: string },
): Promise<LegalHold | undefined> {
  const { ticket, reason, by, trace } = lift;
  return db.transaction(async (tx) => {
    await lockForArchive(tx, ticket);
    const [lifted] = await tx
      .update(legalHolds)
      .set({ liftedBy: by, liftedReason: reason, liftedAt: sql`clock_timestamp()` })
      .where(and(eq(legalHolds.ticket, ticket), isNull(legalHolds.liftedAt)))
      .returning();
    if (!lifted) return undefined;
    await tx.update(archives).set({ legalHold: false }).where(eq(archives.ticket, ticket));
    await writeAudit(tx, { actor: by, action: 'archive:released', object: ticket, trace, detail: { hold: lifted.id } });
    return lifted;
  });
}

/** A ticket's holds, the latest first. */
export async function listLegalHolds(db: Executor, ticket: string): Promise<LegalHold[]> {
  return db.select().from(legalHolds).where(eq(legalHolds.ticket, ticket)).orderBy(desc(legalHolds.id));
}

export interface ArchiveFilter {
  number?: string;
  customer?: string;
  process?: string;
  /** As lists are searched: words, or a number or address of the customer. */
  q?: string;
  /** Closed from (included) to (not). */
  from?: Date;
  to?: Date;
  held?: boolean;
  after?: After;
  limit: number;
}

/** Archived tickets, the latest archived first (G14). */
export async function searchArchive(db: Executor, filter: ArchiveFilter) {
  const { number, customer, process, q, from, to, held, after, limit } = filter;
  const found = q === undefined ? undefined : await searched(db, q);
  return db
    .select({
      ticket: archives.ticket,
      process: archives.process,
      type: tickets.type,
      category: tickets.category,
      subject: tickets.subject,
      customer: tickets.customer,
      outcome: tickets.outcome,
      closedAt: tickets.closedAt,
      archivedAt: archives.createdAt,
      retainUntil: archives.retainUntil,
      legalHold: archives.legalHold,
    })
    .from(archives)
    .innerJoin(tickets, eq(tickets.number, archives.ticket))
    .where(
      and(
        sql`${archives.part} = 1`,
        number === undefined ? undefined : eq(archives.ticket, number),
        customer === undefined ? undefined : eq(tickets.customer, customer),
        process === undefined ? undefined : eq(archives.process, process),
        held === undefined ? undefined : eq(archives.legalHold, held),
        from && sql`${tickets.closedAt} >= ${from.toISOString()}::timestamptz`,
        to && sql`${tickets.closedAt} < ${to.toISOString()}::timestamptz`,
        found,
        after && sql`(${archives.createdAt}, ${archives.ticket}) < (${after.at}::timestamptz, ${after.number})`,
      ),
    )
    .orderBy(desc(archives.createdAt), desc(archives.ticket))
    .limit(limit);
}

/** What was purged, the latest first; `after.number` is `ticket:part`. */
export async function listPurges(db: Executor, filter: { ticket?: string; after?: After; limit: number }) {
  const { ticket, part, purgedAt } = purgeCertificates;
  const place = sql`${ticket} || ':' || ${part}`;
  return db
    .select()
    .from(purgeCertificates)
    .where(
      and(
        filter.ticket === undefined ? undefined : eq(ticket, filter.ticket),
        filter.after && sql`(${purgedAt}, ${place}) < (${filter.after.at}::timestamptz, ${filter.after.number})`,
      ),
    )
    .orderBy(desc(purgedAt), desc(place))
    .limit(filter.limit);
}
