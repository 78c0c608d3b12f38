import { type SQL, and, asc, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { customerContacts, customers } from './schema';

export type CustomerContact = typeof customerContacts.$inferSelect;
export type ContactKind = CustomerContact['kind'];

/** What a normalised value is: an address, a Chinese mobile or landline, or a number from elsewhere. */
export function contactKind(value: string): ContactKind {
  if (value.includes('@')) return 'email';
  if (/^\+861[3-9]\d{9}$/.test(value)) return 'mobile';
  return value.startsWith('+86') ? 'landline' : 'phone';
}

/** One spelling for each address or E.164 number, as contacts are kept and looked up. */
export function contactValue(value: string): string {
  return value.includes('@') ? value.trim().toLowerCase() : value;
}

export async function listContacts(db: Executor, customer: string): Promise<CustomerContact[]> {
  return db
    .select()
    .from(customerContacts)
    .where(eq(customerContacts.customer, customer))
    .orderBy(asc(customerContacts.kind), asc(customerContacts.id));
}

export async function findContact(db: Executor, customer: string, id: number): Promise<CustomerContact | undefined> {
  const rows = await db
    .select()
    .from(customerContacts)
    .where(and(eq(customerContacts.customer, customer), eq(customerContacts.id, id)));
  return rows[0];
}

/** Living customers who can be reached at one of these values; named ones first, then the oldest (P4). */
export async function customersAt(db: Executor, values: string[]): Promise<string[]> {
  if (!values.length) return [];
  const known = values.map(contactValue);
  const held = db
    .select({ id: customerContacts.customer })
    .from(customerContacts)
    .where(inArray(customerContacts.value, known));
  const rows = await db
    .select({ id: customers.id })
    .from(customers)
    .where(
      and(
        or(inArray(customers.id, held), inArray(customers.phone, known), inArray(customers.email, known)),
        isNull(customers.mergedInto),
        isNull(customers.erasedAt),
      ),
    )
    .orderBy(asc(customers.anonymous), asc(customers.createdAt), asc(customers.id));
  return rows.map((row) => row.id);
}

/**
 * Adds a number or address, normalised already; the same value again stays as it is. The first of its kind is
 * preferred without being asked.
 */
export async function addContact(
  tx: Executor,
  contact: { customer: string; value: string; kind?: ContactKind; preferred?: boolean; verified?: boolean },
): Promise<CustomerContact> {
  const value = contactValue(contact.value);
  const kind = contact.kind ?? contactKind(value);
  const added = await tx
    .insert(customerContacts)
    .values({
      ...{ customer: contact.customer, kind, value },
      verifiedAt: contact.verified ? sql`clock_timestamp()` : null,
    })
    .onConflictDoNothing()
    .returning();
  const row =
    added[0] ??
    (
      await tx
        .select()
        .from(customerContacts)
        .where(and(eq(customerContacts.customer, contact.customer), eq(customerContacts.value, value)))
    )[0]!;
  const preferred = contact.preferred ?? (await preferredOf(tx, contact.customer, kind)) === undefined;
  if (preferred && !row.preferred) await prefer(tx, row);
  return (await findContact(tx, contact.customer, row.id))!;
}

async function preferredOf(tx: Executor, customer: string, kind: ContactKind): Promise<CustomerContact | undefined> {
  const { customer: owner, kind: of, preferred } = customerContacts;
  const rows = await tx
    .select()
    .from(customerContacts)
    .where(and(eq(owner, customer), eq(of, kind), eq(preferred, true)));
  return rows[0];
}

/** Makes one contact the preferred one of its kind; the profile's own number or address follows. */
async function prefer(tx: Executor, contact: CustomerContact): Promise<void> {
  const { customer, kind, id, value } = contact;
  const before = await preferredOf(tx, customer, kind);
  const others = and(eq(customerContacts.customer, customer), eq(customerContacts.kind, kind));
  await tx
    .update(customerContacts)
    .set({ preferred: false })
    .where(and(others, ne(customerContacts.id, id)));
  await tx.update(customerContacts).set({ preferred: true }).where(eq(customerContacts.id, id));
  const column = kind === 'email' ? customers.email : customers.phone;
  const main = or(isNull(column), eq(column, value), before ? eq(column, before.value) : undefined);
  await tx
    .update(customers)
    .set(kind === 'email' ? { email: value } : { phone: value })
    .where(and(eq(customers.id, customer), main));
}

/** Prefers a contact, or notes whether it was verified. */
export async function changeContact(
  tx: Executor,
  contact: CustomerContact,
  change: { preferred?: true; verified?: boolean },
): Promise<CustomerContact> {
  if (change.verified !== undefined)
    await tx
      .update(customerContacts)
      .set({ verifiedAt: change.verified ? sql`coalesce(${customerContacts.verifiedAt}, clock_timestamp())` : null })
      .where(eq(customerContacts.id, contact.id));
  if (change.preferred) await prefer(tx, contact);
  return (await findContact(tx, contact.customer, contact.id))!;
}

/** Removes a contact; the oldest other one of its kind takes its place, and the profile follows. */
export async function removeContact(tx: Executor, contact: CustomerContact): Promise<void> {
  await tx.delete(customerContacts).where(eq(customerContacts.id, contact.id));
  const rest = await listContacts(tx, contact.customer);
  const email = contact.kind === 'email';
  const next = rest.find(({ kind }) => kind === contact.kind) ?? rest.find(({ kind }) => (kind === 'email') === email);
  const value = next?.value ?? null;
  const own: SQL = eq(email ? customers.email : customers.phone, contact.value);
  await tx
    .update(customers)
    .set(email ? { email: value } : { phone: value })
    .where(and(eq(customers.id, contact.customer), own));
  if (contact.preferred && next) await prefer(tx, next);
}
