import { and, asc, desc, eq, like, or, sql } from 'drizzle-orm';
import type { Executor, Transaction } from './connection';
import { customers } from './schema';
import { customerNumber } from './serials';

export type Customer = typeof customers.$inferSelect;
export type CustomerProfile = Partial<Pick<Customer, 'name' | 'title' | 'phone' | 'email' | 'class' | 'locale'>>;

export async function findCustomer(db: Executor, id: string): Promise<Customer | undefined> {
  return (await db.select().from(customers).where(eq(customers.id, id)))[0];
}

/** Creates a profile with the month's next customer number (G3). `phone` is E.164 already. */
export async function createCustomer(
  tx: Transaction,
  profile: CustomerProfile & { anonymous?: boolean },
): Promise<Customer> {
  const now = new Date();
  const [customer] = await tx
    .insert(customers)
    .values({ ...profile, id: await customerNumber(tx, now), createdAt: now })
    .returning();
  return customer!;
}

/**
 * The known customer with this telephone number, else a new profile (G1). Callers with the same new number at once
 * get one profile. A named profile is preferred to an anonymous one.
 */
export async function matchCustomer(
  tx: Transaction,
  profile: CustomerProfile & { anonymous?: boolean },
): Promise<Customer> {
  if (profile.phone) {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`duban.customer.${profile.phone}`}))`);
    const [known] = await tx
      .select()
      .from(customers)
      .where(eq(customers.phone, profile.phone))
      .orderBy(asc(customers.anonymous), asc(customers.createdAt))
      .limit(1);
    if (known) return known;
  }
  return createCustomer(tx, profile);
}

export async function updateCustomer(db: Executor, id: string, values: CustomerProfile): Promise<Customer | undefined> {
  const named = values.name ? { anonymous: false } : {};
  return (
    await db
      .update(customers)
      .set({ ...values, ...named })
      .where(eq(customers.id, id))
      .returning()
  )[0];
}

/** By whole E.164 number, by a number's last digits (at least 4), or by the beginning of a name; newest first. */
export async function searchCustomers(
  db: Executor,
  by: { phone?: string; phoneEnd?: string; name?: string; limit: number },
): Promise<Customer[]> {
  const conditions = [
    by.phone === undefined ? undefined : eq(customers.phone, by.phone),
    by.phoneEnd === undefined ? undefined : endsWith(by.phoneEnd),
  ].filter((c) => c !== undefined);
  return db
    .select()
    .from(customers)
    .where(
      and(
        conditions.length ? or(...conditions) : undefined,
        by.name === undefined ? undefined : like(customers.name, `${by.name.replace(/[\\%_]/g, '\\$&')}%`),
      ),
    )
    .orderBy(desc(customers.createdAt))
    .limit(by.limit);
}

/** Served by the index over the reversed number. */
export function endsWith(digits: string) {
  return sql`reverse(${customers.phone}) like ${[...digits].reverse().join('') + '%'}`;
}
