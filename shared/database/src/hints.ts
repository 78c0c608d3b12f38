import { sql } from 'drizzle-orm';
import type { Db, Executor } from './connection';
import { readStatistics } from './statistics';

/** What an optimisation hint looks at. */
export type HintRule = 'slower-category' | 'often-breached-clock' | 'less-satisfied-category' | 'growing-backlog';

/** Something worth a look, with the figures that say so (G15): codes and numbers, words are the reader's. */
export interface Hint {
  rule: HintRule;
  /** What it is about: category, or process, clock and stage. */
  subject: Record<string, string>;
  /** The number it names: a factor, or a share 0–1. */
  number: number;
  evidence: Record<string, number>;
}

/** The rules, in numbers. A period is 30 days, compared with the 30 before. */
export const hintRules = {
  periodDays: 30,
  /** Fewer tickets prove nothing. */
  leastTickets: 10,
  slowerBy: 2,
  breachedShare: 0.2,
  satisfactionDrop: 0.1,
  backlogFactor: 1.5,
  leastBacklog: 20,
} as const;

/** Breaches between two instants by process, clock and the stage they happened at; withdrawn ones aside. */
export async function breachesByStage(db: Executor, period: { from: Date; to: Date; process?: string }) {
  const { from, to, process } = period;
  return db.execute<{ process: string; clock: string; stage: string; category: string; count: number }>(sql`
    select t.process, t.category, b.data->>'clock' as clock, count(*)::int as count,
      coalesce(s.stage, case t.process when 'complaint' then 'investigating' when 'escalation' then 'approving'
        else 'dispatching' end) as stage
    from timeline b join ticket_facts t on t.ticket = b.ticket
    left join lateral (
      select c.data->>'stage' as stage from timeline c
      where c.ticket = b.ticket and c.kind = 'stage' and (c.revision, c.idx) < (b.revision, b.idx)
      order by c.revision desc, c.idx desc limit 1) s on true
    where b.kind = 'breached' and b.at >= ${from.toISOString()} and b.at < ${to.toISOString()}
      and (${process ?? null}::text is null or t.process = ${process ?? null})
      and not exists (
        select 1 from timeline w where w.ticket = b.ticket and w.kind = 'breach-withdrawn'
          and w.data->>'clock' = b.data->>'clock' and (w.revision, w.idx) > (b.revision, b.idx))
    group by 1, 2, 3, 5 order by count(*) desc, 1, 2, 3`);
}

/** What changed for the worse in the 30 days up to the calendar day `to` (`YYYY-MM-DD` of the zone), worst first. */
export async function readHints(db: Db, { to, timeZone }: { to: string; timeZone: string }): Promise<Hint[]> {
  const { periodDays } = hintRules;
  const now = { from: daysBefore(to, periodDays - 1), to, timeZone };
  const before = { from: daysBefore(to, 2 * periodDays - 1), to: daysBefore(to, periodDays), timeZone };
  const found = await Promise.all([
    slowerCategories(db, now, before),
    oftenBreached(db, now),
    lessSatisfied(db, now, before),
    growingBacklog(db, now, before),
  ]);
  return found.flat().sort((a, b) => a.rule.localeCompare(b.rule) || b.number - a.number);
}

interface Period {
  from: string;
  to: string;
  timeZone: string;
}

async function byCategory(db: Db, measure: 'resolution' | 'satisfaction', period: Period) {
  const rows = await readStatistics(db, { measure, by: ['category'], ...period, filter: {} });
  return new Map(rows.map(({ key, values }) => [key.category ?? '', values]));
}

async function slowerCategories(db: Db, now: Period, before: Period): Promise<Hint[]> {
  const [current, earlier] = [await byCategory(db, 'resolution', now), await byCategory(db, 'resolution', before)];
  return [...current].flatMap(([category, { count, p90Ms }]): Hint[] => {
    const past = earlier.get(category);
    const { leastTickets, slowerBy } = hintRules;
    if (!past?.p90Ms || !p90Ms || (count ?? 0) < leastTickets || (past.count ?? 0) < leastTickets) return [];
    const number = p90Ms / past.p90Ms;
    const evidence = { p90Ms, beforeMs: past.p90Ms, tickets: count!, ticketsBefore: past.count! };
    return number >= slowerBy ? [{ rule: 'slower-category', subject: { category }, number, evidence }] : [];
  });
}

async function oftenBreached(db: Db, now: Period): Promise<Hint[]> {
  const rows = await readStatistics(db, { measure: 'timeliness', by: ['process', 'clock'], ...now, filter: {} });
  const [begin, end] = await instantsOf(db, now);
  const stages = await breachesByStage(db, { from: begin, to: end });
  return rows.flatMap(({ key, values }): Hint[] => {
    const [runs, breached] = [values.met! + values.breached!, values.breached!];
    if (runs < hintRules.leastTickets || breached / runs < hintRules.breachedShare) return [];
    const of = new Map<string, number>();
    for (const { process, clock, stage, count } of stages)
      if (process === key.process && clock === key.clock) of.set(stage, (of.get(stage) ?? 0) + count);
    const [worst] = [...of].sort((a, b) => b[1] - a[1]);
    const subject = { process: key.process!, clock: key.clock!, ...(worst ? { stage: worst[0] } : {}) };
    const evidence = { runs, breached, ...(worst ? { atStage: worst[1] } : {}) };
    return [{ rule: 'often-breached-clock', subject, number: breached / runs, evidence }];
  });
}

async function lessSatisfied(db: Db, now: Period, before: Period): Promise<Hint[]> {
  const [current, earlier] = [await byCategory(db, 'satisfaction', now), await byCategory(db, 'satisfaction', before)];
  return [...current].flatMap(([category, { count, share }]): Hint[] => {
    const past = earlier.get(category);
    if (typeof past?.share !== 'number' || typeof share !== 'number') return [];
    if (count! < hintRules.leastTickets || past.count! < hintRules.leastTickets) return [];
    const number = past.share - share;
    const evidence = { share, shareBefore: past.share, surveys: count!, surveysBefore: past.count! };
    if (number < hintRules.satisfactionDrop) return [];
    return [{ rule: 'less-satisfied-category', subject: { category }, number, evidence }];
  });
}

async function growingBacklog(db: Db, now: Period, before: Period): Promise<Hint[]> {
  const openAt = async (period: Period) => {
    const [row] = await readStatistics(db, { measure: 'backlog', by: [], ...period, filter: {} });
    return row?.values.open ?? 0;
  };
  const [open, openBefore] = [await openAt(now), await openAt(before)];
  if (!openBefore || open < hintRules.leastBacklog || open / openBefore < hintRules.backlogFactor) return [];
  return [{ rule: 'growing-backlog', subject: {}, number: open / openBefore, evidence: { open, openBefore } }];
}

async function instantsOf(db: Executor, { from, to, timeZone }: Period): Promise<[Date, Date]> {
  const [row] = await db.execute<{ begin: string; end: string }>(sql`
    select (${from}::date::timestamp at time zone ${timeZone})::text as begin,
      ((${to}::date + 1)::timestamp at time zone ${timeZone})::text as end`);
  return [new Date(row!.begin), new Date(row!.end)];
}

/** The calendar day so many days earlier. */
export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);
}
