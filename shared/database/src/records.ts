import { and, asc, eq, sql } from 'drizzle-orm';
import type { Executor } from './connection';
import { customerLinks, dailyReports, materials, steps, ticketLinks, tickets, timeline } from './schema';
import type { NewStep } from './steps';

/** A ticket's timeline with the steps behind its entries, oldest first. */
export async function timelineOf(db: Executor, ticket: string) {
  return db
    .select({ entry: timeline, step: { name: steps.step, command: steps.command, material: steps.material } })
    .from(timeline)
    .leftJoin(steps, eq(steps.id, timeline.step))
    .where(eq(timeline.ticket, ticket))
    .orderBy(asc(timeline.revision), asc(timeline.index));
}

/** Steps that were written but not settled yet, in order. */
export async function waitingSteps(db: Executor, ticket: string) {
  return db
    .select({ id: steps.id, step: steps.step, actorId: steps.actorId, state: steps.state, takenAt: steps.takenAt })
    .from(steps)
    .where(and(eq(steps.ticket, ticket), sql`${steps.state} in ('pending', 'sent')`))
    .orderBy(asc(steps.seq));
}

export async function findMaterial(db: Executor, ticket: string, id: string) {
  return (
    await db
      .select()
      .from(materials)
      .where(and(eq(materials.ticket, ticket), eq(materials.id, id)))
  )[0];
}

export async function insertMaterial(db: Executor, values: typeof materials.$inferInsert) {
  return (await db.insert(materials).values(values).returning())[0]!;
}

/** The ticket behind a customer's link that has not expired; `tokenHash` is the SHA-256 of the link's secret (G9). */
export async function findCustomerLink(db: Executor, tokenHash: string, purpose: string) {
  return (
    await db
      .select()
      .from(customerLinks)
      .where(
        and(
          eq(customerLinks.tokenHash, tokenHash),
          eq(customerLinks.purpose, purpose),
          sql`${customerLinks.expiresAt} > now()`,
        ),
      )
  )[0];
}

/** Rows of the daily report, by day then process (G15). Days are `YYYY-MM-DD`, both included. */
export async function listDailyReports(db: Executor, from: string, to: string) {
  return db
    .select()
    .from(dailyReports)
    .where(sql`${dailyReports.day} between ${from} and ${to}`)
    .orderBy(asc(dailyReports.day), asc(dailyReports.process), asc(dailyReports.measure));
}

/** Tickets that belong to this one, and whether each is still open. */
export async function linksOf(db: Executor, ticket: string) {
  return db
    .select({ ticket: ticketLinks.other, kind: ticketLinks.kind, open: sql<boolean>`${tickets.closedAt} is null` })
    .from(ticketLinks)
    .innerJoin(tickets, eq(tickets.number, ticketLinks.other))
    .where(eq(ticketLinks.ticket, ticket))
    .orderBy(asc(ticketLinks.other));
}

/**
 * Writes a step that no workflow is left to be asked about, as settled; the ticket's row is locked until the end.
 * @returns false when it was written before
 */
export async function writeSettledStep(tx: Executor, step: NewStep): Promise<boolean> {
  await tx.select({ number: tickets.number }).from(tickets).where(eq(tickets.number, step.ticket)).for('update');
  const now = sql`clock_timestamp()`;
  const written = await tx
    .insert(steps)
    .values({ ...step, actorId: step.actor.id, origin: 'api', state: 'applied', takenAt: now, settledAt: now })
    .onConflictDoNothing({ target: steps.id })
    .returning({ id: steps.id });
  return written.length > 0;
}
