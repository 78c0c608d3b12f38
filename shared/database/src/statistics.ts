import { type SQL, sql } from 'drizzle-orm';
import {
  type Dimension,
  type Measure,
  type TimeDimension,
  measures,
  timeDimensions,
  unsettledOutcomes,
} from '@duban/contracts';
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

/**
 * Half a million durations in memory, not on disk; rows that workers hand over are cheaper than rows read alone. The
 * planner takes every instant for a group of its own and expects far more groups than there are.
 */
const SETTINGS = sql`set_config('work_mem', '64MB', true), set_config('hash_mem_multiplier', '64', true),
  set_config('parallel_tuple_cost', '0.005', true)`;

const columns = {
  process: sql`f.process`,
  type: sql`f.type`,
  category: sql`f.category`,
  group: sql`f.group_id`,
  handler: sql`f.handler`,
  department: sql`f.department`,
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
      await tx.execute(sql`select ${SETTINGS}`);
      if (query.measure === 'backlog') return time ? backlogOverTime(tx, query, time) : backlogNow(tx, query);
      return query.by.includes('clock') ? timelinessByClock(tx, query) : aggregate(tx, query);
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

/** The first day (`YYYY-MM-DD`) of a day, week or month, so many of them on from the one that holds `from`. */
function periodStart(dimension: TimeDimension, from: string, later: number): string {
  const day = new Date(from);
  if (dimension === 'day') day.setUTCDate(day.getUTCDate() + later);
  else if (dimension === 'month') day.setUTCMonth(day.getUTCMonth() + later, 1);
  else day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7) + 7 * later);
  return day.toISOString().slice(0, 10);
}

/**
 * Which day, week or month of the query an instant falls in, the first being 1 and what was before it 0: one search in
 * an array of midnights, a third of what the calendar's functions take for each row.
 */
function bucket(dimension: TimeDimension, instant: SQL, { from, to, timeZone }: StatisticsQuery): SQL {
  return sql`width_bucket(${instant}, (select array_agg(p at time zone ${timeZone} order by p) from generate_series(
    ${periodStart(dimension, from, 0)}::date::timestamp, ${to}::date::timestamp, ${`1 ${dimension}`}::interval) p))`;
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
    if (by.includes('department')) all.push(sql`f.department = any(${textArray(departments)})`);
  }
  return sql.join([sql`true`, ...all], sql` and `);
}

/** The facts, once for each department of a ticket where departments are told apart; once with none where it has none. */
function source({ by }: StatisticsQuery): SQL {
  if (!by.includes('department')) return sql`${ticketFacts} f`;
  return sql`(select *, unnest(case when departments = '{}' then array[null::text] else departments end) as department
    from ${ticketFacts}) f`;
}

const settled = sql`(f.outcome is null or f.outcome <> all(${textArray(unsettledOutcomes)}))`;
const grade = (name: string) => sql`count(*) filter (where f.grade = ${name})::int`;
/** Median and p90. Gathered while the groups are hashed and sorted group by group: `within group` would sort all rows. */
const quantiles = (seconds: SQL) => sql`(select percentile_cont(array[0.5, 0.9]) within group (order by s)
  from unnest(array_agg(${seconds})) s) as "quantiles"`;
const durations = (seconds: SQL) => sql`count(${seconds})::int as "count", ${quantiles(seconds)}`;

/** What is read of each group of tickets; figures that are worked out from others are made in `figures`. */
const aggregates: Record<Exclude<Measure, 'backlog'>, SQL> = {
  intake: sql`count(*)::int as "count"`,
  closed: sql`count(*)::int as "count",
    count(*) filter (where f.outcome is null or f.outcome = 'satisfied')::int as "resolved",
    count(*) filter (where f.outcome = 'withdrawn')::int as "withdrawn",
    count(*) filter (where f.outcome = 'merged')::int as "merged",
    count(*) filter (where f.outcome = 'cancelled')::int as "cancelled",
    count(*) filter (where ${settled})::int as "settled"`,
  'first-response': durations(sql`f.first_response_seconds`),
  resolution: durations(sql`case when ${settled} then date_part('epoch', f.closed_at - f.created_at) end`),
  timeliness: sql`coalesce(sum(cardinality(f.met)), 0)::int as "met",
    coalesce(sum(cardinality(f.breached)), 0)::int as "breached"`,
  satisfaction: sql`count(f.grade)::int as "count", ${grade('satisfied')} as "satisfied",
    ${grade('basically-satisfied')} as "basicallySatisfied", ${grade('dissatisfied')} as "dissatisfied",
    avg(f.efficiency)::float8 as "efficiency", avg(f.attitude)::float8 as "attitude",
    avg(f.solution)::float8 as "solution", count(*) filter (where f.follow_up)::int as "followUps"`,
  overdue: sql`count(*) filter (where f.breached <> '{}')::int as "count", count(*)::int as "total"`,
  reopened: sql`count(*) filter (where f.reopens)::int as "count", count(*)::int as "total"`,
};

async function aggregate(tx: Executor, query: StatisticsQuery): Promise<StatisticsRow[]> {
  const what = aggregates[query.measure as keyof typeof aggregates];
  return groups(tx, query, sql`${what} from ${source(query)} where ${within(query)} and ${conditions(query)}`);
}

const within = (query: StatisticsQuery) =>
  sql`${placed(query)} >= ${midnight(query, query.from)} and ${placed(query)} < ${midnight(query, query.to, 1)}`;

async function groups(tx: Executor, query: StatisticsQuery, what: SQL): Promise<StatisticsRow[]> {
  const places = sql.raw(query.by.map((_, i) => i + 1).join(', '));
  const [grouped, ordered] = query.by.length ? [sql`group by ${places}`, sql`order by ${places}`] : [sql``, sql``];
  // Apart, so that groups are hashed: asked for groups in order, the planner sorts the rows.
  const rows = await tx.execute<Record<string, unknown>>(sql`
    with g as materialized (select ${keys(query)}${what} ${grouped}) select * from g ${ordered}`);
  return rows.map((row) => statistic(query, row));
}

/** Few combinations of clocks stand in many tickets: they are counted first and taken apart afterwards. */
async function timelinessByClock(tx: Executor, query: StatisticsQuery): Promise<StatisticsRow[]> {
  const others: StatisticsQuery = { ...query, by: query.by.filter((dimension) => dimension !== 'clock') };
  const names = query.by.map((dimension, i) => {
    const own = others.by.indexOf(dimension);
    return sql`${dimension === 'clock' ? sql`c.clock` : sql.raw(`g.k${own}`)} as ${sql.raw(`k${i}`)}, `;
  });
  const places = sql.raw(query.by.map((_, i) => i + 1).join(', '));
  const rows = await tx.execute<Record<string, unknown>>(sql`
    with g as materialized (
      select ${keys(others)}f.met, f.breached, count(*) as n from ${source(query)}
      where ${within(query)} and ${conditions(query)}
      group by ${sql.join([...others.by.map((_, i) => sql.raw(String(i + 1))), sql`f.met`, sql`f.breached`], sql`, `)})
    select ${sql.join(names, sql``)}
      coalesce(sum(g.n) filter (where c.kept), 0)::int as "met",
      coalesce(sum(g.n) filter (where not c.kept), 0)::int as "breached"
    from g cross join lateral (
      select unnest(g.met) as clock, true as kept union all select unnest(g.breached), false) c
    group by ${places} order by ${places}`);
  return rows.map((row) => statistic(query, row));
}

/** What is open at the end of the period, or now, and how old it is by then. */
async function backlogNow(tx: Executor, query: StatisticsQuery): Promise<StatisticsRow[]> {
  const end = sql`least(${midnight(query, query.to, 1)}, now())`;
  // In a subquery: worked out once, not for every row.
  const before = (days: number) => sql`(select ${end} - ${days} * interval '24 hours')`;
  const age = sql`date_part('epoch', ${before(0)} - f.created_at)`;
  const until = (days: number) => sql`f.created_at >= ${before(days)}`;
  const counted = (condition: SQL) => sql`count(*) filter (where ${condition})::int`;
  return groups(
    tx,
    query,
    sql`count(*)::int as "open", ${counted(sql`f.overdue`)} as "overdue", ${quantiles(age)},
      max(${age}) * 1000 as "oldestAgeMs",
      ${counted(until(1))} as "upToOneDay", ${counted(sql`${until(3)} and not ${until(1)}`)} as "upToThreeDays",
      ${counted(sql`${until(7)} and not ${until(3)}`)} as "upToSevenDays", ${counted(sql`not ${until(7)}`)} as "older"
    from ${source(query)}
    where f.created_at < ${end} and (f.closed_at is null or f.closed_at >= ${end}) and ${conditions(query)}`,
  );
}

/** How many were open at the end of each day, week or month: all that came until then less all that were closed. */
async function backlogOverTime(tx: Executor, query: StatisticsQuery, time: TimeDimension): Promise<StatisticsRow[]> {
  const others = { ...query, by: query.by.filter((dimension) => dimension !== time) };
  const moves = (at: SQL, sign: SQL) => sql`
    select ${bucket(time, at, query)} as moved, ${keys(others)}${sign} as n
    from ${source(query)} where ${at} < ${midnight(query, query.to, 1)} and ${conditions(query)}
    group by ${sql.join([sql`1`, ...others.by.map((_, i) => sql.raw(String(i + 2)))], sql`, `)}`;
  const moved = await tx.execute<Record<string, unknown> & { moved: number; n: number }>(sql`
    ${moves(sql`f.created_at`, sql`count(*)::int`)} union all ${moves(sql`f.closed_at`, sql`-count(*)::int`)}`);
  // Added up here: a join of every day with all days before it would be quadratic.
  const kinds = new Map<string, { key: Array<string | null>; byPeriod: Map<number, number> }>();
  for (const row of moved) {
    const key = others.by.map((_, i) => row[`k${i}`] as string | null);
    const name = JSON.stringify(key);
    const kind = kinds.get(name) ?? { key, byPeriod: new Map() };
    kind.byPeriod.set(row.moved, (kind.byPeriod.get(row.moved) ?? 0) + row.n);
    kinds.set(name, kind);
  }
  if (others.by.length === 0 && kinds.size === 0) kinds.set('[]', { key: [], byPeriod: new Map() });
  const open = new Map([...kinds].map(([name, { byPeriod }]) => [name, byPeriod.get(0) ?? 0]));
  const result: StatisticsRow[] = [];
  for (let i = 1; periodStart(time, query.from, i - 1) <= query.to; i++) {
    const period = periodStart(time, query.from, i - 1);
    for (const [name, { key, byPeriod }] of kinds) {
      const now = open.get(name)! + (byPeriod.get(i) ?? 0);
      open.set(name, now);
      const named = query.by.map((dimension) => [
        dimension,
        dimension === time ? period : key[others.by.indexOf(dimension)]!,
      ]);
      result.push({ key: Object.fromEntries(named) as StatisticsRow['key'], values: { open: now } });
    }
  }
  return result;
}

function keys({ by, ...query }: StatisticsQuery): SQL {
  return sql.join(
    by.map((dimension, i) => sql`${keyOf(dimension, { by, ...query })} as ${sql.raw(`k${i}`)}, `),
    sql``,
  );
}

const share = (part: number, whole: number) => (whole ? part / whole : null);

function statistic({ by, measure, from }: StatisticsQuery, row: Record<string, unknown>): StatisticsRow {
  const key: StatisticsRow['key'] = {};
  by.forEach((dimension, i) => {
    const value = row[`k${i}`] as string | number | null;
    key[dimension] = isTime(dimension) ? periodStart(dimension, from, Number(value) - 1) : (value as string | null);
  });
  const {
    k0: _,
    k1: __,
    k2: ___,
    quantiles,
    ...rest
  } = row as { quantiles?: number[] | null } & Record<string, number | null>;
  const [median = null, p90 = null] = quantiles?.map((seconds) => seconds * 1000) ?? [];
  const of = rest as Record<string, number>;
  switch (measure) {
    case 'closed': {
      const { settled, ...counts } = of;
      return { key, values: { ...counts, share: share(of.resolved!, settled!) } };
    }
    case 'first-response':
    case 'resolution':
      return { key, values: { ...rest, medianMs: median, p90Ms: p90 } };
    case 'timeliness':
      return { key, values: { ...rest, share: share(of.met!, of.met! + of.breached!) } };
    case 'satisfaction':
      return { key, values: { ...rest, share: share(of.satisfied! + of.basicallySatisfied!, of.count!) } };
    case 'overdue':
    case 'reopened':
      return { key, values: { ...rest, share: share(of.count!, of.total!) } };
    case 'backlog':
      return { key, values: { ...rest, medianAgeMs: median, p90AgeMs: p90 } };
    case 'intake':
      return { key, values: rest };
  }
}
