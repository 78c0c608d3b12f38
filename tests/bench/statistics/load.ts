import type { Database } from '@duban/database';
import type { Log } from '@duban/infra/local/processes';
import { loadTickets } from '../list/load';

/** Every so many tickets is a complaint. */
const COMPLAINT_EACH = 10;
/** Hints and packs look back two months at what the timelines tell. */
const TOLD = '200 days';

/** Two busy years as reports look at them: complaints, what ran out at which stage, and surveys. */
export async function loadStatistics(database: Database, load: { tickets: number; log: Log }): Promise<void> {
  const { sql } = database;
  const { log } = load;
  await loadTickets(database, { ...load, staff: 'CS002' });
  log('some are complaints');
  await sql`update tickets set process = 'complaint', type = 'service',
    snapshot = snapshot || '{"process": "complaint"}' where hashtext(number) % ${COMPLAINT_EACH} = 0`;
  log('timelines and surveys');
  await sql`insert into timeline (ticket, revision, idx, at, kind, data)
    select ticket, 1, 0, created_at, 'stage', '{"stage": "handling"}' from ticket_facts
    where created_at > now() - ${TOLD}::interval`;
  await sql`insert into timeline (ticket, revision, idx, at, kind, data)
    select ticket, 2, (c.i - 1)::int, created_at + (10 + 20 * c.i) * interval '1 minute', 'breached',
      jsonb_build_object('clock', c.clock)
    from ticket_facts, unnest(breached) with ordinality c (clock, i)
    where created_at > now() - ${TOLD}::interval`;
  await sql`insert into steps (id, ticket, step, actor, actor_id, origin, command, state, taken_at, settled_at)
    select 'survey-' || ticket, ticket, 'submit-survey', '{}', 'customer', 'web',
      jsonb_build_object('grade', grade, 'efficiency', efficiency), 'applied', closed_at, closed_at
    from ticket_facts where grade is not null`;
  for (const table of ['tickets', 'ticket_facts', 'timeline', 'steps']) await sql`vacuum (analyze) ${sql(table)}`;
  await sql`checkpoint`;
}
