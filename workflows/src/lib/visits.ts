import type { Addressee, FaultCause, Refusal, VisitResult } from '@duban/contracts';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

/** What became of visits; the story waits for the last. */
export interface VisitFacts {
  appointment: { at: number; engineer: string | null } | null;
  visit: { result: VisitResult; at: number } | null;
}
export const noVisit = (): VisitFacts => ({ appointment: null, visit: null });

const REMINDERS = [
  ['visitReminder', '上门提醒'],
  ['visitReminderAgain', '上门再次提醒'],
] as const;

interface Arranged {
  at: number;
  engineer?: string;
}
interface Recorded {
  result: VisitResult;
  arrivedAt?: number;
  cause?: FaultCause;
}

/**
 * Visits to the customer (F3, T1): agreed on, reminded of, made or not. Whoever is sent takes part in the ticket until
 * somebody else is; `company` is who else hears of appointments.
 */
export function createVisits(
  ticket: Ticket,
  facts: VisitFacts,
  options: { wanted: () => boolean; company?: () => Addressee[]; engineerNeeded?: true },
) {
  const { state, clocks, policy } = ticket;
  /** Sent by an appointment, and so beside the handler. */
  let sent: string | null = null;

  const everyone = (): Addressee[] => [
    { kind: 'customer' },
    ...(sent ? [{ kind: 'staff' as const, id: sent }] : []),
    ...(options.company?.() ?? []),
  ];

  function send(engineer: string | null): void {
    if (sent && sent !== engineer) state.supporters = state.supporters.filter((id) => id !== sent);
    if (engineer && !state.supporters.includes(engineer)) state.supporters.push(engineer);
    sent = engineer;
  }

  function remind(at: number): void {
    for (const [period, name] of REMINDERS) {
      const before = policy.periods[period];
      clocks.silence(name);
      if (before !== undefined && at - before > Date.now())
        clocks.alarm(name, at - before, () => ticket.tell('visit-reminder', everyone(), { dueAt: at }));
    }
  }

  function forget(at: number): void {
    for (const [, name] of REMINDERS) clocks.silence(name);
    clocks.cancel('appointment', at);
    clocks.cancel('visit', at);
    send(null);
    Object.assign(facts, noVisit());
  }

  return {
    steps: {
      'arrange-visit': {
        open: () => options.wanted() && facts.visit === null,
        check: ({ at, command }: Taken<Arranged>): Refusal | null => {
          if (command.at <= at) return { code: 'in-the-past', field: 'at', detail: { field: 'at' } };
          return options.engineerNeeded && !command.engineer
            ? { code: 'required', field: 'engineer', detail: { field: 'engineer' } }
            : null;
        },
        take: ({ at, command }: Taken<Arranged>) => {
          const engineer = command.engineer ?? null;
          facts.appointment = { at: command.at, engineer };
          Object.assign(state.facts, { visitAt: command.at, engineer });
          send(engineer);
          clocks.stop('appointment', at);
          clocks.cancel('visit', at); // an appointment that was moved was not kept
          clocks.start('visit', at, { due: command.at });
          remind(command.at);
          ticket.tell('visit-arranged', everyone(), { dueAt: command.at });
        },
      },
      'record-visit': {
        open: () => options.wanted() && facts.appointment !== null && facts.visit === null,
        take: ({ at, command }: Taken<Recorded>) => {
          facts.visit = { result: command.result, at };
          Object.assign(state.facts, {
            visits: Number(state.facts.visits ?? 0) + 1,
            visitResult: command.result,
            ...(command.cause ? { cause: command.cause } : {}),
            ...(command.arrivedAt ? { arrivedAt: command.arrivedAt } : {}),
          });
          for (const [, name] of REMINDERS) clocks.silence(name);
          if (command.result === 'no-show') clocks.cancel('visit', at);
          else clocks.stop('visit', Math.min(at, command.arrivedAt ?? at));
        },
      },
    },
    /** A visit is to be agreed on: the first, or another one. */
    wanted(at: number, to: Addressee[]): void {
      Object.assign(facts, noVisit());
      clocks.start('appointment', at);
      ticket.tell('visit-wanted', to);
    },
    forget,
  };
}
