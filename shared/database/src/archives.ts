import { createHash } from 'node:crypto';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Db, Executor } from './connection';
import * as tables from './schema';

const { archives, purgeCertificates } = tables;
export type ArchivePart = typeof archives.$inferSelect;

/** JSON with sorted keys and no white space: the same content is always the same bytes. Instants are ISO 8601 in UTC. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** SHA-256 of exactly these bytes, in hex. */
export const sha256Of = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

/**
 * All that is kept of one ticket besides Temporal's history (G14): its material and customer as of now, timeline,
 * steps and what departments stored, survey, links, messages, and who was chosen why.
 * @throws when the ticket does not exist
 */
export async function readRecord(tx: Executor, number: string) {
  const { tickets, customers, timeline, steps, materials, ticketLinks, claims, notifications, deliveries } = tables;
  const { id, name, type, size, sha256, uploadedBy, uploadedAt } = tables.files;
  const [row] = await tx
    .select({ ticket: tickets, customer: customers })
    .from(tickets)
    .innerJoin(customers, eq(customers.id, tickets.customer))
    .where(eq(tickets.number, number));
  if (!row) throw new Error(`ticket ${number} does not exist`);
  const taken = await tx.select().from(steps).where(eq(steps.ticket, number)).orderBy(asc(steps.seq));
  const events = tx.select().from(timeline).where(eq(timeline.ticket, number));
  const stored = tx.select().from(materials).where(eq(materials.ticket, number));
  // Their digests: the bytes stay in the file store.
  const attached = tx.select({ id, name, type, size, sha256, uploadedBy, uploadedAt }).from(tables.files);
  const linked = tx.select().from(ticketLinks).where(eq(ticketLinks.ticket, number));
  const claimed = tx.select().from(claims).where(eq(claims.ticket, number));
  const told = tx.select().from(notifications).where(eq(notifications.ticket, number));
  const sent = tx.select().from(deliveries).where(eq(deliveries.ticket, number));
  return {
    ...row,
    timeline: await events.orderBy(asc(timeline.revision), asc(timeline.index)),
    steps: taken,
    survey: taken.find((step) => step.step === 'submit-survey' && step.state === 'applied') ?? null,
    materials: await stored.orderBy(asc(materials.id)),
    files: await attached.where(eq(tables.files.ticket, number)).orderBy(asc(id)),
    links: await linked.orderBy(asc(ticketLinks.other), asc(ticketLinks.kind)),
    claims: await claimed.orderBy(asc(claims.key)),
    notifications: await told.orderBy(asc(notifications.key)),
    deliveries: await sent.orderBy(asc(deliveries.key)),
    ...(await readExchanges(tx, number)),
  };
}

/** What was said: conversations with their messages, and calls; without the customer's chat token. */
async function readExchanges(tx: Executor, number: string) {
  const { calls, conversations, files, messages } = tables;
  const talks = await tx
    .select()
    .from(conversations)
    .where(eq(conversations.ticket, number))
    .orderBy(asc(conversations.id));
  const said = await tx
    .select({ message: messages })
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversation))
    .where(eq(conversations.ticket, number))
    .orderBy(asc(messages.id));
  // Their digests, as for the ticket's own files.
  const { id, name, type, size, sha256, conversation } = files;
  const attached = await tx
    .select({ id, name, type, size, sha256, conversation })
    .from(files)
    .innerJoin(conversations, eq(conversations.id, conversation))
    .where(eq(conversations.ticket, number))
    .orderBy(asc(id));
  return {
    conversations: talks.map(({ tokenHash: _, tokenExpiresAt: __, ...talk }) => ({
      ...talk,
      messages: said.map(({ message }) => message).filter((message) => message.conversation === talk.id),
      files: attached.filter((file) => file.conversation === talk.id),
    })),
    calls: await tx.select().from(calls).where(eq(calls.ticket, number)).orderBy(asc(calls.startedAt), asc(calls.id)),
  };
}

/**
 * Adds a part to a ticket's archive; from then on no one can change it. A part that is there already stays.
 * @returns the digest of the part that is there now
 */
export async function addArchivePart(
  tx: Executor,
  part: Pick<ArchivePart, 'ticket' | 'part' | 'process' | 'retainUntil'> & { legalHold?: boolean; content: unknown },
): Promise<string> {
  const { content, ...columns } = part;
  const body = Buffer.from(canonicalJson(content), 'utf8');
  const sha256 = sha256Of(body);
  const [added] = await tx
    .insert(archives)
    .values({ ...columns, body, sha256 })
    .onConflictDoNothing()
    .returning({ sha256: archives.sha256 });
  return (added ?? (await findArchivePart(tx, part.ticket, part.part)))!.sha256;
}

/** One part with its bytes, or undefined. */
export async function findArchivePart(tx: Executor, ticket: string, part: number): Promise<ArchivePart | undefined> {
  return (
    await tx
      .select()
      .from(archives)
      .where(and(eq(archives.ticket, ticket), eq(archives.part, part)))
  )[0];
}

/** The digest of one part, or undefined; without reading its bytes. */
export async function archiveDigest(tx: Executor, ticket: string, part: number): Promise<string | undefined> {
  const rows = await tx
    .select({ sha256: archives.sha256 })
    .from(archives)
    .where(and(eq(archives.ticket, ticket), eq(archives.part, part)));
  return rows[0]?.sha256;
}

export interface ReadArchivePart {
  part: number;
  sha256: string;
  /** Whether the bytes still have that digest. */
  intact: boolean;
  retainUntil: Date;
  legalHold: boolean;
  content: unknown;
}

/** A ticket's archive, every digest computed anew; empty when there is none (G14). */
export async function readArchive(tx: Executor, ticket: string): Promise<ReadArchivePart[]> {
  const parts = await tx.select().from(archives).where(eq(archives.ticket, ticket)).orderBy(asc(archives.part));
  return parts.map(({ part, sha256, retainUntil, legalHold, body }) => {
    const content: unknown = JSON.parse(body.toString('utf8'));
    return { part, sha256, intact: sha256Of(body) === sha256, retainUntil, legalHold, content };
  });
}

/** Archived tickets after `after` whose second part is missing; who was archived before `since` is given up. */
export async function archivesWithoutEnd(db: Db, after: string, since: Date, limit: number): Promise<string[]> {
  const rows = await db
    .select({ ticket: archives.ticket })
    .from(archives)
    .where(
      and(
        eq(archives.part, 1),
        gt(archives.ticket, after),
        gt(archives.createdAt, since),
        sql`not exists (select 1 from archives e where e.ticket = ${archives.ticket} and e.part = 2)`,
      ),
    )
    .orderBy(asc(archives.ticket))
    .limit(limit);
  return rows.map((row) => row.ticket);
}

/**
 * Deletes up to `limit` parts that are past their date and under no legal hold, with a certificate for each. The
 * database itself refuses to delete any other.
 * @returns how many were deleted
 */
export async function purgeArchives(db: Db, limit: number): Promise<number> {
  const rows = await db.execute(sql`
    with expired as (
      select ticket, part, sha256 from archives
      where retain_until <= now() and not legal_hold
      order by retain_until limit ${limit}
      for update skip locked
    ), certified as (
      insert into ${purgeCertificates} (ticket, part, sha256)
      select ticket, part, sha256 from expired on conflict do nothing
    )
    delete from archives a using expired e where a.ticket = e.ticket and a.part = e.part
    returning a.ticket`);
  return rows.length;
}
