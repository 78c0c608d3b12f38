import { type SQL, and, asc, eq, inArray, isNull, ne, not, or, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { canonicalJson, sha256Of } from './archives';
import { writeAudit } from './audit';
import type { Db, Executor } from './connection';
import { listContacts } from './contacts';
import { type Trace, findTraces } from './erasure-scan';
import { INTERNAL_CUSTOMER } from './internal-customer';
import { blankProfile } from './merging';
import * as tables from './schema';

const { files, fileExports, knowledgeProposals } = tables;
const { archives, archiveBlocks, calls, conversations, customerChanges, customerConsents, customerContacts } = tables;
const { customerLinks, customers, erasureCertificates, materials, messages, purgeCertificates, steps, tickets } =
  tables;

export type ErasureCertificate = typeof erasureCertificates.$inferSelect;

/** Why a person cannot be erased now; nothing was changed. */
export class ErasureRefused extends Error {
  constructor(
    readonly code: 'open-tickets' | 'open-conversations' | 'not-living' | 'data-left',
    readonly detail: { tickets?: string[]; conversations?: string[]; remains?: Trace[] } = {},
  ) {
    super(code);
    this.name = 'ErasureRefused';
  }
}

interface Subject {
  customer: string;
  tickets: string[];
  /** Those whose archive the retention duty keeps: their files are part of it. */
  kept: string[];
}

/** One table family's part: blanks or deletes what it holds of the person, and says how many rows. */
type Eraser = (tx: Executor, subject: Subject) => Promise<number>;

const byTicket =
  (table: PgTable, column: PgColumn, values?: Record<string, unknown>): Eraser =>
  async (tx, { tickets: numbers }) => {
    if (!numbers.length) return 0;
    const theirs = inArray(column, numbers);
    const rows = values
      ? await tx.update(table).set(values).where(theirs).returning({ of: column })
      : await tx.delete(table).where(theirs).returning({ of: column });
    return rows.length;
  };
const byCustomer =
  (table: PgTable, column: PgColumn, values?: Record<string, unknown>): Eraser =>
  async (tx, { customer }) => {
    const rows = values
      ? await tx.update(table).set(values).where(eq(column, customer)).returning({ of: column })
      : await tx.delete(table).where(eq(column, customer)).returning({ of: column });
    return rows.length;
  };

/**
 * What is erased where; a new table that holds a person's data or words gets its line here. One that was forgotten is
 * found by the scan, and the erasure is refused.
 */
const erasers: Record<string, Eraser> = {
  customer_contacts: byCustomer(customerContacts, customerContacts.customer),
  customer_changes: byCustomer(customerChanges, customerChanges.customer),
  customer_consents: byCustomer(customerConsents, customerConsents.customer),
  tickets: async (tx, { tickets: numbers }) => {
    if (!numbers.length) return 0;
    const blank = { subject: '', content: '', form: {}, search: sql`${tickets.number}` };
    const rows = await tx
      .update(tickets)
      .set(blank)
      .where(inArray(tickets.number, numbers))
      .returning({ of: tickets.number });
    return rows.length;
  },
  // A digest of what was said could be guessed from a telephone number.
  steps: byTicket(steps, steps.ticket, { material: {}, bodyHash: null, lastError: null }),
  materials: byTicket(materials, materials.ticket, { body: {}, sha256: '' }),
  customer_links: byTicket(customerLinks, customerLinks.ticket),
  calls: byCustomer(calls, calls.customer, { phone: null, recording: null, note: null, externalId: null }),
  messages: async (tx, { customer }) => {
    const theirs = tx.select({ id: conversations.id }).from(conversations).where(eq(conversations.customer, customer));
    const blank = { text: '', subject: null, attachments: [], key: null, mailId: null, address: null };
    const rows = await tx
      .update(messages)
      .set({ ...blank, state: sql`case when ${messages.state} = 'sent' then 'sent' else null end` })
      .where(inArray(messages.conversation, theirs))
      .returning({ of: messages.id });
    return rows.length;
  },
  conversations: byCustomer(conversations, conversations.customer, {
    ...{ subject: null, tokenHash: null, tokenExpiresAt: null },
  }),
  // Bytes without a row go with the next sweep; an archive's stay with it, nameless, for the auditor.
  files: async (tx, { customer, tickets: numbers, kept }) => {
    const talks = (belong?: SQL) =>
      tx
        .select({ id: conversations.id })
        .from(conversations)
        .where(and(eq(conversations.customer, customer), belong));
    const inArchive = kept.length ? inArray(conversations.ticket, kept) : sql`false`;
    const outside = or(isNull(conversations.ticket), not(inArchive));
    const gone = numbers.filter((number) => !kept.includes(number));
    const deleted = await tx
      .delete(files)
      .where(or(inArray(files.conversation, talks(outside)), gone.length ? inArray(files.ticket, gone) : undefined))
      .returning({ id: files.id });
    const blanked = await tx
      .update(files)
      .set({ name: sql`${files.id}` })
      .where(or(inArray(files.conversation, talks(inArchive)), kept.length ? inArray(files.ticket, kept) : undefined))
      .returning({ id: files.id });
    return deleted.length + blanked.length;
  },
  knowledge_proposals: byTicket(knowledgeProposals, knowledgeProposals.ticket),
  // Whom a made file names cannot be seen from outside: whoever wants it asks for it again.
  exports: async (tx) => (await tx.delete(fileExports).returning({ id: fileExports.id })).length,
};

/**
 * Erases a person (P4): what the retention duty keeps is blocked, everything else is blanked or deleted, and all text
 * of the database is looked through for their name, numbers and addresses, in one transaction. `keepRemains` lets
 * traces stand that a person has looked at: somebody else may have the same name.
 * @returns the certificate; the same erasure again returns the first one
 * @throws ErasureRefused while a ticket or conversation is open, or where traces are left
 */
export async function eraseCustomer(
  db: Db,
  wish: { customer: string; reason: string; actor: string; keepRemains: boolean; trace?: string },
): Promise<ErasureCertificate> {
  const { customer: id, reason, actor, trace } = wish;
  return db.transaction(async (tx) => {
    const [person] = await tx.select().from(customers).where(eq(customers.id, id)).for('update');
    if (person?.erasedAt) return (await findErasure(tx, id))!;
    if (!person || person.mergedInto || id === INTERNAL_CUSTOMER) throw new ErasureRefused('not-living');
    const contacts = await listContacts(tx, id);
    const values = [...contacts.map(({ value }) => value), person.phone, person.email].filter((v) => v !== null);
    const numbers = await endedTickets(tx, id);
    await refuseOpenConversations(tx, id);
    const kept = await blockArchives(tx, id, numbers);
    const subject = { customer: id, tickets: numbers, kept: kept.map(({ ticket }) => ticket) };
    const erased: Record<string, number> = {};
    for (const [name, erase] of Object.entries(erasers)) erased[name] = await erase(tx, subject);
    await tx
      .update(customers)
      .set({ ...blankProfile, class: 'normal', locale: 'zh', anonymous: true, erasedAt: sql`clock_timestamp()` })
      .where(eq(customers.id, id));
    erased.customers = 1;
    const { columns, traces } = await findTraces(tx, { name: person.name, values });
    if (traces.length && !wish.keepRemains) throw new ErasureRefused('data-left', { remains: traces });
    const certificate = {
      ...{ customer: id, reason, actor, at: new Date(), erased, kept },
      ...{ scannedColumns: columns, remains: traces },
    };
    const sha256 = sha256Of(Buffer.from(canonicalJson(certificate), 'utf8'));
    const [row] = await tx
      .insert(erasureCertificates)
      .values({ ...certificate, sha256 })
      .returning();
    await writeAudit(tx, { actor, action: 'customer:erase', object: id, trace, detail: { reason, sha256 } });
    return row!;
  });
}

export async function findErasure(db: Executor, customer: string): Promise<ErasureCertificate | undefined> {
  return (await db.select().from(erasureCertificates).where(eq(erasureCertificates.customer, customer)))[0];
}

/** Whether this ticket's archive is for the auditor's eyes alone (P4). */
export async function isArchiveBlocked(db: Executor, ticket: string): Promise<boolean> {
  const rows = await db
    .select({ ticket: archiveBlocks.ticket })
    .from(archiveBlocks)
    .where(eq(archiveBlocks.ticket, ticket));
  return rows.length > 0;
}

/** All of a person's tickets; one whose workflow still runs needs their data. */
async function endedTickets(tx: Executor, customer: string): Promise<string[]> {
  const rows = await tx
    .select({ number: tickets.number, archived: tickets.archived })
    .from(tickets)
    .where(eq(tickets.customer, customer))
    .orderBy(asc(tickets.number));
  const open = rows.filter((row) => !row.archived).map((row) => row.number);
  if (open.length) throw new ErasureRefused('open-tickets', { tickets: open });
  return rows.map((row) => row.number);
}

async function refuseOpenConversations(tx: Executor, customer: string): Promise<void> {
  const open = await tx
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.customer, customer), ne(conversations.status, 'closed')))
    .orderBy(asc(conversations.createdAt));
  if (open.length) throw new ErasureRefused('open-conversations', { conversations: open.map((row) => row.id) });
}

/** Archives within their term or under legal hold are blocked; those past it are purged at once, with certificates. */
async function blockArchives(tx: Executor, customer: string, numbers: string[]) {
  if (!numbers.length) return [];
  const { ticket, part, sha256, retainUntil, legalHold } = archives;
  const expired = sql`${retainUntil} <= now() and not ${legalHold}`;
  const purged = await tx
    .delete(archives)
    .where(and(inArray(ticket, numbers), expired))
    .returning({ ticket, part, sha256 });
  if (purged.length) await tx.insert(purgeCertificates).values(purged).onConflictDoNothing();
  const kept = await tx
    .select({ ticket, part, sha256, retainUntil })
    .from(archives)
    .where(inArray(ticket, numbers))
    .orderBy(asc(ticket), asc(part));
  const blocked = [...new Set(kept.map((row) => row.ticket))].map((number) => ({ ticket: number, customer }));
  if (blocked.length) await tx.insert(archiveBlocks).values(blocked).onConflictDoNothing();
  return kept.map((row) => ({ ...row, retainUntil: row.retainUntil.toISOString() }));
}
