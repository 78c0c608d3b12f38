import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Actor } from '@duban/contracts';
import { assignWaiting } from './assignment';
import type { Db, Executor } from './connection';
import { releaseLeftClaims, wakeRelay } from './projection';
import { claims, serials, steps, tickets, timeline } from './schema';

/** Steps without outcome that nobody has in hand. */
export async function unsettledSteps(db: Db) {
  return db
    .select({ id: steps.id, ticket: steps.ticket, step: steps.step, lastError: steps.lastError })
    .from(steps)
    .where(
      and(
        inArray(steps.state, ['pending', 'sent']),
        sql`(${steps.leaseUntil} is null or ${steps.leaseUntil} <= clock_timestamp())`,
      ),
    )
    .orderBy(steps.seq);
}

/** Makes every unsettled step due now. */
export async function hurrySteps(db: Db): Promise<void> {
  await db
    .update(steps)
    .set({ nextAttemptAt: sql`clock_timestamp()` })
    .where(inArray(steps.state, ['pending', 'sent']));
}

/** Numbers of started tickets that are open, or were closed in the last `closedDays`. Unsettled starts are not started. */
export async function ticketsToCompare(db: Db, closedDays: number): Promise<string[]> {
  const rows = await db.execute<{ number: string }>(sql`
    select number from tickets t
    where started_at is not null
      and (not archived or closed_at > clock_timestamp() - ${closedDays} * interval '1 day')
      and not exists (
        select 1 from steps where ticket = t.number and step = 'start' and state in ('pending', 'sent')
      )
    order by number`);
  return rows.map((row) => row.number);
}

/** Which of these numbers have no ticket. */
export async function missingTickets(db: Db, numbers: string[]): Promise<string[]> {
  const missing: string[] = [];
  for (let i = 0; i < numbers.length; i += 1_000) {
    const batch = numbers.slice(i, i + 1_000);
    const rows = await db.select({ number: tickets.number }).from(tickets).where(inArray(tickets.number, batch));
    const known = new Set(rows.map((row) => row.number));
    missing.push(...batch.filter((number) => !known.has(number)));
  }
  return missing;
}

/** Moves the day's serial up to a number in use. Returns where it stood when it was behind, else null. */
export async function advanceSerial(db: Db, number: string, repair: boolean): Promise<number | null> {
  const series = `ticket:${number.slice(0, 8)}`;
  const wanted = Number(number.slice(8));
  const [row] = await db.select({ last: serials.last }).from(serials).where(eq(serials.series, series));
  const last = row?.last ?? 0;
  if (last >= wanted) return null;
  if (repair)
    await db
      .insert(serials)
      .values({ series, last: wanted })
      .onConflictDoUpdate({ target: serials.series, set: { last: sql`greatest(${serials.last}, ${wanted})` } });
  return last;
}

/** How many different revisions a ticket's timeline has. */
export async function timelineRevisions(db: Executor, ticket: string): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(distinct ${timeline.revision})::int` })
    .from(timeline)
    .where(eq(timeline.ticket, ticket));
  return row!.count;
}

/** Claims that their tickets have moved on from (design 7); with `repair`, released, and the places given away. */
export async function releaseOldClaims(db: Db, repair: boolean): Promise<Array<{ ticket: string; key: string }>> {
  const left = await db.execute<{ ticket: string; key: string }>(sql`
    select c.ticket, c.key from claims c join tickets t on t.number = c.ticket
    where c.released_at is null and (
      t.closed_at is not null
      or c.slot = 'handler' and c.n < (t.snapshot->>'assignment')::int
    )`);
  if (!repair) return [...left];
  for (const ticket of new Set(left.map((claim) => claim.ticket)))
    await db.transaction(async (tx) => {
      const [row] = await tx.select({ snapshot: tickets.snapshot }).from(tickets).where(eq(tickets.number, ticket));
      if (!row?.snapshot || !(await releaseLeftClaims(tx, row.snapshot))) return;
      await assignWaiting(tx);
      await wakeRelay(tx);
    });
  const open = await db.select({ key: claims.key }).from(claims).where(isNull(claims.releasedAt));
  const still = new Set(open.map((claim) => claim.key));
  return left.filter((claim) => !still.has(claim.key));
}

/**
 * Writes an applied step again that only the history still knows; its texts are lost. False when the row is there.
 * `at` is the moment of the step, UTC ms.
 */
export async function writeRebuiltStep(
  tx: Executor,
  step: {
    id: string;
    ticket: string;
    step: string;
    actor: Actor;
    command: Record<string, unknown>;
    revision: number;
    at: number;
  },
): Promise<boolean> {
  const { at, ...row } = step;
  const written = await tx
    .insert(steps)
    .values({
      ...row,
      actorId: step.actor.id,
      origin: 'api',
      state: 'applied',
      takenAt: new Date(at),
      settledAt: new Date(),
    })
    .onConflictDoNothing({ target: steps.id })
    .returning({ id: steps.id });
  return written.length > 0;
}
