import { type SQL, and, asc, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { Actor, FaultCause, Snapshot, StepAnswer } from '@duban/contracts';
import type { Db, Executor } from './connection';
import { internalCustomer } from './internal-customer';
import { activePolicy } from './policies';
import { categories, faultAnnouncements, faultAttachments, faultScopes, steps, tickets, timeline } from './schema';
import { createTicket } from './tickets';
import { textArray } from './visibility';

export type FaultScope = typeof faultScopes.$inferSelect;
export type FaultAnnouncement = typeof faultAnnouncements.$inferSelect;
/** Channel of `pg_notify`: an announcement was published, changed or ended (payload: `FaultNotice`). */
export const faultChannel = 'duban_fault';
export interface FaultNotice {
  announcement: string;
  event: 'published' | 'changed' | 'ended';
}

/** The category of every fault announcement; made with the first one. */
export const FAULT_ANNOUNCEMENTS = 'fault-announcement';

/** Held shared by intakes that look for an announcement, alone by whoever publishes one: nobody falls in between. */
const MATCHING = sql`hashtext('duban.faults')`;

export async function listFaultScopes(db: Executor): Promise<FaultScope[]> {
  return db.select().from(faultScopes).orderBy(asc(faultScopes.kind), asc(faultScopes.id));
}

/** Creates or changes an area or a service; ids never change. */
export async function putFaultScope(db: Executor, values: FaultScope): Promise<void> {
  const { kind: _, id: __, ...rest } = values;
  await db
    .insert(faultScopes)
    .values(values)
    .onConflictDoUpdate({ target: [faultScopes.kind, faultScopes.id], set: rest });
}

/** Those of the ids that are areas, or services, in use. */
export async function knownScopes(db: Executor, kind: FaultScope['kind'], ids: string[]): Promise<Set<string>> {
  if (!ids.length) return new Set();
  const rows = await db
    .select({ id: faultScopes.id })
    .from(faultScopes)
    .where(and(eq(faultScopes.kind, kind), inArray(faultScopes.id, ids), eq(faultScopes.active, true)));
  return new Set(rows.map(({ id }) => id));
}

export interface NewFaultAnnouncement {
  stepId: string;
  bodyHash: string;
  actor: Actor;
  title: string;
  areas: string[];
  services: string[];
  causeKind: FaultCause;
  cause: string;
  progress: string;
  expectedAt: Date | null;
  priority: string;
  departments: string[];
  trace: string;
}

/**
 * Publishes a fault (F2): a ticket of the centre's own with its words, and every agent hears of it at commit.
 * @returns its number; undefined without a policy in force
 * @throws StepExists when the same request came before; roll back, then answer with that step's ticket
 */
export async function publishFault(tx: Executor, fault: NewFaultAnnouncement): Promise<string | undefined> {
  await tx.execute(sql`select pg_advisory_xact_lock(${MATCHING})`);
  const policy = await activePolicy(tx);
  if (!policy) return undefined;
  const { stepId, bodyHash, actor, trace, title, departments, priority, ...said } = fault;
  await tx
    .insert(categories)
    .values({
      ...{ id: FAULT_ANNOUNCEMENTS, process: 'fault-announcement', nameZh: '故障公告', nameEn: 'Fault announcement' },
      ...{ priority: 'P1' },
    })
    .onConflictDoNothing();
  const customer = await internalCustomer(tx);
  const announcement = {
    departments,
    ...(said.expectedAt === null ? {} : { expectedAt: said.expectedAt.getTime() }),
  };
  const number = await createTicket(tx, {
    ...{ stepId, bodyHash, actor, origin: 'api', process: 'fault-announcement', type: 'outage', channel: 'web', trace },
    ...{ category: FAULT_ANNOUNCEMENTS, group: null, priority, customer, subject: title, content: said.cause },
    form: { areas: said.areas, services: said.services, causeKind: said.causeKind, progress: said.progress },
    policy: { id: policy.id, version: policy.version },
    extras: { announcement },
  });
  await tx.insert(faultAnnouncements).values({ ticket: number, ...said, publishedBy: actor.id });
  await notice(tx, { announcement: number, event: 'published' });
  return number;
}

async function notice(tx: Executor, told: FaultNotice): Promise<void> {
  await tx.execute(sql`select pg_notify(${faultChannel}, ${JSON.stringify(told)})`);
}

/** What an announcement says, with its headline and how many reports belong to it. */
const shown = {
  announcement: faultAnnouncements,
  title: tickets.subject,
  priority: tickets.priority,
  callers: sql<number>`(select count(*)::int from fault_attachments a where a.announcement = ${tickets.number})`,
};
export type ShownFault = FaultAnnouncement & { title: string; priority: string; callers: number };

async function read(db: Executor, where: SQL | undefined, limit: number): Promise<ShownFault[]> {
  const rows = await db
    .select(shown)
    .from(faultAnnouncements)
    .innerJoin(tickets, eq(tickets.number, faultAnnouncements.ticket))
    .where(where)
    .orderBy(desc(faultAnnouncements.publishedAt), desc(faultAnnouncements.ticket))
    .limit(limit);
  return rows.map(({ announcement, ...more }) => ({ ...announcement, ...more }));
}

export interface FaultFilter {
  open?: boolean;
  area?: string;
  service?: string;
  after?: { at: string; number: string };
  limit: number;
}

/** Newest first. */
export async function listFaults(db: Executor, filter: FaultFilter): Promise<ShownFault[]> {
  const { state, areas, services, publishedAt, ticket } = faultAnnouncements;
  const where = and(
    filter.open ? eq(state, 'open') : undefined,
    filter.area === undefined ? undefined : sql`${areas} @> ${textArray([filter.area])}`,
    filter.service === undefined ? undefined : sql`${services} @> ${textArray([filter.service])}`,
    filter.after && sql`(${publishedAt}, ${ticket}) < (${filter.after.at}::timestamptz, ${filter.after.number})`,
  );
  return read(db, where, filter.limit);
}

export async function findFault(db: Executor, number: string): Promise<ShownFault | undefined> {
  return (await read(db, eq(faultAnnouncements.ticket, number), 1))[0];
}

/** The newest open announcement that covers this area and service (F1). */
export async function matchFault(db: Executor, at: { area: string; service: string }): Promise<ShownFault | undefined> {
  return (await listFaults(db, { ...at, open: true, limit: 1 }))[0];
}

/**
 * The same for an intake, which then belongs to it: the announcement cannot end, and no other can be published, before
 * the intake's transaction has.
 */
export async function holdMatchingFault(
  tx: Executor,
  at: { area: string; service: string },
): Promise<string | undefined> {
  await tx.execute(sql`select pg_advisory_xact_lock_shared(${MATCHING})`);
  const { ticket, state, areas, services, publishedAt } = faultAnnouncements;
  const [row] = await tx
    .select({ ticket })
    .from(faultAnnouncements)
    .where(
      and(eq(state, 'open'), sql`${areas} @> ${textArray([at.area])}`, sql`${services} @> ${textArray([at.service])}`),
    )
    .orderBy(desc(publishedAt), desc(ticket))
    .limit(1)
    .for('share');
  return row?.ticket;
}

/** The announcement that a report belongs or last belonged to. */
export async function faultOf(db: Executor, ticket: string): Promise<ShownFault | undefined> {
  const [row] = await db
    .select({ announcement: faultAttachments.announcement })
    .from(faultAttachments)
    .where(eq(faultAttachments.ticket, ticket))
    .orderBy(desc(faultAttachments.at))
    .limit(1);
  return row && findFault(db, row.announcement);
}

/** The report belongs to the announcement; again, nothing more happens. */
export async function attachToFault(
  tx: Executor,
  values: { announcement: string; ticket: string; how: 'intake' | 'adopted' },
): Promise<void> {
  await tx.insert(faultAttachments).values(values).onConflictDoNothing();
}

/**
 * Brings an announcement up to what its workflow answered, in the same transaction: progress, promise and end; every
 * agent hears of it at commit. Answers may come out of order: the timeline knows which words are the last.
 */
export async function showFault(
  tx: Executor,
  { ticket, snapshot, changes }: Pick<StepAnswer, 'snapshot' | 'changes'> & { ticket: string },
): Promise<void> {
  const updated = changes.some(({ kind, data }) => kind === 'step' && data?.step === 'update-fault');
  const own = eq(faultAnnouncements.ticket, ticket);
  const progress = updated ? await lastProgress(tx, ticket) : undefined;
  if (progress !== undefined)
    await tx
      .update(faultAnnouncements)
      .set({ progress, updatedAt: sql`clock_timestamp()` })
      .where(own);
  const expected = snapshot.facts.expectedAt;
  const state = stateOf(snapshot);
  const ended = state !== 'open';
  const changed = await tx
    .update(faultAnnouncements)
    .set({
      state,
      revision: snapshot.revision,
      expectedAt: typeof expected === 'number' ? new Date(expected) : null,
      ...(ended ? { endedAt: sql`coalesce(${faultAnnouncements.endedAt}, clock_timestamp())` } : {}),
    })
    .where(and(own, lt(faultAnnouncements.revision, snapshot.revision)))
    .returning({ ticket: faultAnnouncements.ticket });
  if (updated || (changed.length && ended))
    await notice(tx, { announcement: ticket, event: ended ? 'ended' : 'changed' });
}

async function lastProgress(tx: Executor, ticket: string): Promise<string | undefined> {
  const [row] = await tx
    .select({ material: steps.material })
    .from(timeline)
    .innerJoin(steps, eq(steps.id, timeline.step))
    .where(and(eq(timeline.ticket, ticket), eq(timeline.kind, 'step'), eq(steps.step, 'update-fault')))
    .orderBy(desc(timeline.revision), desc(timeline.index))
    .limit(1);
  return (row?.material as { progress?: string } | undefined)?.progress;
}

const stateOf = ({ closedAt, outcome }: Snapshot): FaultAnnouncement['state'] =>
  closedAt === null ? 'open' : outcome === 'cancelled' ? 'cancelled' : 'over';

/** It ends for whoever is taken in from now on: nobody is attached any more. Again, nothing more happens. */
export async function closeFault(db: Executor, number: string, state: 'over' | 'cancelled'): Promise<void> {
  await db
    .update(faultAnnouncements)
    .set({ state, endedAt: sql`coalesce(${faultAnnouncements.endedAt}, clock_timestamp())` })
    .where(and(eq(faultAnnouncements.ticket, number), eq(faultAnnouncements.state, 'open')));
}

/** A report as news is passed on to it. */
export interface Attached {
  ticket: string;
  started: boolean;
}

/** Reports that wait for this announcement, in order of their numbers; those not started yet count, too. */
export async function attachedAfter(db: Db, announcement: string, after: string, limit: number): Promise<Attached[]> {
  const waits = sql`(${tickets.revision} = 0 or ${tickets.snapshot}->'facts'->>'announcement' = ${announcement})`;
  return db
    .select({ ticket: tickets.number, started: sql<boolean>`${tickets.revision} > 0` })
    .from(faultAttachments)
    .innerJoin(tickets, eq(tickets.number, faultAttachments.ticket))
    .where(
      and(
        eq(faultAttachments.announcement, announcement),
        sql`${faultAttachments.ticket} > ${after}`,
        isNull(tickets.closedAt),
        waits,
      ),
    )
    .orderBy(asc(faultAttachments.ticket))
    .limit(limit);
}

/**
 * Open reports that this announcement covers and no other does, and that nobody has visited (F3), in order of their
 * numbers. Their workflows decide.
 */
export async function adoptableAfter(db: Db, announcement: string, after: string, limit: number): Promise<Attached[]> {
  const [fault] = await db.select().from(faultAnnouncements).where(eq(faultAnnouncements.ticket, announcement));
  if (fault?.state !== 'open') return [];
  const facts = sql`${tickets.snapshot}->'facts'`;
  return db
    .select({ ticket: tickets.number, started: sql<boolean>`${tickets.revision} > 0` })
    .from(tickets)
    .where(
      and(
        eq(tickets.process, 'fault'),
        isNull(tickets.closedAt),
        sql`${tickets.number} > ${after}`,
        sql`${tickets.form}->>'area' = any(${textArray(fault.areas)})`,
        sql`${tickets.form}->>'service' = any(${textArray(fault.services)})`,
        sql`${facts}->>'announcement' is null and ${facts}->>'visits' is null
          and coalesce(${facts}->>'diagnosis', 'dispatch') = 'dispatch'`,
        sql`not (${tickets.revision} = 0 and exists (select 1 from fault_attachments a where a.ticket = ${tickets.number}))`,
      ),
    )
    .orderBy(asc(tickets.number))
    .limit(limit);
}

/** Reports of an announcement as a list, newest first. */
export async function callersOf(
  db: Executor,
  announcement: string,
  page: { after?: { at: string; number: string }; limit: number },
) {
  const { ticket, at, how } = faultAttachments;
  return db
    .select({ ticket, at, how, status: tickets.status, stage: tickets.stage, closedAt: tickets.closedAt })
    .from(faultAttachments)
    .innerJoin(tickets, eq(tickets.number, ticket))
    .where(
      and(
        eq(faultAttachments.announcement, announcement),
        page.after && sql`(${at}, ${ticket}) < (${page.after.at}::timestamptz, ${page.after.number})`,
      ),
    )
    .orderBy(desc(at), desc(ticket))
    .limit(page.limit);
}

/** Cause and progress of announcements, for the messages that carry them. */
export async function faultWords(db: Executor, ids: string[]): Promise<Map<string, FaultAnnouncement>> {
  if (!ids.length) return new Map();
  const rows = await db.select().from(faultAnnouncements).where(inArray(faultAnnouncements.ticket, ids));
  return new Map(rows.map((row) => [row.ticket, row]));
}
