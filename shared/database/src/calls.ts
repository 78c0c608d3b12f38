import { randomBytes } from 'node:crypto';
import { type SQL, and, asc, desc, eq, sql } from 'drizzle-orm';
import type { Db, Executor } from './connection';
import { customersAt } from './contacts';
import { consentsOf } from './customer-classes';
import { holdCustomer, matchCustomer } from './customers';
import { callEvents, calls, staff } from './schema';

export type CallRow = typeof calls.$inferSelect;

/** Three rings of five seconds (P3). */
export const THREE_RINGS_MS = 15_000;

/** Channel of `pg_notify`: a call concerns a member of staff (payload: CallNotice as JSON). */
export const callChannel = 'duban_call';

/** What an agent's page hears of a call: ids and a code. */
export interface CallNotice {
  staff: string;
  call: string;
  event: CallEvent['type'];
  customer: string | null;
}

/** One event of a telephone system; they may come twice and in any order. */
export interface CallEvent {
  /** The event's own id: taken in once. */
  id: string;
  type: 'ringing' | 'answered' | 'ended' | 'recording';
  at: Date;
  /** The system's id of the call. */
  call: string;
  direction: 'inbound' | 'outbound';
  /** The customer's number as E.164; null where it was withheld. */
  phone: string | null;
  extension?: string;
  recording?: string;
}

const newCallId = () => `call-${randomBytes(12).toString('hex')}`;

export async function findCall(db: Executor, id: string): Promise<CallRow | undefined> {
  return (await db.select().from(calls).where(eq(calls.id, id)))[0];
}

/** The call, kept as it is until the transaction ends. */
export async function holdCall(tx: Executor, id: string): Promise<CallRow | undefined> {
  return (await tx.select().from(calls).where(eq(calls.id, id)).for('update'))[0];
}

/**
 * Takes one event into the record of its call, whatever came before it (P3). Whoever is rung hears of it at commit,
 * unless the call is over already. An unknown caller who is answered gets a profile (G1).
 * @returns the call, and whether this event was new
 */
export async function takeCallEvent(db: Db, event: CallEvent): Promise<{ call: string; fresh: boolean }> {
  return db.transaction(async (tx) => {
    const [known] = await tx.select({ call: callEvents.call }).from(callEvents).where(eq(callEvents.id, event.id));
    if (known) return { call: known.call, fresh: false };
    // The customer before the call: whoever merges or erases takes their rows in this order, too.
    const customer = await callerOf(tx, event);
    await tx
      .insert(calls)
      .values({
        ...{ id: newCallId(), externalId: event.call, direction: event.direction, phone: event.phone },
        ...{ startedAt: event.at, createdBy: 'telephony' },
      })
      .onConflictDoNothing();
    const [call] = await tx.select().from(calls).where(eq(calls.externalId, event.call)).for('update');
    const { id: _, recording, ...rest } = event;
    const fresh = await tx
      .insert(callEvents)
      .values({ id: event.id, call: call!.id, type: event.type, at: event.at })
      .onConflictDoNothing()
      .returning({ id: callEvents.id });
    if (!fresh.length) return { call: call!.id, fresh: false };
    const agent = event.extension === undefined ? undefined : await staffAt(tx, event.extension);
    const changed: CallRow = { ...call!, ...moments(call!, event) };
    if (!changed.customer && customer) changed.customer = customer;
    if (rest.phone && !changed.phone) changed.phone = rest.phone;
    // Who answered has the call; a ringing that is told late takes it from nobody.
    if (event.extension !== undefined && (event.type === 'answered' || !call!.answeredAt || !call!.extension))
      Object.assign(changed, { extension: event.extension, agent: agent ?? null });
    if (recording !== undefined) Object.assign(changed, await keptRecording(tx, changed.customer, recording));
    changed.answeredInTime = inTime(changed);
    const { id, createdAt: _at, ...values } = changed;
    await tx.update(calls).set(values).where(eq(calls.id, id));
    const over = event.type === 'ringing' && (changed.endedAt || changed.answeredAt);
    const told = event.type === 'ringing' ? agent : changed.agent;
    if (told && !over) await notifyCall(tx, { staff: told, call: id, event: event.type, customer: changed.customer });
    return { call: id, fresh: true };
  });
}

async function callerOf(tx: Parameters<typeof matchCustomer>[0], event: CallEvent): Promise<string | null> {
  if (!event.phone) return null;
  if (event.type === 'answered' && event.direction === 'inbound')
    return (await matchCustomer(tx, { anonymous: true, phone: event.phone })).id;
  const [id] = await customersAt(tx, [event.phone]);
  return (id && (await holdCustomer(tx, id))?.id) || null;
}

/** Each moment is the earliest that was told, but the end the latest. */
function moments(call: CallRow, { type, at }: CallEvent): Partial<CallRow> {
  const earliest = (known: Date | null) => (known && known < at ? known : at);
  const startedAt = earliest(call.startedAt);
  switch (type) {
    case 'ringing':
      return { startedAt, ringingAt: earliest(call.ringingAt) };
    case 'answered':
      return { startedAt, answeredAt: earliest(call.answeredAt) };
    case 'ended':
      return { startedAt, endedAt: call.endedAt && call.endedAt > at ? call.endedAt : at };
    case 'recording':
      return { startedAt };
  }
}

function inTime({ direction, ringingAt, answeredAt, endedAt }: CallRow): boolean | null {
  if (direction !== 'inbound' || !ringingAt) return null;
  if (answeredAt) return answeredAt.getTime() - ringingAt.getTime() <= THREE_RINGS_MS;
  return endedAt ? false : null;
}

async function keptRecording(tx: Executor, customer: string | null, recording: string): Promise<Partial<CallRow>> {
  const [latest] = customer ? await consentsOf(tx, customer) : [];
  return latest && !latest.given ? { recording: null, recordingWithheld: true } : { recording };
}

/** A customer refuses to be recorded in this very call: its recording is not referred to any more. */
export async function withholdRecording(tx: Executor, call: string): Promise<void> {
  await tx.update(calls).set({ recording: null, recordingWithheld: true }).where(eq(calls.id, call));
}

/** Whose telephone this is; of several, somebody on duty. */
async function staffAt(tx: Executor, extension: string): Promise<string | undefined> {
  const rows = await tx
    .select({ id: staff.id })
    .from(staff)
    .where(and(eq(staff.extension, extension), eq(staff.active, true)))
    .orderBy(desc(staff.onDuty), asc(staff.id))
    .limit(1);
  return rows[0]?.id;
}

async function notifyCall(tx: Executor, notice: CallNotice): Promise<void> {
  await tx.execute(sql`select pg_notify(${callChannel}, ${JSON.stringify(notice)})`);
}

export type ManualCall = Pick<CallRow, 'direction' | 'phone' | 'agent' | 'customer' | 'ticket' | 'startedAt'> &
  Partial<Pick<CallRow, 'answeredAt' | 'endedAt' | 'note' | 'category'>> & { createdBy: string; key: string };

/** Writes down a call by hand (新建通话记录); the same key gives the same record. */
export async function createManualCall(tx: Executor, { key, ...call }: ManualCall): Promise<CallRow> {
  await tx
    .insert(calls)
    .values({ ...call, id: newCallId(), externalId: key })
    .onConflictDoNothing();
  return (await tx.select().from(calls).where(eq(calls.externalId, key)))[0]!;
}

/** What people add to a call: its matter, its customer and its ticket. */
export async function updateCall(
  tx: Executor,
  id: string,
  values: Partial<Pick<CallRow, 'note' | 'category' | 'ticket' | 'customer'>>,
): Promise<CallRow | undefined> {
  return (await tx.update(calls).set(values).where(eq(calls.id, id)).returning())[0];
}

export interface CallFilter {
  agent?: string;
  customer?: string;
  ticket?: string;
  direction?: 'inbound' | 'outbound';
  missed?: boolean;
  from?: Date;
  to?: Date;
  /** Calls before this one, by start and id. */
  after?: { at: string; number: string };
  limit: number;
}

/** Newest first. */
export async function listCalls(db: Executor, filter: CallFilter): Promise<CallRow[]> {
  const { from, to, after } = filter;
  return db
    .select()
    .from(calls)
    .where(
      and(
        filter.agent === undefined ? undefined : eq(calls.agent, filter.agent),
        filter.customer === undefined ? undefined : eq(calls.customer, filter.customer),
        filter.ticket === undefined ? undefined : eq(calls.ticket, filter.ticket),
        filter.direction === undefined ? undefined : eq(calls.direction, filter.direction),
        filter.missed ? sql`${calls.answeredAt} is null and ${calls.endedAt} is not null` : undefined,
        from && sql`${calls.startedAt} >= ${from.toISOString()}::timestamptz`,
        to && sql`${calls.startedAt} < ${to.toISOString()}::timestamptz`,
        after && sql`(${calls.startedAt}, ${calls.id}) < (${after.at}::timestamptz, ${after.number})`,
      ),
    )
    .orderBy(desc(calls.startedAt), desc(calls.id))
    .limit(filter.limit);
}

export interface AnswerCount {
  /** The centre's calendar day, `YYYY-MM-DD`. */
  day: string;
  agent: string | null;
  rung: number;
  answered: number;
  /** Within three rings. */
  inTime: number;
  /** Mean from ringing to answer, ms; null when none was answered. */
  meanAnswerMs: number | null;
}

/** How incoming calls were answered, by day and agent (P3); `from` and `to` are days of `timeZone`, both included. */
export async function answerCounts(
  db: Executor,
  { from, to, timeZone }: { from: string; to: string; timeZone: string },
): Promise<AnswerCount[]> {
  const day: SQL = sql`to_char(${calls.ringingAt} at time zone ${timeZone}, 'YYYY-MM-DD')`;
  const start = (of: string, days: number) => sql`((${of}::date + ${days}::int)::timestamp at time zone ${timeZone})`;
  const rows = await db.execute<Record<string, unknown>>(sql`
    select ${day} as day, ${calls.agent} as agent, count(*)::int as rung,
      count(${calls.answeredAt})::int as answered,
      count(*) filter (where ${calls.answeredInTime} and ${calls.answeredAt} is not null)::int as in_time,
      avg(extract(epoch from ${calls.answeredAt} - ${calls.ringingAt}) * 1000)::float8 as mean_ms
    from ${calls}
    where ${calls.direction} = 'inbound' and ${calls.ringingAt} >= ${start(from, 0)}
      and ${calls.ringingAt} < ${start(to, 1)}
    group by 1, 2 order by 1, 2`);
  return rows.map((row) => ({
    ...{ day: String(row.day), agent: row.agent as string | null, rung: Number(row.rung) },
    ...{ answered: Number(row.answered), inTime: Number(row.in_time) },
    meanAnswerMs: row.mean_ms === null ? null : Math.round(Number(row.mean_ms)),
  }));
}
