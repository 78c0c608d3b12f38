import { type SQL, sql } from 'drizzle-orm';
import { type Dimension, type Measure, type TimeDimension, measures, timeDimensions } from '@duban/contracts';
import type { Db, Executor } from './connection';
import { ticketFacts } from './schema';
import { textArray } from './visibility';

/** Which tickets count; each names a column of `ticket_facts`. */
export interface StatisticsFilter {
  process?: string;
  type?: string;
  category?: string;
  priority?: string;
  channel?: string;
  group?: string;
  handler?: string;
  grade?: string;
  /** Only tickets that one of these departments takes part in. */
  departments?: string[];
}

export interface StatisticsQuery {
  measure: Measure;
  /** None: one row for all. `clock` only with `timeliness`, `department` any, at most one of day, week and month. */
  by: readonly Dimension[];
  /** Calendar days `YYYY-MM-DD` of `timeZone`, both included. */
  from: string;
  to: string;
  timeZone: string;
  filter: StatisticsFilter;
}

/** One group of tickets: what they share, and its figures. Shares are 0–1, durations milliseconds, null without any. */
export interface StatisticsRow {
  key: Partial<Record<Dimension, string | null>>;
  values: Record<string, number | null>;
}

const DAY_MS = 86_400_000;
/** Sorting half a million durations in memory, not on disk. */
const WORK_MEM = '64MB';

const columns = {
  process: sql`f.process`,
  type: sql`f.type`,
  category: sql`f.category`,
  group: sql`f.group_id`,
  handler: sql`f.handler`,
  department: sql`d.department`,
  channel: sql`f.channel`,
  priority: sql`f.priority`,
  grade: sql`f.grade`,
} as const satisfies Partial<Record<Dimension, SQL>>;

/**
 * One statistic (G15), ordered by its dimensions. Reads `ticket_facts` alone: with 500,000 tickets each answer takes
 * less than a second (`npm run bench -- statistics`).
 */
export async function readStatistics(db: Db, query: StatisticsQuery): Promise<StatisticsRow[]> {
  const time = query.by.find(isTime);
  return db.transaction(
    async (tx) => {
      await tx.execute(sql`select set_config('work_mem', ${WORK_MEM}, true)`);
      if (query.measure === 'backlog') return time ? backlogOverTime(tx, query, time) : backlogNow(tx, query);
      return query.measure === 'timeliness' ? timeliness(tx, query) : aggregate(tx, query);
    },
    { accessMode: 'read only' },
  );
}

/** Makes every ticket's facts anew from its projection; for what was there before the trigger was. */
export async function rebuildTicketFacts(db: Executor): Promise<void> {
  await db.execute(sql`delete from ${ticketFacts}`);
  await db.execute(sql`insert into ${ticketFacts} (${factColumns})
    select f.* from tickets t cross join lateral ticket_facts_of(t) f`);
}

/** As `ticket_facts_of` in guards.sql answers them. */
const factColumns = sql.raw(
  [
    'ticket, process, type, category, priority, channel, group_id, handler, departments, created_at, closed_at, outcome',
    'overdue, reopens, first_response_seconds, met, breached, grade, efficiency, attitude, solution, follow_up',
  ].join(', '),
);

const isTime = (dimension: Dimension): dimension is TimeDimension =>
  (timeDimensions as readonly Dimension[]).includes(dimension);

/** The midnight that begins a calendar day of the zone, so many days on. */
const midnight = ({ timeZone }: StatisticsQuery, day: string, days = 0) =>
  sql`((${day}::date + ${days}::int)::timestamp at time zone ${timeZone})`;

/** The first day of the calendar day, week or month that an instant falls in. */
function bucket(dimension: TimeDimension, instant: SQL, { timeZone }: StatisticsQuery): SQL {
  const local = sql`(${instant} at time zone ${timeZone})`;
  return dimension === 'day' ? sql`${local}::date` : sql`date_trunc(${dimension}, ${local})::date`;
}

function placed(query: StatisticsQuery): SQL {
  return measures[query.measure].time === 'closed' ? sql`f.closed_at` : sql`f.created_at`;
}

function keyOf(dimension: Dimension, query: StatisticsQuery): SQL {
  if (isTime(dimension)) return bucket(dimension, placed(query), query);
  return dimension === 'clock' ? sql`f.clock` : columns[dimension];
}

function conditions({ filter, by }: StatisticsQuery): SQL {
  const { departments, ...equal } = filter;
  const all = Object.entries(equal).flatMap(([name, value]) =>
    value === undefined ? [] : [sql`${columns[name as keyof typeof columns]} = ${value}`],
  );
  if (departments) {
    all.push(sql`f.departments && ${textArray(departments)}`);
    // Whoever may see only their department's tickets sees no other department's name in them.
    if (by.includes('department')) all.push(sql`d.department = any(${textArray(departments)})`);
  }
  return sql.join([sql`true`, ...all], sql` and `);
}

function source({ by }: StatisticsQuery): SQL {
  const each = by.includes('department')
    ? sql` left join lateral unnest(f.departments) as d(department) on true`
    : sql``;
  return sql`${ticketFacts} f${each}`;
}

const settled = sql`(f.outcome is null or f.outcome not in ('merged', 'withdrawn'))`;
const grade = (name: string) => sql`count(*) filter (where f.grade = ${name})::int`;
const durations = (ms: SQL) =>
  sql`count(${ms})::int as "count", percentile_cont(array[0.5, 0.9]) within group (order by ${ms}) as "durations"`;

/** What is read of each group of tickets; figures that are worked out from others are made in `figures`. */
const aggregates: Record<Exclude<Measure, 'timeliness' | 'backlog'>, SQL> = {
  intake: sql`count(*)::int as "count"`,
  closed: sql`count(*)::int as "count",
    count(*) filter (where f.outcome is null or f.outcome = 'satisfied')::int as "resolved",
    count(*) filter (where f.outcome = 'withdrawn')::int as "withdrawn",
    count(*) filter (where f.outcome = 'merged')::int as "merged"`,
  'first-response': durations(sql`f.first_response_seconds * 1000.0::float8`),
  resolution: durations(sql`case when ${settled} then date_part('epoch', f.closed_at - f.created_at) * 1000 end`),
  satisfaction: sql`count(f.grade)::int as "count", ${grade('satisfied')} as "satisfied",
    ${grade('basically-satisfied')} as "basicallySatisfied", ${grade('dissatisfied')} as "dissatisfied",
    avg(f.efficiency)::float8 as "efficiency", avg(f.attitude)::float8 as "attitude",
    avg(f.solution)::float8 as "solution", count(*) filter (where f.follow_up)::int as "followUps"`,
  overdue: sql`count(*) filter (where f.breached <> '{}')::int as "count", count(*)::int as "total"`,
  reopened: sql`count(*) filter (where f.reopens)::int as "count", count(*)::int as "total"`,
};

async function aggregate(tx: Executor, query: StatisticsQuery): Promise<StatisticsRow[]> {
  const what = aggregates[query.measure as keyof typeof aggregates];
  const at = placed(query);
  const rows = await tx.execute<Record<string, unknown>>(sql`
    select ${keys(query)}${what} from ${source(query)}
    where ${at} >= ${midnight(query, query.from)} and ${at} < ${midnight(query, query.to, 1)} and ${conditions(query)}
    ${grouped(query)}`);
  return rows.map((row) => statistic(query, row));
}

/** Few combinations of clocks stand in many tickets: they are counted first and taken apart afterwards. */
async function timeliness(tx: Executor, query: StatisticsQuery): Promise<StatisticsRow[]> {
  const others: StatisticsQuery = { ...query, by: query.by.filter((dimension) => dimension !== 'clock') };
  const at = placed(query);
  const names = query.by.map((dimension, i) => {
    const own = others.by.indexOf(dimension);
    return sql`${dimension === 'clock' ? sql`c.clock` : sql.raw(`g.k${own}`)} as ${sql.raw(`k${i}`)}, `;
  });
  const rows = await tx.execute<Record<string, unknown>>(sql`
    with g as materialized (
      select ${keys(others)}f.met, f.breached, count(*) as n from ${source(query)}
      where ${at} >= ${midnight(query, query.from)} and ${at} < ${midnight(query, query.to, 1)} and ${conditions(query)}
      group by ${sql.join([...others.by.map((_, i) => sql.raw(String(i + 1))), sql`f.met`, sql`f.breached`], sql`, `)})
    select ${sql.join(names, sql``)}
      coalesce(sum(g.n) filter (where c.kept), 0)::int as "met",
      coalesce(sum(g.n) filter (where not c.kept), 0)::int as "breached"
    from g cross join lateral (
      select unnest(g.met) as clock, true as kept union all select unnest(g.breached), false) c
    ${grouped(query)}`);
  return rows.map((row) => statistic(query, row));
}

/** What is open at the end of the period, or now, and how old it is by then. */
async function backlogNow(tx: Executor, query: StatisticsQuery): Promise<StatisticsRow[]> {
  const end = sql`least(${midnight(query, query.to, 1)}, now())`;
  const age = sql`date_part('epoch', ${end} - f.created_at) * 1000`;
  const aged = (from: number, to?: number) =>
    sql`count(*) filter (where ${age} > ${from * DAY_MS}${to === undefined ? sql`` : sql` and ${age} <= ${to * DAY_MS}`})::int`;
  const rows = await tx.execute<Record<string, unknown>>(sql`
    select ${keys(query)}count(*)::int as "open",
      count(*) filter (where f.overdue)::int as "overdue",
      percentile_cont(array[0.5, 0.9]) within group (order by ${age}) as "ages", max(${age}) as "oldestAgeMs",
      ${aged(-1, 1)} as "upToOneDay", ${aged(1, 3)} as "upToThreeDays",
      ${aged(3, 7)} as "upToSevenDays", ${aged(7)} as "older"
    from ${source(query)}
    where f.created_at < ${end} and (f.closed_at is null or f.closed_at >= ${end}) and ${conditions(query)}
    ${grouped(query)}`);
  return rows.map((row) => statistic(query, row));
}

/** How many were open at the end of each day, week or month: all that came until then less all that were closed. */
async function backlogOverTime(tx: Executor, query: StatisticsQuery, time: TimeDimension): Promise<StatisticsRow[]> {
  const others = { ...query, by: query.by.filter((dimension) => dimension !== time) };
  const start = midnight(query, query.from);
  const moves = (at: SQL, sign: SQL) => sql`
    select case when ${at} >= ${start} then ${bucket(time, at, query)} end as moved, ${keys(others)}${sign} as n
    from ${source(query)} where ${at} < ${midnight(query, query.to, 1)} and ${conditions(query)}
    group by ${sql.join([sql`1`, ...others.by.map((_, i) => sql.raw(String(i + 2)))], sql`, `)}`;
  const places = sql.raw(['1', ...others.by.map((_, i) => i + 2)].join(', '));
  const named = sql.raw(['moved', ...others.by.map((_, i) => `k${i}`)].join(', '));
  const moved = await tx.execute<Record<string, unknown> & { moved: string | null; n: number }>(sql`
    select ${named}, sum(n)::int as n from (
      ${moves(sql`f.created_at`, sql`count(*)`)} union all ${moves(sql`f.closed_at`, sql`-count(*)`)}) m
    group by ${places}`);
  const periods = await tx.execute<{ d: string }>(sql`
    select generate_series(date_trunc(${time}, ${query.from}::date::timestamp), ${query.to}::date::timestamp,
      ${`1 ${time}`}::interval)::date::text as d`);
  // Added up here: a join of every day with all days before it would be quadratic.
  const kinds = new Map<string, { key: Array<string | null>; byPeriod: Map<string | null, number> }>();
  for (const row of moved) {
    const key = others.by.map((_, i) => text(row[`k${i}`]));
    const kind = kinds.get(JSON.stringify(key)) ?? { key, byPeriod: new Map() };
    kind.byPeriod.set(text(row.moved), row.n);
    kinds.set(JSON.stringify(key), kind);
  }
  if (others.by.length === 0 && kinds.size === 0) kinds.set('[]', { key: [], byPeriod: new Map() });
  const open = new Map([...kinds].map(([name, { byPeriod }]) => [name, byPeriod.get(null) ?? 0]));
  return periods.flatMap(({ d }) =>
    [...kinds].map(([name, { key, byPeriod }]) => {
      const now = open.get(name)! + (byPeriod.get(d) ?? 0);
      open.set(name, now);
      const named = query.by.map((dimension) => [
        dimension,
        dimension === time ? d : key[others.by.indexOf(dimension)]!,
      ]);
      return { key: Object.fromEntries(named) as StatisticsRow['key'], values: { open: now } };
    }),
  );
}

function keys({ by, ...query }: StatisticsQuery): SQL {
  return sql.join(
    by.map((dimension, i) => sql`${keyOf(dimension, { by, ...query })} as ${sql.raw(`k${i}`)}, `),
    sql``,
  );
}

function grouped({ by }: StatisticsQuery): SQL {
  const places = sql.raw(by.map((_, i) => i + 1).join(', '));
  return by.length ? sql`group by ${places} order by ${places}` : sql``;
}

/** Dates come as Date at UTC midnight or as text, by the driver; both are `YYYY-MM-DD` here. */
function text(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
}

const share = (part: number, whole: number) => (whole ? part / whole : null);

function statistic({ by, measure }: StatisticsQuery, row: Record<string, unknown>): StatisticsRow {
  const key = Object.fromEntries(by.map((dimension, i) => [dimension, text(row[`k${i}`])]));
  const { durations, ages, ...rest } = Object.fromEntries(
    Object.entries(row).filter(([name]) => !/^k\d$/.test(name)),
  ) as { durations?: number[] | null; ages?: number[] | null } & Record<string, number | null>;
  const of = rest as Record<string, number>;
  switch (measure) {
    case 'closed': {
      const total = of.count! - of.merged! - of.withdrawn!;
      return { key, values: { ...rest, share: share(of.resolved!, total) } };
    }
    case 'first-response':
    case 'resolution':
      return { key, values: { ...rest, medianMs: durations?.[0] ?? null, p90Ms: durations?.[1] ?? null } };
    case 'timeliness':
      return { key, values: { ...rest, share: share(of.met!, of.met! + of.breached!) } };
    case 'satisfaction':
      return { key, values: { ...rest, share: share(of.satisfied! + of.basicallySatisfied!, of.count!) } };
    case 'overdue':
    case 'reopened':
      return { key, values: { ...rest, share: share(of.count!, of.total!) } };
    case 'backlog':
      return { key, values: { ...rest, medianAgeMs: ages?.[0] ?? null, p90AgeMs: ages?.[1] ?? null } };
    case 'intake':
      return { key, values: rest };
  }
}
