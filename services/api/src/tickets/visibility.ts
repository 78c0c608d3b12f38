import { type Actor, deskRoles } from '@duban/contracts';
import { type Grant, type TicketRow, findTicket, isVisible } from '@duban/database';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import type { Caller } from '../http/route';

/** What a caller may see of tickets. Nothing else is: it answers 404, as if it were not there. */
export function grantsOf(actor: Actor): Grant[] {
  const has = (...roles: Actor['roles']) => roles.some((role) => actor.roles.includes(role));
  if (has(...deskRoles, 'auditor')) return [{ kind: 'all' }];
  const grants: Grant[] = [{ kind: 'creator', id: actor.id }];
  const forDepartment = actor.kind === 'system' || has('department-contact', 'department-head');
  if (forDepartment && actor.departments.length) grants.push({ kind: 'departments', ids: actor.departments });
  if (actor.kind !== 'staff') return grants;
  grants.push({ kind: 'handler', staff: actor.id }, { kind: 'investigator', staff: actor.id });
  if (has('committee-member')) grants.push({ kind: 'committee' });
  if (has('revisit-group')) grants.push({ kind: 'revisit' });
  if (has('knowledge-editor')) grants.push({ kind: 'closed' });
  return grants;
}

/** The ticket, or 404 where there is none or the caller may not know of it. */
export async function visibleTicket(number: string, caller: Caller, { db }: Deps): Promise<TicketRow> {
  const ticket = await findTicket(db, number);
  if (!ticket || !isVisible(grantsOf(caller.actor), ticket)) throw problems.notFound();
  return ticket;
}

/** An object loader for rows below `/tickets/:number`. */
export function ofTicket({ params, caller }: { params: { number: string }; caller: Caller }, deps: Deps) {
  return visibleTicket(params.number, caller, deps);
}
