import type { Addressee, ClockName, DepartmentView, Message, Template } from '@duban/contracts';
import type { Rung } from '@duban/policy';
import type { Clock } from './clocks';
import { contactOf } from './departments';
import type { TicketState } from './ticket';

export const supervisors: Addressee[] = [{ kind: 'role', role: 'supervisor' }];

/** Whoever has the ticket; while nobody has, the supervisors. */
export const handlerOf = ({ handler }: TicketState): Addressee[] =>
  handler ? [{ kind: 'staff', id: handler }] : supervisors;

/** What a rung is in the timeline. */
export const rungKinds = { remind: 'reminded', warn: 'warned', breach: 'breached', escalate: 'escalated-up' } as const;

const templates = {
  remind: 'ticket-reminder',
  warn: 'clock-warning',
  breach: 'clock-breached',
  escalate: 'clock-escalated',
} as const;

/** Whose promises these are, where they are not the handler's. */
const keepers: Partial<Record<ClockName, string>> = {
  ...{ answer: 'team-leader', 'change-approval': 'team-leader', 'refund-approval': 'team-leader' },
  ...{ investigation: 'supervisor', verification: 'supervisor', revisit: 'supervisor' },
  ...{ approval: 'supervisor', command: 'supervisor' },
  ...{ ruling: 'committee', recovery: 'duty-manager', 'fault-update': 'duty-manager', material: 'customer' },
};

/** Who is late: a task, a department, a role, or the handler's number. */
export function lateParty({ name, about, department }: Clock, state: TicketState): string {
  if (about ?? department) return (about ?? department)!;
  if (name === 'rectification' && typeof state.facts.department === 'string') return state.facts.department;
  return keepers[name] ?? state.handler ?? state.group ?? 'supervisor';
}

/** What a rung says, and of what beside its clock: the customer is asked for the material that is missing (A1). */
export function rungMessage(
  clock: Clock,
  rung: Rung,
  state: TicketState,
): { template: Template; data: Message['data'] } {
  if (clock.name !== 'material' || rung.act !== 'remind') return { template: templates[rung.act], data: {} };
  const missing = (state.facts.missing as string[] | undefined) ?? [];
  return { template: 'material-wanted', data: { materials: missing.join(',') } };
}

/** Who hears of a rung, each once. */
export function toldBy(clock: Clock, rung: Rung, state: TicketState): Addressee[] {
  const departments = clock.department ? [clock.department] : state.departments.filter(isActive).map((d) => d.id);
  const told = rung.tell.flatMap((recipient): Addressee[] => {
    switch (recipient) {
      case 'handler':
        return handlerOf(state);
      case 'department':
        return departments.flatMap(contactOf);
      case 'department-head':
        return departments.map((id) => ({ kind: 'department', id, role: 'department-head' }));
      case 'committee':
        return [{ kind: 'role', role: 'committee-member' }];
      case 'owner':
        return clock.owner ? [clock.owner] : handlerOf(state);
      case 'customer':
        return [{ kind: 'customer' }];
      default:
        return [{ kind: 'role', role: recipient }];
    }
  });
  return [...new Map(told.map((to) => [JSON.stringify(to), to])).values()];
}

/** Its own part of the matter is still to be done; who merely helps has a clock of its own for that. */
const isActive = ({ state }: DepartmentView) => state !== 'released' && state !== 'delivered' && state !== 'helping';
