import { asc, desc, eq, and } from 'drizzle-orm';
import type { Executor } from './connection';
import { customerClasses, customerConsents } from './schema';

export type CustomerClass = typeof customerClasses.$inferSelect;
export type Consent = typeof customerConsents.$inferSelect;

export async function listCustomerClasses(db: Executor): Promise<CustomerClass[]> {
  return db.select().from(customerClasses).orderBy(asc(customerClasses.id));
}

export async function findCustomerClass(db: Executor, id: string): Promise<CustomerClass | undefined> {
  return (await db.select().from(customerClasses).where(eq(customerClasses.id, id)))[0];
}

/** Creates a class or changes its service strategy; tickets keep what they began with (P4). */
export async function putCustomerClass(db: Executor, values: CustomerClass): Promise<void> {
  const { id: _, ...rest } = values;
  await db.insert(customerClasses).values(values).onConflictDoUpdate({ target: customerClasses.id, set: rest });
}

/** Notes what a customer said to being recorded; nothing said before is changed. */
export async function recordConsent(
  tx: Executor,
  consent: Pick<Consent, 'customer' | 'purpose' | 'given' | 'how' | 'at' | 'recordedBy' | 'call'>,
): Promise<Consent> {
  return (await tx.insert(customerConsents).values(consent).returning())[0]!;
}

/** Newest first: the first one holds. */
export async function consentsOf(db: Executor, customer: string, purpose: Consent['purpose'] = 'recording') {
  return db
    .select()
    .from(customerConsents)
    .where(and(eq(customerConsents.customer, customer), eq(customerConsents.purpose, purpose)))
    .orderBy(desc(customerConsents.at), desc(customerConsents.id));
}

/** How urgent a ticket is by its category, raised by the customer's class: 1 makes a P3 a P2 (P4). */
export function raisedPriority(priority: string, bump: number): string {
  const order = ['P1', 'P2', 'P3'];
  const at = order.indexOf(priority);
  return at < 0 ? priority : order[Math.max(0, at - bump)]!;
}
