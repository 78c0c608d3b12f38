import { and, asc, eq, inArray, ne } from 'drizzle-orm';
import { readRecord } from './archives';
import type { Executor } from './connection';
import { listContacts } from './contacts';
import { consentsOf } from './customer-classes';
import { findCustomer } from './customers';
import { calls, conversations, customerChanges, customers, messages, tickets } from './schema';

/**
 * Everything kept of one person (P4): profile, contacts, consents, each ticket with its steps, material, timeline and
 * messages, calls, and conversations with every message. Undefined when there is no such customer.
 */
export async function readPerson(db: Executor, id: string) {
  const profile = await findCustomer(db, id);
  if (!profile) return undefined;
  const theirs = await db
    .select({ number: tickets.number })
    .from(tickets)
    // How an agent's work was judged is about staff.
    .where(and(eq(tickets.customer, id), ne(tickets.process, 'quality-check')))
    .orderBy(asc(tickets.number));
  const records = [];
  for (const { number } of theirs) {
    // The customer and what was said stand once, beside the tickets; dispatch's columns are about staff.
    const {
      customer: _,
      claims: __,
      notifications: ___,
      conversations: ____,
      calls: _____,
      ...record
    } = await readRecord(db, number);
    records.push({ ...record, links: record.links.filter(({ kind }) => kind !== 'checked-by') });
  }
  const talks = await db
    .select()
    .from(conversations)
    .where(eq(conversations.customer, id))
    .orderBy(asc(conversations.createdAt));
  const ids = talks.map((talk) => talk.id);
  const said = ids.length
    ? await db.select().from(messages).where(inArray(messages.conversation, ids)).orderBy(asc(messages.id))
    : [];
  const merged = await db.select({ id: customers.id }).from(customers).where(eq(customers.mergedInto, id));
  return {
    profile,
    merged: merged.map((row) => row.id),
    contacts: await listContacts(db, id),
    consents: await consentsOf(db, id),
    changes: await db
      .select()
      .from(customerChanges)
      .where(eq(customerChanges.customer, id))
      .orderBy(asc(customerChanges.at)),
    tickets: records,
    calls: await db.select().from(calls).where(eq(calls.customer, id)).orderBy(asc(calls.startedAt)),
    conversations: talks.map(({ tokenHash: _, tokenExpiresAt: __, ...talk }) => ({
      ...talk,
      messages: said.filter((message) => message.conversation === talk.id),
    })),
  };
}
