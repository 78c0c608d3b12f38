import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending } from './desk';
import type { FaultySystem } from './system';

/** After a due instant of this test's policy comes one more rung, six seconds later. */
const LAST_RUNG_MS = 8_000;
/** An activity that was lost with its process is tried again within this time at the latest. */
const REST_WITHIN_MS = 600_000;

/** A timer that is late on a busy machine shows in nothing: after so long without any change there is none. */
const STILL_MS = 6_000;

/**
 * Waits until nothing moves any more: stories at their end, steps settled, wake-ups and messages out, no activity
 * pending, every clock's ladder climbed, no ticket's revision moved for a while. Returns what still moves when that
 * does not come about.
 */
export async function untilAtRest(system: FaultySystem, endings: Ending[]): Promise<string[]> {
  let still = { revisions: -1, since: 0 };
  for (const end = Date.now() + REST_WITHIN_MS; ; await sleep(1_000)) {
    const moving = await whatMoves(system, endings).catch((error: Error) => [error.message]);
    const revisions = moving.length ? -1 : await sumOfRevisions(system);
    if (revisions !== still.revisions) still = { revisions, since: Date.now() };
    const rests = moving.length === 0 && Date.now() - still.since >= STILL_MS;
    if (rests || Date.now() > end) return moving;
    if (process.env.DUBAN_FAULT_LOG) console.log('still moving', moving.length, moving.slice(0, 5));
  }
}

async function sumOfRevisions({ database }: FaultySystem): Promise<number> {
  const [row] = await database.sql<Array<{ sum: number }>>`select coalesce(sum(revision), 0)::int as sum from tickets`;
  return row!.sum;
}

async function whatMoves({ database, client }: FaultySystem, endings: Ending[]): Promise<string[]> {
  const { sql } = database;
  const moving: string[] = [];
  const rows = await sql<Array<{ number: string; archived: boolean; stage: string; due: number | null }>>`
    select number, archived, stage,
      (select max((clock->>'dueAt')::float8) from jsonb_array_elements(snapshot->'clocks') as clock
        where clock->>'state' in ('running', 'paused')) as due
    from tickets`;
  const tickets = new Map(rows.map((row) => [row.number, row]));
  for (const { ticket, archived, stage } of endings) {
    const row = tickets.get(ticket);
    if (row?.archived !== archived || row.stage !== stage) moving.push(`${ticket} is at ${row?.stage}, not ${stage}`);
  }
  const [left] = await sql`select
    (select count(*)::int from steps where state in ('pending', 'sent')) as steps,
    (select count(*)::int from wakeups where sent_at is null) as wakeups,
    (select count(*)::int from deliveries where state in ('pending', 'sending')) as deliveries`;
  for (const [what, count] of Object.entries(left!)) if (count) moving.push(`${count} ${what}`);
  if (moving.length) return moving;

  const running = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" }))
    running.add(workflowId);
  for (const { number, archived, due } of rows) {
    if (archived && !running.has(number)) continue;
    if (due && due + LAST_RUNG_MS > Date.now()) moving.push(`${number} has a clock to run`);
    const { raw } = await client.workflow.getHandle(number).describe();
    for (const activity of raw.pendingActivities ?? [])
      moving.push(
        `${number} ${activity.activityType?.name}, attempt ${activity.attempt}: ${activity.lastFailure?.message ?? ''}`,
      );
    if (raw.pendingWorkflowTask) moving.push(`${number} has a workflow task pending`);
    if (archived) moving.push(`${number} is about to end`);
  }
  return moving;
}
