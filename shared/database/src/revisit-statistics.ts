import { sql } from 'drizzle-orm';
import type { Db } from './connection';

/** What became of the revisits of one plan (R1). Shares are 0–1, averages 1–5; null without any. */
export interface RevisitFigures {
  plan: string;
  nameZh: string;
  nameEn: string;
  planned: number;
  leftOut: number;
  open: number;
  reached: number;
  answered: number;
  notReached: number;
  refused: number;
  attempts: number;
  averageScore: number | null;
  lowScores: number;
}

/** Revisits that fell due from `from` to `to` (calendar days, both included), by plan. */
export async function readRevisitFigures(
  db: Db,
  { from, to }: { from: string; to: string },
): Promise<RevisitFigures[]> {
  const result = (name: string) => sql`count(*) filter (where x.facts->>'result' = ${name})::int`;
  return db.execute<RevisitFigures & Record<string, unknown>>(sql`
    select x.plan, coalesce(p.name_zh, x.plan) as "nameZh", coalesce(p.name_en, x.plan) as "nameEn",
      count(*)::int as planned, count(x.left_out)::int as "leftOut",
      count(*) filter (where x.left_out is null and x.closed_at is null)::int as open,
      count(*) filter (where (x.facts->>'reached')::boolean)::int as reached,
      ${result('answered')} as answered, ${result('not-reached')} as "notReached", ${result('refused')} as refused,
      coalesce(sum((x.facts->>'attempts')::int), 0)::int as attempts,
      avg((x.facts->>'averageScore')::float8) as "averageScore",
      count(*) filter (where (x.facts->>'lowScore')::boolean)::int as "lowScores"
    from (select r.plan, r.left_out, t.closed_at, t.snapshot->'facts' as facts
      from revisits r left join tickets t on t.number = r.ticket
      where r.due_on between ${from}::date and ${to}::date) x
    left join revisit_plans p on p.id = x.plan
    group by x.plan, p.name_zh, p.name_en order by x.plan`);
}
