import { desc, eq, sql } from 'drizzle-orm';
import type { Db, Executor } from './connection';
import { daysBefore } from './hints';
import { type Part, partsOf, weekBounds } from './reviews';
import { departments, faultSummaries } from './schema';

/** So many reports of one kind, in one area, of one cause. */
export interface FaultCount {
  category: string;
  /** `unknown` where nobody said it. */
  area: string;
  cause: string;
  count: number;
}

/** A week's fault reports as the revisit group sums them up for the departments (F3): codes and numbers only. */
export interface FaultSummaryPack {
  /** Monday, `YYYY-MM-DD`. */
  week: string;
  timeZone: string;
  reports: { count: number; before: number };
  kinds: Part[];
  areas: Part[];
  causes: Part[];
  rows: FaultCount[];
  /** What each repair department was given, and how much of it has ended. */
  departments: Array<{ department: string; count: number; closed: number }>;
  announcements: { count: number; callers: number };
}
export type FaultSummary = Omit<typeof faultSummaries.$inferSelect, 'pack'> & { pack: FaultSummaryPack };

/** Sums up the week and keeps it; made again it replaces. */
export async function makeFaultSummary(db: Db, week: string, timeZone: string): Promise<FaultSummaryPack> {
  const [begin, end] = await weekBounds(db, week, timeZone);
  const [previous] = await weekBounds(db, daysBefore(week, 7), timeZone);
  const [rows, before] = [await countsIn(db, begin, end), await countsIn(db, previous, begin)];
  const by = (key: 'category' | 'area' | 'cause') => partsOf(summed(rows, key), summed(before, key));
  const pack: FaultSummaryPack = {
    ...{ week, timeZone, rows },
    reports: { count: total(rows), before: total(before) },
    ...{ kinds: by('category'), areas: by('area'), causes: by('cause') },
    departments: await repairsIn(db, begin, end),
    announcements: await announcedIn(db, begin, end),
  };
  await db
    .insert(faultSummaries)
    .values({ week, pack })
    .onConflictDoUpdate({ target: faultSummaries.week, set: { pack, madeAt: sql`clock_timestamp()` } });
  return pack;
}

/** Newest first. */
export async function listFaultSummaries(db: Executor, limit: number): Promise<FaultSummary[]> {
  const rows = await db.select().from(faultSummaries).orderBy(desc(faultSummaries.week)).limit(limit);
  return rows as FaultSummary[];
}

export async function findFaultSummary(db: Executor, week: string): Promise<FaultSummary | undefined> {
  return (await db.select().from(faultSummaries).where(eq(faultSummaries.week, week)))[0] as FaultSummary | undefined;
}

/** Whom the week's summary is for. */
export async function summaryDepartments(db: Executor): Promise<string[]> {
  const rows = await db.select({ id: departments.id }).from(departments).orderBy(departments.id);
  return rows.map(({ id }) => id);
}

const span = (from: Date, to: Date) =>
  sql`t.created_at >= ${from.toISOString()} and t.created_at < ${to.toISOString()}`;

/** What belongs to an announcement has its cause; else the one that was found. */
async function countsIn(db: Executor, from: Date, to: Date): Promise<FaultCount[]> {
  const rows = await db.execute<{ category: string; area: string; cause: string; count: number }>(sql`
    select t.category, coalesce(t.form->>'area', 'unknown') as area,
      coalesce(t.snapshot->'facts'->>'cause', a.cause_kind, 'unknown') as cause, count(*)::int as count
    from tickets t
    left join lateral (
      select f.cause_kind from fault_attachments l join fault_announcements f on f.ticket = l.announcement
      where l.ticket = t.number and f.state <> 'cancelled' order by l.at desc limit 1) a on true
    where t.process = 'fault' and t.outcome is distinct from 'merged' and ${span(from, to)}
    group by 1, 2, 3 order by 4 desc, 1, 2, 3`);
  return [...rows];
}

const total = (rows: FaultCount[]) => rows.reduce((sum, { count }) => sum + count, 0);

function summed(rows: FaultCount[], key: 'category' | 'area' | 'cause'): Map<string, number> {
  const found = new Map<string, number>();
  for (const row of rows) found.set(row[key], (found.get(row[key]) ?? 0) + row.count);
  return found;
}

async function repairsIn(db: Executor, from: Date, to: Date): Promise<FaultSummaryPack['departments']> {
  const rows = await db.execute<{ department: string; count: number; closed: number }>(sql`
    select t.snapshot->'facts'->>'repairDepartment' as department, count(*)::int as count,
      count(t.closed_at)::int as closed
    from tickets t where t.process = 'fault' and t.snapshot->'facts'->>'repairDepartment' is not null
      and ${span(from, to)}
    group by 1 order by 2 desc, 1`);
  return [...rows];
}

async function announcedIn(db: Executor, from: Date, to: Date): Promise<FaultSummaryPack['announcements']> {
  const [row] = await db.execute<{ count: number; callers: number }>(sql`
    select count(*)::int as count, coalesce(sum(callers), 0)::int as callers
    from (select (select count(*) from fault_attachments l where l.announcement = f.ticket) as callers
      from fault_announcements f join tickets t on t.number = f.ticket where ${span(from, to)}) announced`);
  return row!;
}
