import { type SQL, asc, eq, sql } from 'drizzle-orm';
import { CHINA } from './calendars';
import type { Executor } from './connection';
import { shiftPatterns } from './schema';

export type ShiftPattern = typeof shiftPatterns.$inferSelect;

export async function listShiftPatterns(db: Executor): Promise<ShiftPattern[]> {
  return db.select().from(shiftPatterns).orderBy(asc(shiftPatterns.id));
}

export async function findShiftPattern(db: Executor, id: string): Promise<ShiftPattern | undefined> {
  return (await db.select().from(shiftPatterns).where(eq(shiftPatterns.id, id)))[0];
}

/**
 * The shifts that patterns make of a time (G7), as a query with `pattern`, `staff_id`, `day`, `starts_at`, `ends_at`
 * and `by`; those of neighbouring days may be among them. `from` and `to` are instants in SQL, some months apart.
 */
export function patternSpans(from: SQL, to: SQL): SQL {
  const weekday = sql`extract(isodow from d.day)::int = any(p.weekdays)`;
  return sql`
    select p.id as pattern, m.staff_id, d.day, p.updated_by as by,
      (d.day + p.starts::time) at time zone p.timezone as starts_at,
      (d.day + case when p.ends <= p.starts then 1 else 0 end + p.ends::time) at time zone p.timezone as ends_at
    from shift_patterns p
    join lateral (
      select p.staff_id where p.staff_id is not null
      union all select g.staff_id from group_members g where g.group_id = p.group_id) m on true
    join staff f on f.id = m.staff_id and f.active
    join lateral (
      select day::date from generate_series(
        greatest(p.since, (${from} at time zone p.timezone)::date - 1)::timestamp,
        least(p.until, (${to} at time zone p.timezone)::date)::timestamp, interval '1 day') as day) d on true
    left join public_days h on p.public_days and h.region = ${CHINA} and h.date = d.day::text
    where case when h.open is null then ${weekday}
        else h.open and (${weekday} or p.weekdays && array[1, 2, 3, 4, 5]) end
      and not exists (
        select 1 from shifts s where s.staff_id = m.staff_id and (s.starts_at at time zone p.timezone)::date = d.day)
      and (p.staff_id is not null or not exists (
        select 1 from shift_patterns o
        where o.staff_id = m.staff_id and o.since <= d.day and coalesce(o.until, 'infinity') >= d.day))`;
}

/** Ids of the staff who work at an instant, by a shift or a pattern, as a query. */
export function working(at: SQL): SQL {
  return sql`
    select h.staff_id from shifts h where h.starts_at <= ${at} and h.ends_at > ${at}
    union select w.staff_id from (${patternSpans(at, at)}) w where w.starts_at <= ${at} and w.ends_at > ${at}`;
}
