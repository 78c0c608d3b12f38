import { sql } from 'drizzle-orm';
import { lockAssignment } from './assignment';
import type { Db, Executor } from './connection';
import { writeNotification } from './deliveries';
import { resolveAddressees } from './recipients';
import { handOverId } from './schedules';

/** An open ticket whose handler is away, and that nothing hands on by itself. */
export interface AbsentHandler {
  absence: string;
  ticket: string;
  handler: string;
  /** Since when the handler is away, ms. */
  ageMs: number;
}

const LIMIT = 200;

/**
 * Open tickets of people who are away that stay with them (G7): escalations without a substitute, those whose stage
 * cannot be handed on, and where handing over was refused. What somebody keeps on purpose counts once it falls due
 * before they are back.
 */
export async function absentHandlers(db: Executor, filter: { untold?: boolean } = {}): Promise<AbsentHandler[]> {
  const now = sql`clock_timestamp()`;
  const goesOn = sql`t.snapshot->'openSteps' ? 'reassign' and (a.substitute_id is not null or t.process <> 'escalation')`;
  const untold = sql`and not exists (
    select 1 from notifications n
    where n.ticket = t.number and n.template = 'attention-wanted' and n.data->>'absence' = a.id)`;
  const rows = await db.execute<AbsentHandler & Record<string, unknown>>(sql`
    select a.id as absence, t.number as ticket, a.staff_id as handler,
      (extract(epoch from ${now} - a.starts_at) * 1000)::float8 as "ageMs"
    from absences a join tickets t on t.handler = a.staff_id and t.closed_at is null
    where a.starts_at <= ${now} and a.ends_at > ${now}
      and case when not a.hand_over then t.next_due_at < a.ends_at
        when ${goesOn} then exists (
          select 1 from steps s where s.state = 'refused' and s.id = ${handOverId(sql`a.id`, sql`t.number`, sql`t.revision`)})
        else true end
      and not exists (select 1 from steps s where s.ticket = t.number and s.state in ('pending', 'sent'))
      ${filter.untold ? untold : sql``}
    order by a.starts_at, t.number limit ${LIMIT}`);
  return rows.map(({ absence, ticket, handler, ageMs }) => ({ absence, ticket, handler, ageMs }));
}

/**
 * Tells the supervisors of each such ticket, once for an absence: nothing stays silently with who is not there.
 * @returns how many tickets they were told of
 */
export async function tellAbsentHandlers(db: Db): Promise<number> {
  return db.transaction(async (tx) => {
    await lockAssignment(tx); // two services at once would tell twice
    const found = await absentHandlers(tx, { untold: true });
    for (const { absence, ticket, handler } of found)
      for (const { id } of await resolveAddressees(tx, ticket, [{ kind: 'role', role: 'supervisor' }]))
        await writeNotification(tx, {
          key: `${ticket}:attention-wanted:${absence}:in-app:${id}`,
          ...{ staff: id, ticket, template: 'attention-wanted' },
          data: { reason: 'handler-absent', handler, absence },
        });
    return found.length;
  });
}
