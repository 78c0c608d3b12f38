import { type Actor, alarmKeysOf, deskRoles } from '@duban/contracts';
import {
  type Executor,
  type Grant,
  type TicketRow,
  findTicket,
  findTickets,
  isVisible,
  linksOf,
} from '@duban/database';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import type { Caller } from '../http/route';

/** What a caller may see of tickets. Nothing else is: it answers 404, as if it were not there. */
export function grantsOf(actor: Actor): Grant[] {
  const has = (...roles: Actor['roles']) => roles.some((role) => actor.roles.includes(role));
  if (has('auditor')) return [{ kind: 'all' }];
  if (has('supervisor', 'team-leader')) return [{ kind: 'judge', staff: actor.id }];
  if (has(...deskRoles)) return [{ kind: 'desk', staff: actor.id }];
  const grants: Grant[] = [{ kind: 'creator', id: actor.id }];
  const forDepartment = actor.kind === 'system' || has('department-contact', 'department-head');
  if (forDepartment && actor.departments.length) grants.push({ kind: 'departments', ids: actor.departments });
  grants.push({ kind: 'alarmed', keys: alarmKeysOf(actor) });
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

/** A ticket's links, but for quality checks of it that the caller may not know of. */
export async function linksSeen(number: string, { actor }: Caller, db: Executor) {
  const links = await linksOf(db, number);
  const checks = links.filter(({ kind }) => kind === 'checked-by').map(({ ticket }) => ticket);
  if (!checks.length) return links;
  const seen = (await findTickets(db, checks)).filter((row) => isVisible(grantsOf(actor), row));
  return links.filter(({ ticket, kind }) => kind !== 'checked-by' || seen.some((row) => row.number === ticket));
}

/** An object loader for rows below `/tickets/:number`. */
export function ofTicket({ params, caller }: { params: { number: string }; caller: Caller }, deps: Deps) {
  return visibleTicket(params.number, caller, deps);
}
