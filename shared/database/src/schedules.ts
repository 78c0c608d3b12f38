import { createHash, randomUUID } from 'node:crypto';
import type { Actor, Role } from '@duban/contracts';
import { type SQL, and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { assignWaiting, lockAssignment } from './assignment';
import type { Db, Executor } from './connection';
import { wakeRelay } from './projection';
import { openClaims } from './roster';
import { absences, shiftPatterns, shifts, skills } from './schema';
import { type ShiftPattern, patternSpans, working } from './shift-patterns';
import { writeStep } from './steps';
import { textArray } from './visibility';

export type Shift = typeof shifts.$inferSelect;
export type Absence = typeof absences.$inferSelect;
export type Skill = typeof skills.$inferSelect;

export async function listSkills(db: Executor): Promise<Skill[]> {
  return db.select().from(skills).orderBy(asc(skills.id));
}

/** Creates or renames; ids never change. */
export async function putSkill(db: Executor, values: Skill): Promise<void> {
  const { id: _, ...rest } = values;
  await db.insert(skills).values(values).onConflictDoUpdate({ target: skills.id, set: rest });
}

/** A shift of the plan, or one that a pattern makes; then its id is `pattern:staff:day`. */
export type RosterShift = Shift & { pattern: string | null };
export interface RosterFilter {
  from: Date;
  to: Date;
  staff?: string;
  /** The last shift of the page before. */
  after?: { from: string; staff: string; id: string };
  limit?: number;
}

/** Shifts that touch the span, of the plan and by patterns, in order of their beginning. */
export async function listShifts(db: Executor, filter: RosterFilter): Promise<RosterShift[]> {
  const { staff, after, limit = 5000 } = filter;
  const [from, to] = [filter.from, filter.to].map((at) => sql`${at.toISOString()}::timestamptz`) as [SQL, SQL];
  const rows = await db.execute<Omit<RosterShift, 'from' | 'to'> & { from: string; to: string }>(sql`
    select * from (
      select id, staff_id as staff, starts_at as "from", ends_at as "to", created_by as "createdBy", null as pattern
      from shifts where ends_at > ${from} and starts_at < ${to}
      union all
      select pattern || ':' || staff_id || ':' || day, staff_id, starts_at, ends_at, by, pattern
      from (${patternSpans(from, to)}) w where ends_at > ${from} and starts_at < ${to}
    ) roster
    where true ${staff === undefined ? sql`` : sql`and staff = ${staff}`}
      ${after ? sql`and ("from", staff, id) > (${after.from}::timestamptz, ${after.staff}, ${after.id})` : sql``}
    order by "from", staff, id limit ${limit}`);
  return rows.map((row) => ({ ...row, from: new Date(row.from), to: new Date(row.to) }));
}

/** Creates or changes a weekly pattern; duty follows at once. Call it in a transaction. */
export async function putShiftPattern(
  tx: Executor,
  { id, ...values }: Omit<ShiftPattern, 'updatedAt'>,
): Promise<ShiftPattern> {
  await lockAssignment(tx);
  const changed = { ...values, updatedAt: sql`clock_timestamp()` };
  const [row] = await tx
    .insert(shiftPatterns)
    .values({ id, ...changed })
    .onConflictDoUpdate({ target: shiftPatterns.id, set: changed })
    .returning();
  await followSchedules(tx);
  return row!;
}

/** Who is at work by it goes off duty. */
export async function deleteShiftPattern(tx: Executor, id: string): Promise<void> {
  await lockAssignment(tx);
  await tx.delete(shiftPatterns).where(eq(shiftPatterns.id, id));
  await followSchedules(tx);
}

/**
 * Plans shifts, all of them or none, and lets duty follow at once. Call it in a transaction.
 * @returns the indexes of those that overlap another shift of the same person, planned or asked for; then none is kept
 */
export async function planShifts(
  tx: Executor,
  wanted: Array<{ staff: string; from: Date; to: Date }>,
  by: string,
): Promise<{ shifts: Shift[] } | { overlapping: number[] }> {
  await lockAssignment(tx); // two planners at once see each other's shifts
  const people = [...new Set(wanted.map((shift) => shift.staff))];
  const present = await tx
    .select()
    .from(shifts)
    .where(inArray(shifts.staff, people.length ? people : ['']));
  const overlaps = (a: { staff: string; from: Date; to: Date }, b: { staff: string; from: Date; to: Date }) =>
    a.staff === b.staff && a.from < b.to && b.from < a.to;
  const overlapping = wanted.flatMap((shift, i) =>
    present.some((other) => overlaps(shift, other)) || wanted.slice(0, i).some((other) => overlaps(shift, other))
      ? [i]
      : [],
  );
  if (overlapping.length) return { overlapping };
  const rows = wanted.map((shift) => ({ ...shift, id: `sh-${randomUUID()}`, createdBy: by }));
  const made = rows.length ? await tx.insert(shifts).values(rows).returning() : [];
  await followSchedules(tx);
  return { shifts: made };
}

export async function findShift(db: Executor, id: string): Promise<Shift | undefined> {
  return (await db.select().from(shifts).where(eq(shifts.id, id)))[0];
}

/** Takes a shift out of the plan; who is at work by it goes off duty. */
export async function deleteShift(tx: Executor, id: string): Promise<void> {
  await lockAssignment(tx);
  await tx.delete(shifts).where(eq(shifts.id, id));
  await followSchedules(tx);
}

/** Absences that have not ended before `since`, in order. */
export async function listAbsences(
  db: Executor,
  filter: { since: Date; staff?: string; after?: { from: string; id: string }; limit?: number },
): Promise<Absence[]> {
  const { after } = filter;
  return db
    .select()
    .from(absences)
    .where(
      and(
        gt(absences.to, filter.since),
        filter.staff === undefined ? undefined : eq(absences.staff, filter.staff),
        after && sql`(${absences.from}, ${absences.id}) > (${after.from}::timestamptz, ${after.id})`,
      ),
    )
    .orderBy(asc(absences.from), asc(absences.id))
    .limit(filter.limit ?? 1000);
}

export async function findAbsence(db: Executor, id: string): Promise<Absence | undefined> {
  return (await db.select().from(absences).where(eq(absences.id, id)))[0];
}

/** Notes that somebody is away; duty follows at once. Call it in a transaction. */
export async function addAbsence(
  tx: Executor,
  values: Omit<typeof absences.$inferInsert, 'id' | 'createdAt'>,
): Promise<Absence> {
  await lockAssignment(tx);
  const rows = await tx
    .insert(absences)
    .values({ ...values, id: `ab-${randomUUID()}` })
    .returning();
  await followSchedules(tx);
  return rows[0]!;
}

/** Changes until when somebody is away, or who stands in. */
export async function changeAbsence(
  tx: Executor,
  id: string,
  values: { to?: Date; substitute?: string | null },
): Promise<Absence | undefined> {
  await lockAssignment(tx);
  const rows = await tx.update(absences).set(values).where(eq(absences.id, id)).returning();
  await followSchedules(tx);
  return rows[0];
}

/**
 * Lets duty follow shifts, weekly patterns and absences (G7): where what they say has changed since it was last looked at, somebody
 * comes on duty or leaves; between two changes duty stays as set by hand. Whoever waits is served.
 * @returns the staff whose duty changed
 */
export async function followSchedules(tx: Executor, at?: Date): Promise<string[]> {
  await lockAssignment(tx);
  const now = at ? sql`${at.toISOString()}::timestamptz` : sql`clock_timestamp()`;
  const rows = await tx.execute<{ id: string }>(sql`
    update staff s set presence = n.presence, on_duty = n.presence = 'shift'
    from (
      select id, case
        when exists (select 1 from absences a where a.staff_id = p.id and a.starts_at <= ${now} and a.ends_at > ${now})
          then 'absent'
        when id in (${working(now)}) then 'shift'
        else 'none' end as presence
      from staff p where p.active
    ) n
    where n.id = s.id and n.presence <> s.presence
    returning s.id`);
  if (rows.length) await assignWaiting(tx);
  return rows.map(({ id }) => id);
}

/** How many tickets one look hands over; the next follows within seconds. */
const HANDED_OVER = 50;

/**
 * Hands the open tickets of who is away to their substitute, or back to dispatch where there is none, by the step
 * `reassign` of whoever noted the absence (G7); the relay delivers it. Once for each state of a ticket: a step that
 * was refused because the ticket had just changed is taken again.
 * @returns how many steps were written
 */
export async function handOverTickets(db: Db): Promise<number> {
  const rows = await db.execute<{
    absence: string;
    ticket: string;
    revision: number;
    substitute: string | null;
    by: string;
    roles: Role[];
  }>(sql`
    select a.id as absence, t.number as ticket, t.revision, a.substitute_id as substitute, b.id as by, b.roles
    from absences a
    join staff b on b.id = a.created_by
    join tickets t on t.handler = a.staff_id and t.closed_at is null
    where a.hand_over and a.starts_at <= clock_timestamp() and a.ends_at > clock_timestamp()
      and t.snapshot->'openSteps' ? 'reassign'
      and (a.substitute_id is not null or t.process <> 'escalation')
      and not exists (select 1 from steps s where s.ticket = t.number and s.state in ('pending', 'sent'))
      and not exists (select 1 from steps s where s.id = ${handOverId(sql`a.id`, sql`t.number`, sql`t.revision`)})
    order by t.number limit ${HANDED_OVER}`);
  for (const { absence, ticket, revision, substitute, by, roles } of rows) {
    const actor: Actor = { kind: 'staff', id: by, roles, departments: [] };
    const command = substitute === null ? {} : { to: substitute };
    const material = { note: '缺勤,由代办人接手 · absent, handed over' };
    await writeStep(
      db,
      {
        id: `absence:${absence}:${ticket}:${revision}`,
        ...{ ticket, step: 'reassign', actor, command, material, seenRevision: revision },
        bodyHash: createHash('sha256').update(JSON.stringify(command)).digest('hex'),
      },
      { lease: { owner: 'absence', ms: 0 }, send: false },
    );
  }
  if (rows.length) await wakeRelay(db);
  return rows.length;
}

export const handOverId = (
  absence: ReturnType<typeof sql>,
  ticket: ReturnType<typeof sql>,
  revision: ReturnType<typeof sql>,
) => sql`'absence:' || ${absence} || ':' || ${ticket} || ':' || ${revision}`;

/** Who works now, with what load and until when, by staff number (G7). */
export async function readDuty(db: Executor, ids?: string[]) {
  const now = sql`clock_timestamp()`;
  return db.execute<{
    id: string;
    onDuty: boolean;
    presence: 'none' | 'shift' | 'absent';
    open: number;
    capacity: number;
    until: string | null;
    substitute: string | null;
  }>(sql`
    select s.id, s.on_duty as "onDuty", s.presence, ${openClaims('s')} as open, s.capacity,
      case s.presence
        when 'shift' then greatest(
          (select max(h.ends_at) from shifts h where h.staff_id = s.id
            and h.starts_at <= clock_timestamp() and h.ends_at > clock_timestamp()),
          (select max(w.ends_at) from (${patternSpans(now, now)}) w where w.staff_id = s.id
            and w.starts_at <= clock_timestamp() and w.ends_at > clock_timestamp()))
        when 'absent' then a.ends_at end as until,
      a.substitute_id as substitute
    from staff s left join lateral (
      select ends_at, substitute_id from absences where staff_id = s.id
        and starts_at <= clock_timestamp() and ends_at > clock_timestamp()
      order by starts_at desc, id limit 1
    ) a on true
    where s.active ${ids ? sql`and s.id = any(${textArray(ids)})` : sql``}
    order by s.id`);
}
