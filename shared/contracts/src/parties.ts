import type { Recipient } from '@duban/policy';
import type { Addressee } from './effects';
import type { Label } from './fields';
import { type Actor, deskRoles, roles } from './roles';
import type { Snapshot } from './snapshot';
import type { Party, StepDefinition } from './steps';

export const partyLabels: Record<Party, Label> = {
  handler: { zh: '处理人', en: 'Handler' },
  desk: { zh: '客服人员', en: 'Service desk' },
  'team-leader': { zh: '班组长', en: 'Team leader' },
  supervisor: { zh: '主管', en: 'Supervisor' },
  department: { zh: '协作部门', en: 'Department' },
  committee: { zh: '升级管理委员会', en: 'Committee' },
  investigator: { zh: '调查小组', en: 'Investigation group' },
  'revisit-group': { zh: '回访组', en: 'Revisit group' },
  'duty-manager': { zh: '当值管理', en: 'Duty manager' },
  alarmed: { zh: '应急人员', en: 'Called to the emergency' },
  'checked-agent': { zh: '被质检人', en: 'Agent checked' },
  administrator: { zh: '系统管理员', en: 'Administrator' },
  customer: { zh: '客户', en: 'Customer' },
};

/** Whom a clock's ladder tells. */
export const recipientLabels: Record<Recipient, Label> = {
  ...partyLabels,
  'department-head': roles['department-head'],
  owner: { zh: '负责人', en: 'Owner' },
};

type Seen = Pick<Snapshot, 'handler' | 'supporters' | 'departments' | 'facts'>;

/** Every party the actor is to this ticket. The API and the workflow ask the same function (design 6). */
export function partiesOf(actor: Actor, ticket: Seen): Set<Party> {
  const parties = new Set<Party>();
  if (actor.kind === 'customer') return parties.add('customer');
  const takesPart = (id: string) => ticket.departments.some((d) => d.id === id && d.state !== 'released');
  if (actor.departments.some(takesPart) && (actor.kind === 'system' || isDepartment(actor))) parties.add('department');
  const told = (ticket.facts.told as string[] | undefined) ?? [];
  if (alarmKeysOf(actor).some((key) => told.includes(key))) parties.add('alarmed');
  if (actor.kind === 'system') return parties;
  if (actor.id === ticket.handler || ticket.supporters.includes(actor.id)) parties.add('handler');
  if (actor.roles.some((r) => deskRoles.includes(r))) parties.add('desk');
  if (actor.roles.includes('team-leader')) parties.add('team-leader');
  if (actor.roles.includes('supervisor')) parties.add('supervisor');
  if (actor.roles.includes('committee-member')) parties.add('committee');
  if (actor.roles.includes('revisit-group')) parties.add('revisit-group');
  if (actor.roles.includes('duty-manager')) parties.add('duty-manager');
  if (actor.roles.includes('administrator')) parties.add('administrator');
  if (actor.id === ticket.facts.checkedAgent) parties.add('checked-agent');
  const group = [ticket.facts.groupLead, ...((ticket.facts.groupMembers as string[] | undefined) ?? [])];
  if (group.includes(actor.id)) parties.add('investigator');
  return parties;
}

/** How an emergency's facts keep whom it called; customers are not. */
export function alarmKey(to: Addressee): string | undefined {
  if (to.kind === 'customer') return undefined;
  return to.kind === 'role' ? `role:${to.role}` : `${to.kind}:${to.id}`;
}

/** The keys under which somebody may have been called. */
export function alarmKeysOf(actor: Actor): string[] {
  const departments = actor.kind === 'system' || isDepartment(actor) ? actor.departments : [];
  const own = actor.kind === 'staff' ? [`staff:${actor.id}`, ...actor.roles.map((role) => `role:${role}`)] : [];
  return [...own, ...departments.map((id) => `department:${id}`)];
}

function isDepartment(actor: Actor): boolean {
  return actor.roles.includes('department-contact') || actor.roles.includes('department-head');
}

/** Whether this caller may take the step on this ticket, were it open. */
export function mayTake(definition: Pick<StepDefinition, 'by'>, actor: Actor, ticket: Seen): boolean {
  const parties = partiesOf(actor, ticket);
  return definition.by.some((party) => parties.has(party));
}
