import { type Refusal, type Stage, type TicketStart, acceptanceSteps } from '@duban/contracts';
import { profiles } from './lib/activities';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { createIdentity } from './lib/identity';
import { createReservation } from './lib/reservation';
import { registerSteps } from './lib/steps';

/** 业务受理: identity checked, reserved, offered, changed or simply done, with a receipt, and the next business (B1). */
export async function acceptance(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface AcceptanceFacts {
  offer: 'accepted' | 'declined' | 'later' | null;
  decision: { approved: boolean; stepId: string; actor: string; at: number } | null;
  applied: boolean;
  completed: number | null;
  satisfied: boolean | null;
}

/** Where each kind of business begins. */
const firstStages = {
  reservation: 'reserving',
  marketing: 'offering',
  'profile-change': 'authorizing',
  general: 'handling',
} as const satisfies Record<string, Stage>;

function setup(start: TicketStart) {
  const { business, identity: level, service } = start.acceptance!;
  const nothing: AcceptanceFacts = { offer: null, decision: null, applied: false, completed: null, satisfied: null };
  const matter = openCase(start, {
    firstStage: 'dispatching',
    facts: nothing,
  });
  const { ticket, facts, help, handled, alive } = matter;
  const { state, clocks } = ticket;
  Object.assign(state.facts, { service, business });
  const identity = createIdentity(ticket, level, handled);
  const known = () => handled() && identity.settled() && facts.completed === null;
  const reservation = createReservation(ticket, { open: () => known() && business === 'reservation', alive });

  /** The business is as far as it can be completed. */
  const ready = () => {
    if (business === 'reservation') return !reservation.kept() && (reservation.attended() || reservation.noShows() > 0);
    if (business === 'marketing') return facts.offer === 'accepted' || facts.offer === 'declined';
    if (business === 'profile-change') return facts.applied || facts.decision?.approved === false;
    return true;
  };
  const offering = () => known() && business === 'marketing' && (facts.offer === null || facts.offer === 'later');
  const deciding = () => known() && business === 'profile-change' && facts.decision === null;
  const decide = (approved: boolean) => ({
    open: deciding,
    // Four eyes: whoever took the change down does not allow it.
    check: ({ actor }: { actor: { id: string } }): Refusal | null =>
      actor.id === state.handler ? { code: 'not-yours', detail: { step: 'approve-change' } } : null,
    take: ({ id, at, actor }: { id: string; at: number; actor: { id: string } }) => {
      facts.decision = { approved, stepId: id, actor: actor.id, at };
      state.facts.approved = approved;
      clocks.stop('change-approval', at);
    },
  });

  registerSteps(ticket, acceptanceSteps, {
    ...matter.steps({
      skips: { identifying: identity.waive, confirming: (at) => confirmed(true, at) },
      returns: {
        identifying: () => {
          identity.forget();
          Object.assign(facts, nothing);
        },
        authorizing: () => Object.assign(facts, nothing),
        handling: () => Object.assign(facts, { completed: null, satisfied: null }),
      },
    }),
    'check-identity': identity.step,
    ...reservation.steps,
    'record-offer': {
      open: offering,
      check: ({ at, command }) =>
        command.nextAt !== undefined && command.nextAt <= at
          ? { code: 'in-the-past', field: 'nextAt', detail: { field: 'nextAt' } }
          : null,
      take: ({ at, command }) => {
        facts.offer = command.outcome;
        Object.assign(state.facts, { offer: command.outcome, offers: Number(state.facts.offers ?? 0) + 1 });
        clocks.stop('contact', at);
        if (command.outcome !== 'later') return;
        clocks.stop('handling', at); // the time agreed is the promise now
        clocks.start('contact', at, { due: command.nextAt! });
      },
    },
    'approve-change': decide(true),
    'reject-change': decide(false),
    'complete-business': {
      open: () => known() && ready() && !ticket.escalationOpen(),
      check: help.refusal,
      take: ({ at }) => {
        Object.assign(facts, { completed: at, satisfied: null, replied: true });
        for (const clock of ['first-response', 'next-response', 'handling']) clocks.stop(clock, at);
        clocks.cancel('progress', at);
        ticket.tell('business-receipt', [{ kind: 'customer' }]);
      },
    },
    'add-business': {
      open: () => state.received && facts.completed !== null && (alive() || state.stage === 'surveying'),
      take: ({ id, at }) => matter.links.create('business', id, at),
    },
    'confirm-with-customer': {
      open: () => handled() && facts.completed !== null && facts.satisfied === null,
      check: ({ command }) => (command.satisfied ? help.refusal() : null),
      take: ({ at, command }) => confirmed(command.satisfied, at),
    },
  });
  return { ...matter, identity, reservation, first: firstStages[business] };

  function confirmed(satisfied: boolean, at: number): void {
    facts.satisfied = satisfied;
    clocks.stop('confirm', at);
    if (satisfied) closeTicket(ticket, 'satisfied', at);
  }
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, story, identity, reservation, first } = matter;
  const { start, state, clocks } = ticket;
  const { reached, go, end } = story;

  await runCase(matter, {
    // Taken down: the customer waits for somebody, and for the business to be done.
    begin: () => {
      for (const clock of ['first-response', 'handling'] as const) clocks.start(clock, ticket.startedAt);
      return reservation.run();
    },
    first: 'dispatching',
    stages: {
      // Dispatched and received: 待派单 → 待接收 → 处理中.
      dispatching: async () => {
        await reached(() => state.received);
        return identity.settled() ? go(first) : go('identifying');
      },

      // Questions answered or a document seen; after three failures it is the supervisor's.
      identifying: async () => {
        clocks.start('identity', Date.now());
        await reached(identity.settled);
        return go(first);
      },

      // A slot is found and booked, and the customer comes to it; if not, another is found, or none.
      reserving: async () => {
        reservation.forget();
        await reached(() => reservation.kept() || facts.completed !== null);
        return facts.completed === null ? go('attending') : go('confirming');
      },
      attending: async () => {
        await reached(() => !reservation.kept());
        clocks.start('handling', Date.now());
        return reservation.attended() ? go('handling') : go('reserving');
      },

      // Something is offered: accepted, declined, or to be spoken of again at a time agreed.
      offering: async () => {
        await reached(() => facts.offer === 'accepted' || facts.offer === 'declined');
        return go('handling');
      },

      // A change of the customer's data is approved before it is applied.
      authorizing: async () => {
        clocks.start('change-approval', Date.now());
        ticket.tell('change-approval-wanted', [{ kind: 'role', role: 'team-leader' }, ...ticket.supervisors]);
        await reached(() => facts.decision !== null);
        const decision = facts.decision!.approved ? 'approved' : 'rejected';
        ticket.tellHandler('change-decided', { decision });
        return facts.decision!.approved ? go('changing-profile') : go('handling');
      },
      'changing-profile': async () => {
        const { stepId, actor, at } = facts.decision!;
        const { changed } = await profiles.changeProfile({ ticket: start.ticket, stepId, actor, at });
        await reached(() => true); // sent back or withdrawn meanwhile
        facts.applied = true;
        ticket.record('profile-changed', { step: stepId, data: { fields: changed } });
        return go('handling');
      },

      // Done, with a receipt to the customer; then they may have another business.
      handling: async () => {
        await reached(() => facts.completed !== null);
        return go('confirming');
      },
      confirming: async () => {
        clocks.start('confirm', facts.completed ?? Date.now());
        await reached(() => facts.satisfied !== null);
        return facts.satisfied ? end() : go('not-satisfied');
      },
      'not-satisfied': async () => {
        Object.assign(facts, { completed: null, satisfied: null });
        for (const clock of ['handling', 'progress'] as const) clocks.start(clock, Date.now());
        ticket.tell('not-satisfied', ticket.supervisors);
        ticket.tellHandler('not-satisfied');
        await reached(() => facts.completed !== null);
        return go('confirming');
      },
    },
  });
}
