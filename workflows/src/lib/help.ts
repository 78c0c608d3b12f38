import type { Actor, Refusal } from '@duban/contracts';
import { contactOf } from './departments';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

const HOUR_MS = 3_600_000;
/** Where the policy does not say how far off a help's due time may be. */
const LONGEST_HOURS = 30 * 24;

interface Request {
  department: string;
  dueAt?: number;
}

/**
 * Help that departments are asked for from a ticket (G10): each request has a clock of its own, whose ladder tells the
 * department's contact and then its head; the answer comes back into the timeline and tells the handler.
 */
export function createHelp(ticket: Ticket, { alive, handled }: { alive: () => boolean; handled: () => boolean }) {
  const { state, clocks } = ticket;
  /** Departments that were asked and have not answered. */
  const open = new Set<string>();

  const show = () => void (state.facts.helpOpen = [...open].sort());

  function ask({ department: id, dueAt }: Request, at: number, step: string): void {
    open.add(id);
    const department = state.departments.find((d) => d.id === id);
    if (!department) state.departments.push({ id, state: 'helping' });
    else if (department.state === 'released') department.state = 'helping';
    clocks.start('help', at, { department: id, ...(dueAt === undefined ? {} : { due: dueAt }) });
    show();
    const due = clocks.get(`help:${id}`)?.dueAt ?? dueAt;
    ticket.tell('help-wanted', contactOf(id), { step, department: id, ...(due === undefined ? {} : { dueAt: due }) });
  }

  /** Whoever took part only to help has done so, or is not wanted any more. */
  function close(id: string, as: 'delivered' | 'released'): void {
    open.delete(id);
    const department = state.departments.find((d) => d.id === id);
    if (department?.state === 'helping') department.state = as;
    show();
  }

  function takeBack(id: string, at: number): void {
    ticket.tell('help-withdrawn', contactOf(id), { department: id });
    clocks.cancel(`help:${id}`, at);
    close(id, 'released');
  }

  const notAsked = (department: string): Refusal => ({
    code: 'not-asked',
    field: 'department',
    detail: { department },
  });

  function tooFar({ dueAt }: Request, at: number): Refusal | null {
    if (dueAt === undefined) return null;
    const detail = { field: 'dueAt' };
    if (dueAt <= at) return { code: 'in-the-past', field: 'dueAt', detail };
    const longestMs = (ticket.policy.limits.helpHours ?? LONGEST_HOURS) * HOUR_MS;
    return dueAt > at + longestMs ? { code: 'too-far', field: 'dueAt', detail } : null;
  }

  return {
    steps: {
      'request-help': {
        open: handled,
        check: ({ at, command }: Taken<Request>): Refusal | null =>
          open.has(command.department)
            ? { code: 'help-open', field: 'department', detail: { department: command.department } }
            : tooFar(command, at),
        take: ({ at, id, command }: Taken<Request>) => ask(command, at, id),
      },
      'give-help': {
        open: () => alive() && open.size > 0, // also while nobody has the ticket
        check: ({ actor, command }: Taken<Request>): Refusal | null =>
          open.has(command.department) && speaksFor(actor, command.department) ? null : notAsked(command.department),
        take: ({ at, id, command }: Taken<Request>) => {
          clocks.stop(`help:${command.department}`, at);
          close(command.department, 'delivered');
          ticket.tellHandler('help-given', { step: id, department: command.department });
        },
      },
      'withdraw-help': {
        open: () => handled() && open.size > 0,
        check: ({ command }: Taken<Request>): Refusal | null =>
          open.has(command.department) ? null : notAsked(command.department),
        take: ({ at, command }: Taken<Request>) => takeBack(command.department, at),
      },
    },
    /** Why the ticket cannot be ended yet; null when nobody is still asked. */
    refusal: (): Refusal | null =>
      open.size === 0 ? null : { code: 'help-open', detail: { department: [...open].sort().join(', ') } },
    /** The ticket is over: whoever was asked need not answer any more. */
    end: (at: number) => [...open].sort().forEach((id) => takeBack(id, at)),
  };
}

function speaksFor(actor: Actor, department: string): boolean {
  return actor.departments.includes(department);
}
