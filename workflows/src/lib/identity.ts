import type { Actor, IdentityLevel, IdentityMethod, Refusal } from '@duban/contracts';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

interface Check {
  method: IdentityMethod;
  passed: boolean;
}

/**
 * Whether the customer is who they say (B1): each try is counted, the last one allowed that fails is told to the
 * supervisor, and from then on only a supervisor tries again or goes on without.
 */
export function createIdentity(ticket: Ticket, level: IdentityLevel, handled: () => boolean) {
  const { state, clocks, policy } = ticket;
  let settled: 'passed' | 'waived' | null = level === 'none' || state.facts.identity === 'passed' ? 'passed' : null;
  let failures = 0;
  const attempts = () => policy.limits.identityAttempts ?? 3;
  const supervisorsMatter = () => failures >= attempts();

  return {
    step: {
      open: () => handled() && settled === null,
      check: ({ actor, command }: Taken<Check>): Refusal | null => {
        if (supervisorsMatter() && !isSupervisor(actor))
          return { code: 'for-supervisor', detail: { step: 'check-identity' } };
        return level === 'document' && command.method !== 'document'
          ? { code: 'document-needed', field: 'method', detail: {} }
          : null;
      },
      take: ({ at, command }: Taken<Check>) => {
        clocks.stop('first-response', at); // somebody talks to the customer
        state.facts.identityMethod = command.method;
        if (command.passed) return settle('passed', at);
        state.facts.identityFailures = ++failures;
        if (failures === attempts()) ticket.tell('identity-failed', ticket.supervisors, { failures });
      },
    },
    settled: () => settled !== null,
    waive: (at: number) => settle('waived', at),
    forget: () => {
      settled = null;
      failures = 0;
      Object.assign(state.facts, { identity: null, identityFailures: 0 });
    },
  };

  function settle(as: 'passed' | 'waived', at: number): void {
    settled = as;
    state.facts.identity = as;
    clocks.stop('identity', at);
  }
}

export const isSupervisor = (actor: Actor) => actor.roles.includes('supervisor');
