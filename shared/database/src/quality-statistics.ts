import { type SQL, sql } from 'drizzle-orm';
import type { QualityDimension } from '@duban/contracts';
import type { Db } from './connection';

export interface QualityQuery {
  by: readonly QualityDimension[];
  /** Calendar days of `timeZone`, both included: when the checked work was scored. */
  from: string;
  to: string;
  timeZone: string;
  agent?: string;
  group?: string;
}

/** Checks scored in a time. By item, `averagePercent` is the item's; shares are 0–1, null without any. */
export interface QualityRow {
  key: Partial<Record<QualityDimension, string | null>>;
  values: {
    checks: number;
    averagePercent: number | null;
    passRate: number | null;
    appeals: number;
    upheld: number;
  };
}

/** What quality checks found (issue 5, section 7), ordered by its dimensions; an agent counts by the work checked. */
export async function readQualityStatistics(db: Db, query: QualityQuery): Promise<QualityRow[]> {
  const { by, from, to, timeZone, agent, group } = query;
  const columns: Record<QualityDimension, SQL> = {
    agent: sql`x.agent`,
    group: sql`x.group_id`,
    rule: sql`x.rule`,
    item: sql`x.form || '/' || x.item`,
    month: sql`to_char(x.scored_at at time zone ${timeZone}, 'YYYY-MM-01')`,
  };
  const keys = by.map((dimension, i) => sql`${columns[dimension]} as ${sql.raw(`k${i}`)}, `);
  const places = sql.raw(by.map((_, i) => i + 1).join(', '));
  const byItem = by.includes('item');
  // Points stand in the snapshot as `item:points`; an item's own percent is of the maximum that its form gives.
  const items = byItem
    ? sql`cross join lateral (
        select split_part(p, ':', 1) as item, split_part(p, ':', 2)::float8 as points
        from jsonb_array_elements_text(t.snapshot->'facts'->'points') p) i
      cross join lateral (
        select (e->>'max')::float8 as max from quality_forms f, jsonb_array_elements(f.items) e
        where f.id = q.form and f.version = q.form_version and e->>'id' = i.item) m`
    : sql``;
  const percent = byItem ? sql`100 * i.points / m.max` : sql`(t.snapshot->'facts'->>'percent')::float8`;
  const rows = await db.execute<Record<string, string | number | null>>(sql`
    select ${sql.join(keys, sql``)} count(*)::int as checks, avg(x.percent) as "averagePercent",
      avg(x.passed::int)::float8 as "passRate", count(*) filter (where x.appealed)::int as appeals,
      count(*) filter (where x.upheld)::int as upheld
    from (
      select q.agent, q.group_id, q.rule, q.form, s.scored_at, ${byItem ? sql`i.item,` : sql``} ${percent} as percent,
        (t.snapshot->'facts'->>'passed')::boolean as passed,
        coalesce((t.snapshot->'facts'->>'appealed')::boolean, false) as appealed,
        coalesce((t.snapshot->'facts'->>'upheld')::boolean, false) as upheld
      from quality_checks q join tickets t on t.number = q.ticket
      cross join lateral (
        select max(taken_at) as scored_at from steps where ticket = q.ticket and step = 'score' and state = 'applied') s
      ${items}
      where (t.snapshot->'facts'->>'scored')::boolean and (t.outcome is null or t.outcome <> 'cancelled')
        and s.scored_at >= (${from}::date::timestamp at time zone ${timeZone})
        and s.scored_at < ((${to}::date + 1)::timestamp at time zone ${timeZone})
        ${agent === undefined ? sql`` : sql`and q.agent = ${agent}`}
        ${group === undefined ? sql`` : sql`and q.group_id = ${group}`}
    ) x ${by.length ? sql`group by ${places} order by ${places}` : sql``}`);
  return rows.map((row) => {
    const { checks, averagePercent, passRate, appeals, upheld } = row as unknown as QualityRow['values'];
    const key = Object.fromEntries(by.map((dimension, i) => [dimension, row[`k${i}`] as string | null]));
    return { key, values: { checks, averagePercent, passRate, appeals, upheld } };
  });
}
