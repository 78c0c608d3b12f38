import { type SQL, sql } from 'drizzle-orm';
import { processes, unsettledOutcomes } from '@duban/contracts';
import type { Db } from './connection';
import { dailyReports } from './schema';
import { textArray } from './visibility';

/** The calendar day of an instant (UTC ms) by the centre's clock, `YYYY-MM-DD`. */
export const reportDay = (ms: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(ms);

/** Part of a whole, 0–1; null when there is nothing to share. */
const share = (part: number, whole: number) => (whole ? part / whole : null);

type Figures = Record<string, number>;
/** Figures by process; `all` is every process together. */
type ByProcess = Map<string, Figures>;

/**
 * The measures of the daily report (G15), each from one query's figures:
 * - `intake`, `closed`, `cancelled` (of these), `overdue` (tickets in which a clock ran out), `reopened`: `{count}`
 * - `response-timeliness`: first-response clocks that were met or ran out that day, `{share, inTime, total}`
 * - `resolution-rate`: of those closed that day, but for the `unsettledOutcomes`, `{share, resolved, total}`
 * - `satisfaction`: surveys submitted that day, `{share, satisfied, basicallySatisfied, dissatisfied, total}`; the share
 *   is of satisfied and basically satisfied
 * - `scores`: their averages, 1–5 or null, `{efficiency, attitude, solution}`
 */
const measures: Record<string, (of: Figures) => unknown> = {
  intake: (of) => ({ count: of.intake }),
  closed: (of) => ({ count: of.closed }),
  cancelled: (of) => ({ count: of.cancelled }),
  overdue: (of) => ({ count: of.overdue }),
  reopened: (of) => ({ count: of.reopened }),
  'response-timeliness': (of) => ({ share: share(of.inTime!, of.responses!), inTime: of.inTime, total: of.responses }),
  'resolution-rate': (of) => ({ share: share(of.resolved!, of.settled!), resolved: of.resolved, total: of.settled }),
  satisfaction: (of) => ({
    share: share(of.satisfied! + of.basicallySatisfied!, of.surveys!),
    satisfied: of.satisfied,
    basicallySatisfied: of.basicallySatisfied,
    dissatisfied: of.dissatisfied,
    total: of.surveys,
  }),
  scores: (of) => ({ efficiency: of.efficiency ?? null, attitude: of.attitude ?? null, solution: of.solution ?? null }),
};
const counted = [
  ...['intake', 'closed', 'cancelled', 'settled', 'resolved', 'overdue', 'responses', 'inTime', 'reopened'],
  ...['surveys', 'satisfied', 'basicallySatisfied', 'dissatisfied'],
];

/**
 * Makes the rows of one day (`YYYY-MM-DD` in `timeZone`), per process and for `all`; rows there already are replaced.
 * @returns how many rows the day has
 */
export async function makeReportRows(db: Db, day: string, timeZone: string): Promise<number> {
  const figures = await readFigures(db, day, timeZone);
  const rows = ['all', ...processes].flatMap((process) => {
    const zero = Object.fromEntries(counted.map((name) => [name, 0]));
    const of = { ...zero, ...figures.get(process) };
    return Object.entries(measures).map(([measure, value]) => ({ day, process, measure, value: value(of) }));
  });
  await db
    .insert(dailyReports)
    .values(rows)
    .onConflictDoUpdate({
      target: [dailyReports.day, dailyReports.process, dailyReports.measure],
      set: { value: sql`excluded.value`, madeAt: sql`now()` },
    });
  return rows.length;
}

async function readFigures(db: Db, day: string, timeZone: string): Promise<ByProcess> {
  const midnight = (date: SQL) => sql`extract(epoch from (${date})::timestamp at time zone ${timeZone}) * 1000`;
  const [span] = await db.execute<{ from: string; to: string }>(
    sql`select ${midnight(sql`${day}::date`)} as from, ${midnight(sql`${day}::date + 1`)} as to`,
  );
  const [from, to] = [new Date(Number(span!.from)), new Date(Number(span!.to))];
  const within = (instant: SQL) => sql`(${instant} >= ${from.toISOString()} and ${instant} < ${to.toISOString()})`;
  const withinMs = (ms: SQL) => sql`((${ms})::bigint >= ${from.getTime()} and (${ms})::bigint < ${to.getTime()})`;
  const [created, closed] = [within(sql`t.created_at`), within(sql`t.closed_at`)];
  const settled = sql`${closed} and coalesce(t.outcome, '') <> all(${textArray(unsettledOutcomes)})`;
  const metInTime = sql`c->>'breachedAt' is null and c->>'state' = 'met' and ${withinMs(sql`c->>'stoppedAt'`)}`;
  const ranOut = withinMs(sql`c->>'breachedAt'`);
  const endedWithin = ['breachedAt', 'stoppedAt']
    .map((name) => `@.${name} >= ${from.getTime()} && @.${name} < ${to.getTime()}`)
    .reduce((one, other) => `$.clocks[*] ? (${one} || ${other})`);
  const isResponse = sql`c->>'name' = 'first-response'`;
  const grade = (name: string) => sql`count(*) filter (where s.command->>'grade' = ${name})::int`;
  const average = (name: string) => sql`avg((s.command->>${name})::int)::float8`;

  const queries = [
    sql`select t.process,
        count(*) filter (where ${created})::int as "intake",
        count(*) filter (where ${closed})::int as "closed",
        count(*) filter (where ${closed} and t.outcome = 'cancelled')::int as "cancelled",
        count(*) filter (where ${settled})::int as "settled",
        count(*) filter (where ${settled} and coalesce(t.outcome, 'satisfied') = 'satisfied')::int as "resolved"
      from ticket_facts t where ${created} or ${closed}`,
    // Only tickets that were open at some moment of the day can have a clock that ended in it. The path picks these out
    // before their clocks are spread.
    sql`select t.process,
        count(*) filter (where ${isResponse} and (${metInTime} or ${ranOut}))::int as "responses",
        count(*) filter (where ${isResponse} and ${metInTime})::int as "inTime",
        count(distinct t.number) filter (where ${ranOut})::int as "overdue"
      from tickets t, jsonb_array_elements(t.snapshot->'clocks') c
      where t.created_at < ${to.toISOString()} and (t.closed_at is null or t.closed_at >= ${from.toISOString()})
        and t.process <> 'quality-check' and t.snapshot @? ${endedWithin}::jsonpath`,
    sql`select t.process,
        count(*)::int as "surveys",
        ${grade('satisfied')} as "satisfied",
        ${grade('basically-satisfied')} as "basicallySatisfied",
        ${grade('dissatisfied')} as "dissatisfied",
        ${average('efficiency')} as "efficiency",
        ${average('attitude')} as "attitude",
        ${average('solution')} as "solution"
      from steps s join tickets t on t.number = s.ticket
      where s.step = 'submit-survey' and s.state = 'applied' and ${within(sql`s.taken_at`)}`,
    sql`select t.process, count(*)::int as "reopened"
      from tickets t join ticket_links l on l.ticket = t.number and l.kind = 'reopens'
      where ${created}`,
  ];
  const figures: ByProcess = new Map();
  for (const query of queries) {
    const rows = await db.execute<Record<string, unknown>>(sql`${query} group by grouping sets ((t.process), ())`);
    for (const { process, ...more } of rows) {
      const key = (process as string | null) ?? 'all';
      figures.set(key, { ...figures.get(key), ...(more as Figures) });
    }
  }
  return figures;
}
