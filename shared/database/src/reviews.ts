import { desc, eq, sql } from 'drizzle-orm';
import type { Db, Executor } from './connection';
import { type Hint, breachesByStage, daysBefore, readHints } from './hints';
import { listMeasures } from './measures';
import { type FrequentComplaint, proposeProblems } from './problems';
import { weeklyReviews } from './schema';
import { readStatistics } from './statistics';

/** How much of a week something makes up, and against the week before. */
export interface Part {
  code: string;
  count: number;
  /** Of the week's total, 0–1. */
  share: number;
  before: number;
  change: number;
}

/** What the weekly complaint review looks at (K6, G15): codes, numbers and instants (ISO 8601). */
export interface ReviewPack {
  /** Monday, `YYYY-MM-DD`. */
  week: string;
  timeZone: string;
  complaints: { count: number; before: number };
  categories: Part[];
  types: Part[];
  /** Where promises were broken: stages of complaints at which a clock ran out. */
  stages: Part[];
  overdueRectifications: Array<{ ticket: string; department: string | null; dueAt: string; lateMs: number }>;
  measures: {
    asked: number;
    planned: number;
    done: number;
    dropped: number;
    open: Array<{ id: string; problem: string; owner: string; state: string; dueAt: string; overdue: boolean }>;
  };
  /** Month by month, the last six: complaints, closed ones, their median time, satisfied share. */
  trend: Array<{
    month: string;
    complaints: number;
    closed: number;
    medianMs: number | null;
    satisfied: number | null;
  }>;
  hints: Hint[];
  /** Problems of the library that the week's frequent complaints belong to. */
  problems: string[];
}
export type WeeklyReview = Omit<typeof weeklyReviews.$inferSelect, 'pack'> & { pack: ReviewPack };

/** So many complaints of one category in a week are frequent. */
const FREQUENT = 3;
const MONTHS = 6;

/** The Monday before last midnight's week: what a review on this day (UTC ms) looks back on. */
export function weekBefore(ms: number, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(ms);
  const weekday = (new Date(day).getUTCDay() + 6) % 7;
  return daysBefore(day, weekday + 7);
}

/** Prepares the week's pack, puts frequent complaints into the library, and keeps both; made again it replaces. */
export async function makeReview(db: Db, week: string, timeZone: string, at: Date): Promise<ReviewPack> {
  const [begin, end] = await weekBounds(db, week, timeZone);
  const previous = (await weekBounds(db, daysBefore(week, 7), timeZone))[0];
  const frequent = await frequentComplaints(db, begin, end);
  const problems = await proposeProblems(db, week, frequent);
  const [total, before] = [await complaintsIn(db, begin, end), await complaintsIn(db, previous, begin)];
  const pack: ReviewPack = {
    ...{ week, timeZone, problems },
    complaints: { count: total, before },
    categories: partsOf(await counts(db, 'category', begin, end), await counts(db, 'category', previous, begin)),
    types: partsOf(await counts(db, 'type', begin, end), await counts(db, 'type', previous, begin)),
    stages: partsOf(await stagesIn(db, begin, end), await stagesIn(db, previous, begin)),
    overdueRectifications: await overdueRectifications(db, at),
    measures: await measuresSoFar(db, at),
    trend: await trend(db, daysBefore(week, -6), timeZone),
    hints: await readHints(db, { to: daysBefore(week, -6), timeZone }),
  };
  await db
    .insert(weeklyReviews)
    .values({ week, pack })
    .onConflictDoUpdate({ target: weeklyReviews.week, set: { pack, madeAt: sql`clock_timestamp()` } });
  return pack;
}

/** Newest first. */
export async function listReviews(db: Executor, limit: number): Promise<WeeklyReview[]> {
  const rows = await db.select().from(weeklyReviews).orderBy(desc(weeklyReviews.week)).limit(limit);
  return rows as WeeklyReview[];
}

export async function findReview(db: Executor, week: string): Promise<WeeklyReview | undefined> {
  const rows = await db.select().from(weeklyReviews).where(eq(weeklyReviews.week, week));
  return rows[0] as WeeklyReview | undefined;
}

/** The review was held: its minutes. */
export async function holdReview(
  tx: Executor,
  week: string,
  values: { minutes: string; heldBy: string },
): Promise<WeeklyReview | undefined> {
  const rows = await tx
    .update(weeklyReviews)
    .set({ ...values, heldAt: sql`coalesce(${weeklyReviews.heldAt}, clock_timestamp())` })
    .where(eq(weeklyReviews.week, week))
    .returning();
  return rows[0] as WeeklyReview | undefined;
}

/** A week as instants: its Monday's midnight and the next, by the zone's clock. */
export async function weekBounds(db: Executor, week: string, timeZone: string): Promise<[Date, Date]> {
  const [row] = await db.execute<{ begin: string; end: string }>(sql`
    select (${week}::date::timestamp at time zone ${timeZone})::text as begin,
      ((${week}::date + 7)::timestamp at time zone ${timeZone})::text as end`);
  return [new Date(row!.begin), new Date(row!.end)];
}

const complaints = (from: Date, to: Date) => sql`process = 'complaint'
  and created_at >= ${from.toISOString()} and created_at < ${to.toISOString()}`;

async function complaintsIn(db: Executor, from: Date, to: Date): Promise<number> {
  const [row] = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from ticket_facts where ${complaints(from, to)}`,
  );
  return row!.n;
}

async function counts(db: Executor, column: 'category' | 'type', from: Date, to: Date): Promise<Map<string, number>> {
  const rows = await db.execute<{ code: string; n: number }>(
    sql`select ${sql.identifier(column)} as code, count(*)::int as n from ticket_facts
      where ${complaints(from, to)} group by 1`,
  );
  return new Map(rows.map(({ code, n }) => [code, n]));
}

async function stagesIn(db: Executor, from: Date, to: Date): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { stage, count } of await breachesByStage(db, { from, to, process: 'complaint' }))
    found.set(stage, (found.get(stage) ?? 0) + count);
  return found;
}

/** How much of a week each code makes up, most first, against the week before. */
export function partsOf(now: Map<string, number>, before: Map<string, number>): Part[] {
  const total = [...now.values()].reduce((sum, n) => sum + n, 0);
  return [...new Set([...now.keys(), ...before.keys()])]
    .map((code) => {
      const [count, earlier] = [now.get(code) ?? 0, before.get(code) ?? 0];
      return { code, count, share: total ? count / total : 0, before: earlier, change: count - earlier };
    })
    .sort((a, b) => b.count - a.count || b.before - a.before || a.code.localeCompare(b.code));
}

async function frequentComplaints(db: Executor, from: Date, to: Date): Promise<FrequentComplaint[]> {
  const rows = await db.execute<{ category: string; tickets: string[] }>(sql`
    select category, array_agg(ticket order by ticket) as tickets from ticket_facts
    where ${complaints(from, to)} and outcome is distinct from 'merged'
    group by category having count(*) >= ${FREQUENT} order by count(*) desc, category`);
  return [...rows];
}

async function overdueRectifications(db: Executor, at: Date): Promise<ReviewPack['overdueRectifications']> {
  const rows = await db.execute<{ ticket: string; department: string | null; due: string }>(sql`
    select t.number as ticket, t.snapshot->'facts'->>'department' as department, c->>'dueAt' as due
    from tickets t, jsonb_array_elements(t.snapshot->'clocks') c
    where t.closed_at is null and t.overdue and t.process = 'complaint' and c->>'name' = 'rectification'
      and c->>'state' in ('running', 'paused') and c->'breachedAt' is not null
    order by (c->>'dueAt')::bigint limit 200`);
  return rows.map(({ ticket, department, due }) => {
    const dueMs = Number(due);
    return { ticket, department, dueAt: new Date(dueMs).toISOString(), lateMs: Math.max(0, at.getTime() - dueMs) };
  });
}

async function measuresSoFar(db: Executor, at: Date): Promise<ReviewPack['measures']> {
  const states = await db.execute<{ state: 'asked' | 'planned' | 'done' | 'dropped'; n: number }>(
    sql`select state, count(*)::int as n from problem_measures group by state`,
  );
  const of = { asked: 0, planned: 0, done: 0, dropped: 0 };
  for (const { state, n } of states) of[state] = n;
  const open = await listMeasures(db, { open: true, limit: 200 });
  return {
    ...of,
    open: open.map(({ id, problem, owner, state, dueAt }) => ({
      ...{ id, problem, owner, state, dueAt: dueAt.toISOString() },
      overdue: dueAt < at,
    })),
  };
}

async function trend(db: Db, to: string, timeZone: string): Promise<ReviewPack['trend']> {
  const last = new Date(`${to.slice(0, 7)}-01`);
  const from = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() - MONTHS + 1, 1)).toISOString().slice(0, 10);
  const monthly = async (measure: 'intake' | 'resolution' | 'satisfaction') => {
    const period = { from, to, timeZone, filter: { process: 'complaint' } };
    const rows = await readStatistics(db, { measure, by: ['month'], ...period });
    return new Map(rows.map(({ key, values }) => [key.month!, values]));
  };
  const [intake, resolution, satisfaction] = [
    await monthly('intake'),
    await monthly('resolution'),
    await monthly('satisfaction'),
  ];
  return Array.from({ length: MONTHS }, (_, i) => {
    const month = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() - MONTHS + 1 + i, 1))
      .toISOString()
      .slice(0, 10);
    return {
      month,
      complaints: intake.get(month)?.count ?? 0,
      closed: resolution.get(month)?.count ?? 0,
      medianMs: resolution.get(month)?.medianMs ?? null,
      satisfied: satisfaction.get(month)?.share ?? null,
    };
  });
}
