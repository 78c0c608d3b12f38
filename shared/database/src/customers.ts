import { and, asc, desc, eq, inArray, isNull, like, ne, or, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Executor, Transaction } from './connection';
import { addContact, contactValue, customersAt } from './contacts';
import { INTERNAL_CUSTOMER } from './internal-customer';
import { customerContacts, customers } from './schema';
import { customerNumber } from './serials';

export type Customer = typeof customers.$inferSelect;
export type CustomerProfile = Partial<
  Pick<Customer, 'name' | 'title' | 'phone' | 'email' | 'class' | 'locale' | 'preferences'>
>;

export async function findCustomer(db: Executor, id: string): Promise<Customer | undefined> {
  return (await db.select().from(customers).where(eq(customers.id, id)))[0];
}

/**
 * The profile that this number stands for now, kept as it is until the transaction ends: a merged one leads to its
 * survivor. Undefined when there is none, it was erased, or it is the centre itself.
 */
export async function holdCustomer(tx: Executor, id: string): Promise<Customer | undefined> {
  if (id === INTERNAL_CUSTOMER) return undefined;
  for (let next = id; ;) {
    const [found] = await tx.select().from(customers).where(eq(customers.id, next)).for('key share');
    if (!found || found.erasedAt) return undefined;
    if (!found.mergedInto) return found;
    next = found.mergedInto;
  }
}

/** Creates a profile with the month's next customer number (G3). `phone` is E.164 already. */
export async function createCustomer(
  tx: Transaction,
  profile: CustomerProfile & { anonymous?: boolean },
): Promise<Customer> {
  const now = new Date();
  const email = profile.email ? contactValue(profile.email) : null;
  const [customer] = await tx
    .insert(customers)
    .values({ ...profile, email, id: await customerNumber(tx, now), createdAt: now })
    .returning();
  for (const value of [profile.phone, email])
    if (value) await addContact(tx, { customer: customer!.id, value, preferred: true });
  return customer!;
}

/**
 * The known customer with this telephone number or, without one, this address, over all contacts; else a new profile
 * (G1). Callers with the same new number at once get one profile. A named profile is preferred to an anonymous one.
 */
export async function matchCustomer(
  tx: Transaction,
  profile: CustomerProfile & { anonymous?: boolean },
): Promise<Customer> {
  const value = profile.phone ?? (profile.email ? contactValue(profile.email) : undefined);
  if (value) {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`duban.customer.${value}`}))`);
    for (const id of await customersAt(tx, [value])) {
      const held = await holdCustomer(tx, id);
      if (held) return held;
    }
  }
  return createCustomer(tx, profile);
}

/** Changes a profile; a new number or address becomes a contact and the preferred one of its kind. */
export async function updateCustomer(tx: Executor, id: string, values: CustomerProfile): Promise<Customer | undefined> {
  const named = values.name ? { anonymous: false } : {};
  const email = values.email ? { email: contactValue(values.email) } : {};
  const [updated] = await tx
    .update(customers)
    .set({ ...values, ...email, ...named })
    .where(eq(customers.id, id))
    .returning();
  if (updated)
    for (const value of [values.phone, email.email])
      if (value) await addContact(tx, { customer: id, value, preferred: true });
  return updated;
}

/** By whole E.164 number or address, a number's last digits (at least 4), or a name's beginning; newest first. */
export async function searchCustomers(
  db: Executor,
  by: { phone?: string; email?: string; phoneEnd?: string; name?: string; limit: number },
): Promise<Customer[]> {
  const values = [by.phone, by.email].filter((value) => value !== undefined);
  const reached = await customersAt(db, values);
  const conditions = [
    values.length ? sql`${customers.id} = any(${sql.param(reached)}::text[])` : undefined,
    by.phoneEnd === undefined ? undefined : inArray(customers.id, holdersOf(db, [by.phoneEnd])),
  ].filter((c) => c !== undefined);
  return db
    .select()
    .from(customers)
    .where(
      and(
        isNull(customers.mergedInto),
        ne(customers.id, INTERNAL_CUSTOMER),
        conditions.length ? or(...conditions) : undefined,
        by.name === undefined ? undefined : like(customers.name, `${by.name.replace(/[\\%_]/g, '\\$&')}%`),
      ),
    )
    .orderBy(desc(customers.createdAt))
    .limit(by.limit);
}

/** Who has a number that ends in one of these digits, over all contacts (P4); each ending walks two indexes. */
export function holdersOf(db: Executor, endings: string[]) {
  const patterns = endings.map((digits) => `${[...digits].reverse().join('')}%`);
  const ends = (column: AnyPgColumn) => or(...patterns.map((pattern) => sql`reverse(${column}) like ${pattern}`));
  const ofContacts = db
    .select({ id: customerContacts.customer })
    .from(customerContacts)
    .where(ends(customerContacts.value));
  return db.select({ id: customers.id }).from(customers).where(ends(customers.phone)).union(ofContacts);
}

/** Customers in order of their numbers, those after `after`, without merged and erased profiles; for exports. */
export async function listCustomersAfter(db: Executor, after: string, limit: number): Promise<Customer[]> {
  return db
    .select()
    .from(customers)
    .where(
      and(
        sql`${customers.id} > ${after}`,
        ne(customers.id, INTERNAL_CUSTOMER),
        isNull(customers.mergedInto),
        isNull(customers.erasedAt),
      ),
    )
    .orderBy(asc(customers.id))
    .limit(limit);
}
