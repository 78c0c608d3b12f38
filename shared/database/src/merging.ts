import { asc, eq, inArray, sql } from 'drizzle-orm';
import { writeAudit } from './audit';
import type { Db, Executor } from './connection';
import { addContact, listContacts } from './contacts';
import type { Customer } from './customers';
import {
  calls,
  conversations,
  customerChanges,
  customerConsents,
  customerContacts,
  customers,
  tickets,
} from './schema';

/** Two living profiles that can be reached at the same number or address. */
export interface DuplicatePair {
  one: string;
  other: string;
  /** How many values they share. */
  shared: number;
}

/** Proposals for a merge, in order of the customers' numbers, after `after` (P4). */
export async function duplicatePairs(
  db: Executor,
  page: { after?: { one: string; other: string }; limit: number },
): Promise<DuplicatePair[]> {
  const { after, limit } = page;
  const rows = await db.execute<{ one: string; other: string; shared: number }>(sql`
    select a.customer_id as one, b.customer_id as other, count(*)::int as shared
    from ${customerContacts} a join ${customerContacts} b on b.value = a.value and b.customer_id > a.customer_id
    ${after ? sql`where (a.customer_id, b.customer_id) > (${after.one}, ${after.other})` : sql``}
    group by 1, 2 order by 1, 2 limit ${limit}`);
  return rows.map(({ one, other, shared }) => ({ one, other, shared }));
}

export type MergeOutcome = { state: 'merged'; moved: Record<string, number> } | { state: 'not-living' };

/**
 * Makes one profile of two: `survivor` keeps its number and gets contacts, tickets, calls, conversations and consents;
 * `from` becomes an empty redirect. Workflows are not asked: they hold nothing personal. The same merge again is done.
 */
export async function mergeCustomers(
  db: Db,
  merge: { survivor: string; from: string; actor: string; trace?: string },
): Promise<MergeOutcome> {
  const { survivor, from, actor, trace } = merge;
  return db.transaction(async (tx) => {
    // Both in one order, so that two merges the other way round wait for each other and the second finds one gone.
    const rows = await tx
      .select()
      .from(customers)
      .where(inArray(customers.id, [survivor, from]))
      .orderBy(asc(customers.id))
      .for('update');
    const [kept, gone] = [survivor, from].map((id) => rows.find((row) => row.id === id));
    if (!kept || !gone || kept.mergedInto || kept.erasedAt || gone.erasedAt) return { state: 'not-living' };
    if (gone.mergedInto === survivor) return { state: 'merged', moved: {} };
    if (gone.mergedInto) return { state: 'not-living' };
    const moved = { contacts: await moveContacts(tx, survivor, from), ...(await moveLinks(tx, survivor, from)) };
    await tx.update(customers).set({ mergedInto: survivor }).where(eq(customers.mergedInto, from));
    await tx
      .update(customers)
      .set({ ...blankProfile, mergedInto: survivor })
      .where(eq(customers.id, from));
    await tx.update(customers).set(together(kept, gone)).where(eq(customers.id, survivor));
    await writeAudit(tx, { actor, action: 'customer:merge', object: survivor, trace, detail: { from, ...moved } });
    return { state: 'merged', moved };
  });
}

/** A profile without anything personal. */
export const blankProfile = { name: null, phone: null, email: null, title: 'other', preferences: {} } as const;

/** What the survivor lacks, the other one may have known. */
function together(kept: Customer, gone: Customer): Partial<Customer> {
  return {
    name: kept.name ?? gone.name,
    anonymous: kept.anonymous && gone.anonymous,
    title: kept.title === 'other' ? gone.title : kept.title,
    class: kept.class === 'normal' ? gone.class : kept.class,
    preferences: { ...gone.preferences, ...kept.preferences },
  };
}

async function moveContacts(tx: Executor, survivor: string, from: string): Promise<number> {
  const moving = await listContacts(tx, from);
  await tx.delete(customerContacts).where(eq(customerContacts.customer, from));
  for (const { value, kind, verifiedAt } of moving)
    await addContact(tx, { customer: survivor, value, kind, verified: verifiedAt !== null });
  return moving.length;
}

async function moveLinks(tx: Executor, survivor: string, from: string): Promise<Record<string, number>> {
  const moved: Record<string, number> = {};
  for (const [name, table] of Object.entries({
    ...{ tickets, calls, conversations },
    ...{ consents: customerConsents, changes: customerChanges },
  })) {
    const rows = await tx
      .update(table)
      .set({ customer: survivor })
      .where(eq(table.customer, from))
      .returning({ customer: table.customer });
    moved[name] = rows.length;
  }
  return moved;
}
