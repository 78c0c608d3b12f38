import type { Database } from './connection';

/** A workflow that speaks does so within seconds; twice as long is no accident. */
const LATE_MS = 30_000;
/** So many of the open tickets that are due next belong to the first page, whatever their rows say. */
const DUE_NEXT = 100;

/**
 * Numbers of tickets whose rows say that something did not come, in order, after `after`: a step unsettled, a start
 * unanswered, a due instant that nobody flagged, a dispatch, an archive, an escalation or a message that is still
 * missing. Their workflows are worth a look (design 9); a healthy centre has next to none.
 */
export async function likelyStuckTickets({ sql }: Database, after: string, limit: number): Promise<string[]> {
  const rows = await sql<Array<{ number: string }>>`
    with late as (select clock_timestamp() - ${LATE_MS} * interval '1 ms' as at),
    named as (
      select ticket as number from steps, late where state in ('pending', 'sent') and taken_at < late.at
      union select ticket from deliveries, late where state in ('pending', 'sending') and updated_at < late.at
      union select number from tickets, late where revision = 0 and started_at < late.at
      union select number from tickets, late
        where closed_at is null and coalesce(next_due_at, 'infinity'::timestamptz) < late.at
          and jsonb_path_exists(
            snapshot,
            '$.clocks[*] ? (@.state == "running" && @.dueAt < $at && !exists(@.breachedAt))',
            jsonb_build_object('at', extract(epoch from late.at) * 1000)
          )
      union select number from tickets t, late
        where status = 'awaiting-assignment' and closed_at is null and started_at < late.at
          and not exists (select 1 from assignment_queue q where q.ticket = t.number)
      union select number from tickets
        where status = 'escalated' and closed_at is null
          and not jsonb_path_exists(snapshot, '$.links[*] ? (@.kind == "escalates-to" && @.open == true)')
      union select number from tickets where closed_at is not null and not archived and stage = 'archiving'
      union (
        select number from tickets where closed_at is null and started_at is not null
        order by coalesce(next_due_at, 'infinity'::timestamptz), number limit ${DUE_NEXT}
      )
    )
    select number from named where number > ${after} order by number limit ${limit}`;
  return rows.map((row) => row.number);
}
