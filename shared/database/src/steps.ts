import { type SQL, and, eq, inArray, or, sql } from 'drizzle-orm';
import type { Actor, Change, Refusal, StepAnswer } from '@duban/contracts';
import type { Db, Executor } from './connection';
import { audit, steps, tickets, timeline } from './schema';

export type StepRow = typeof steps.$inferSelect;

/** A step of which an attempt may be made now; nobody else makes one before the lease ends. */
export interface LeasedStep {
  id: string;
  seq: number;
  ticket: string;
  step: string;
  actor: Actor;
  command: Record<string, unknown>;
  seenRevision: number | null;
  trace: string | null;
  /** Which attempt this is, from 1. */
  attempts: number;
  /** Since the person took it, by the database's clock; never negative (design 4). */
  waitedMs: number;
}

export interface NewStep {
  id: string;
  ticket: string;
  step: string;
  actor: Actor;
  command: Record<string, unknown>;
  material: Record<string, unknown>;
  bodyHash: string;
  seenRevision?: number;
  trace?: string;
}

/** Who delivers, and for how long an attempt is theirs alone (design 2). */
export interface Lease {
  owner: string;
  ms: number;
}

const open = inArray(steps.state, ['pending', 'sent']);
const after = (ms: number): SQL => sql`clock_timestamp() + ${ms} * interval '1 ms'`;

/**
 * Writes a step ahead (design 1). The ticket's row is locked first, so the order of `seq` is the order of commits.
 * With `send`, and nothing older unsettled, the step is leased and marked sent at once.
 * @returns the new row (`leased` when the caller may send it now), or the row that has this id already
 */
export async function writeStep(
  db: Db,
  step: NewStep,
  options: { lease: Lease; send: boolean },
): Promise<{ row: StepRow; leased?: LeasedStep } | { existing: StepRow } | null> {
  return db.transaction(async (tx) => {
    // Sent together, done one after the other: what is known is read with the lock held.
    const [[ticket], known] = await Promise.all([
      tx.select({ number: tickets.number }).from(tickets).where(eq(tickets.number, step.ticket)).for('no key update'),
      // Looked up, not left to the insert's conflict: that would wait for whoever settles it, and they for this ticket.
      tx
        .select()
        .from(steps)
        .where(or(eq(steps.id, step.id), and(eq(steps.ticket, step.ticket), open))),
    ]);
    if (!ticket) return null;
    const existing = known.find((row) => row.id === step.id);
    if (existing) return { existing };
    const send = options.send && known.length === 0;
    const [row] = await tx
      .insert(steps)
      .values({
        ...step,
        actorId: step.actor.id,
        origin: 'api',
        takenAt: sql`clock_timestamp()`,
        ...(send
          ? {
              state: 'sent',
              attempts: 1,
              sentAt: sql`clock_timestamp()`,
              leaseOwner: options.lease.owner,
              leaseUntil: after(options.lease.ms),
            }
          : {}),
      })
      .returning();
    return send ? { row: row!, leased: { ...leasable(row!), waitedMs: 0 } } : { row: row! };
  });
}

function leasable(row: StepRow): Omit<LeasedStep, 'waitedMs'> {
  const { id, seq, ticket, step, seenRevision, trace, attempts } = row;
  return {
    ...{ id, seq, ticket, step, seenRevision, trace, attempts },
    actor: row.actor as Actor,
    command: row.command as Record<string, unknown>,
  };
}

/**
 * Leases the ticket's oldest unsettled step for one attempt and marks it sent; for a `start`, the ticket is marked
 * started in the same statement (design 12). Null when there is none up to `throughSeq`, it is not yet due again, or
 * another deliverer has it.
 */
export async function leaseOldest(
  db: Db,
  ticket: string,
  lease: Lease,
  throughSeq?: number,
): Promise<LeasedStep | null> {
  const [row] = await db.execute<Record<string, unknown>>(sql`
    with leased as (
      update steps set
        state = 'sent',
        sent_at = coalesce(sent_at, clock_timestamp()),
        attempts = attempts + 1,
        lease_owner = ${lease.owner},
        lease_until = ${after(lease.ms)}
      where id = (
        select id from steps
        where ticket = ${ticket} and state in ('pending', 'sent') and seq <= ${throughSeq ?? Number.MAX_SAFE_INTEGER}
        order by seq limit 1
      )
      and state in ('pending', 'sent')
      and next_attempt_at <= clock_timestamp()
      and (lease_until is null or lease_until <= clock_timestamp() or lease_owner = ${lease.owner})
      returning id, seq, ticket, step, actor, command, seen_revision, trace, attempts,
        greatest(0, extract(epoch from clock_timestamp() - taken_at) * 1000)::float8 as waited_ms
    ), started as (
      update tickets set started_at = clock_timestamp()
      where started_at is null and number in (select ticket from leased where step = 'start')
    )
    select * from leased`);
  if (!row) return null;
  return {
    id: row.id as string,
    seq: Number(row.seq),
    ticket: row.ticket as string,
    step: row.step as string,
    actor: row.actor as Actor,
    command: row.command as Record<string, unknown>,
    seenRevision: row.seen_revision as number | null,
    trace: row.trace as string | null,
    attempts: row.attempts as number,
    waitedMs: Math.round(row.waited_ms as number),
  };
}

export type Settlement = { state: 'applied'; revision: number | null } | { state: 'refused'; refusal: Refusal };

/**
 * Settles a step for good, by compare-and-set, with its audit row. False when it was settled before: whoever came
 * first is right (design 2).
 */
export async function settleStep(tx: Executor, step: LeasedStep, settlement: Settlement): Promise<boolean> {
  const update = tx
    .update(steps)
    .set({
      state: settlement.state,
      settledAt: sql`clock_timestamp()`,
      leaseUntil: null,
      lastError: null,
      ...(settlement.state === 'applied' ? { revision: settlement.revision } : { refusal: settlement.refusal }),
    })
    .where(and(eq(steps.id, step.id), open))
    .returning({ id: steps.id });
  const detail = settlement.state === 'applied' ? { step: step.id } : { step: step.id, code: settlement.refusal.code };
  const written = await tx.execute(sql`
    with settled as ${update}
    insert into ${audit} (actor, action, object, trace, detail)
    select ${step.actor.id}::text, ${`${step.step}:${settlement.state}`}::text, ${step.ticket}::text,
      ${step.trace}::text, ${JSON.stringify(detail)}::jsonb
    from settled
    returning id`);
  return written.length > 0;
}

/** Keeps the step in hand while an attempt takes longer than the lease. */
export async function renewLease(db: Db, step: LeasedStep, lease: Lease): Promise<void> {
  await db
    .update(steps)
    .set({ leaseUntil: after(lease.ms) })
    .where(and(eq(steps.id, step.id), open, eq(steps.leaseOwner, lease.owner)));
}

/** Gives the step back after an attempt without outcome: the next one follows in 0.5 s, doubling up to 15 s. */
export async function postponeStep(db: Db, step: LeasedStep, lease: Lease, reason: string): Promise<void> {
  const waitMs = Math.min(15_000, 500 * 2 ** Math.min(step.attempts - 1, 10));
  await db
    .update(steps)
    .set({ leaseUntil: null, leaseOwner: null, nextAttemptAt: after(waitMs), lastError: reason.slice(0, 500) })
    .where(and(eq(steps.id, step.id), open, eq(steps.leaseOwner, lease.owner)));
}

/** Takes a step back that was not sent yet; only its own actor may. False when it is too late or not theirs. */
export async function withdrawStep(db: Db, id: string, actor: Actor): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(steps)
      .set({ state: 'withdrawn', settledAt: sql`clock_timestamp()`, leaseUntil: null })
      .where(
        and(eq(steps.id, id), eq(steps.state, 'pending'), eq(steps.actorId, actor.id), sql`${steps.step} <> 'start'`),
      )
      .returning({ ticket: steps.ticket, step: steps.step, trace: steps.trace });
    if (!row) return false;
    await tx.insert(audit).values({
      actor: actor.id,
      action: `${row.step}:withdrawn`,
      object: row.ticket,
      trace: row.trace,
      detail: { step: id },
    });
    return true;
  });
}

/** One step's row, or undefined. */
export async function findStep(tx: Executor, id: string): Promise<StepRow | undefined> {
  return (await tx.select().from(steps).where(eq(steps.id, id)))[0];
}

/** The `start` step of a ticket: the intake itself. */
export async function findStartStep(tx: Executor, ticket: string): Promise<StepRow | undefined> {
  return (
    await tx
      .select()
      .from(steps)
      .where(and(eq(steps.ticket, ticket), eq(steps.step, 'start')))
      .orderBy(steps.seq)
      .limit(1)
  )[0];
}

/**
 * The answer of an applied step, for whoever asks again: what it changed, and the state as it is by now. Null for a
 * `start` whose workflow has published nothing yet.
 */
export async function answerOf(tx: Executor, step: StepRow): Promise<StepAnswer | null> {
  const [ticket] = await tx.select({ snapshot: tickets.snapshot }).from(tickets).where(eq(tickets.number, step.ticket));
  const rows = await tx
    .select()
    .from(timeline)
    .where(and(eq(timeline.ticket, step.ticket), eq(timeline.revision, step.revision ?? 0)))
    .orderBy(timeline.index);
  if (!ticket?.snapshot) return null;
  return {
    revision: step.revision ?? 0,
    snapshot: ticket.snapshot,
    changes: rows.map(({ ticket: _, at, actor, step: by, data, kind, ...place }) => ({
      ...place,
      at: at.getTime(),
      kind: kind as Change['kind'],
      ...(actor === null ? {} : { actor }),
      ...(by === null ? {} : { step: by }),
      ...(data === null ? {} : { data: data as Change['data'] }),
    })),
  };
}

/** Tickets whose oldest unsettled step is due and in nobody's hands, the longest-waiting first. */
export async function dueTickets(db: Db, limit: number): Promise<string[]> {
  const rows = await db.execute<{ ticket: string }>(sql`
    select s.ticket from steps s
    where s.state in ('pending', 'sent')
      and s.next_attempt_at <= clock_timestamp()
      and (s.lease_until is null or s.lease_until <= clock_timestamp())
      and not exists (
        select 1 from steps o where o.ticket = s.ticket and o.seq < s.seq and o.state in ('pending', 'sent')
      )
    order by s.next_attempt_at, s.seq
    limit ${limit}`);
  return rows.map((row) => row.ticket);
}
