import { eq, inArray, sql } from 'drizzle-orm';
import type { Actor, Process, TicketStart } from '@duban/contracts';
import type { Executor } from './connection';
import { steps, ticketLinks, tickets } from './schema';
import { searchText } from './search';
import { ticketNumber } from './serials';

export type TicketRow = typeof tickets.$inferSelect;

/** What a `start` step's command keeps of `TicketStart` until the start is delivered. */
export type StartExtras = Pick<
  TicketStart,
  | 'handler'
  | 'origin'
  | 'resume'
  | 'application'
  | 'acceptance'
  | 'emergency'
  | 'fault'
  | 'announcement'
  | 'revisit'
  | 'check'
>;

/** The intake's step exists already: the same request came before. The transaction must be rolled back (G3: no gap). */
export class StepExists extends Error {
  constructor(readonly step: string) {
    super(`step ${step} exists`);
    this.name = 'StepExists';
  }
}

export interface NewTicket {
  /** Id of the `start` step: made from actor, route and Idempotency-Key, so a repeated intake finds its ticket. */
  stepId: string;
  /** Digest of the request's body; null where no caller can repeat it. */
  bodyHash: string | null;
  actor: Actor;
  origin: 'api' | 'client';
  process: Process;
  type: string;
  category: string;
  group: string | null;
  priority: string;
  customer: { id: string; phone: string | null };
  channel: string;
  subject: string;
  content: string;
  /** Everything else of the intake form. */
  form: Record<string, unknown>;
  policy: { id: string; version: number };
  /** What the start carries beside the intake itself. */
  extras?: StartExtras;
  /** When it was taken; the database's clock when absent. */
  at?: Date;
  trace?: string;
}

/**
 * Writes a ticket with its gap-free number and its pending `start` step (G3; design 1). Call it last in the intake
 * transaction: the next intake of the day waits for it.
 * @returns the ticket's number
 * @throws StepExists when the same request was taken before; roll back, then answer with that step's ticket
 */
export async function createTicket(tx: Executor, ticket: NewTicket): Promise<string> {
  const at = ticket.at ?? (await databaseTime(tx));
  const number = await ticketNumber(tx, at);
  await tx.insert(tickets).values({
    number,
    process: ticket.process,
    type: ticket.type,
    category: ticket.category,
    group: ticket.group,
    priority: ticket.priority,
    customer: ticket.customer.id,
    channel: ticket.channel,
    subject: ticket.subject,
    content: ticket.content,
    form: ticket.form,
    createdBy: ticket.actor.id,
    createdAt: at,
    policy: ticket.policy.id,
    policyVersion: ticket.policy.version,
    search: searchText({ number, phone: ticket.customer.phone, texts: [ticket.subject, ticket.content] }),
  });
  const written = await tx
    .insert(steps)
    .values({
      id: ticket.stepId,
      ticket: number,
      step: 'start',
      actor: ticket.actor,
      actorId: ticket.actor.id,
      origin: ticket.origin,
      command: ticket.extras ?? {},
      bodyHash: ticket.bodyHash,
      takenAt: at,
      trace: ticket.trace,
    })
    .onConflictDoNothing({ target: steps.id })
    .returning({ id: steps.id });
  if (!written.length) throw new StepExists(ticket.stepId);
  return number;
}

/** Several tickets by number, in no order; those that are not there are left out. */
export async function findTickets(db: Executor, numbers: string[]): Promise<TicketRow[]> {
  return db.select().from(tickets).where(inArray(tickets.number, numbers));
}

/** Links two tickets, one row a direction; `key` stands on the first one's row and makes the link unique. */
export async function linkTickets(
  tx: Executor,
  link: { ticket: string; other: string; kind: string; inverse: string; key?: string },
): Promise<void> {
  await tx
    .insert(ticketLinks)
    .values([
      { ticket: link.ticket, other: link.other, kind: link.kind, key: link.key },
      { ticket: link.other, other: link.ticket, kind: link.inverse },
    ])
    .onConflictDoNothing();
}

/** The ticket that was made for this link key, or undefined. */
export async function linkOf(tx: Executor, key: string): Promise<string | undefined> {
  const rows = await tx.select({ other: ticketLinks.other }).from(ticketLinks).where(eq(ticketLinks.key, key));
  return rows[0]?.other;
}

/** One ticket's row, or undefined. */
export async function findTicket(tx: Executor, number: string): Promise<TicketRow | undefined> {
  return (await tx.select().from(tickets).where(eq(tickets.number, number)))[0];
}

/** Now, by the database's clock: the one clock that every replica of every service shares. */
export async function databaseTime(tx: Executor): Promise<Date> {
  const [row] = await tx.execute<{ ms: string }>(sql`select extract(epoch from clock_timestamp()) * 1000 as ms`);
  return new Date(Math.floor(Number(row!.ms)));
}
