import { type Refusal, type TicketStart, technicalSupportSteps } from '@duban/contracts';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { confirmStep } from './lib/confirming';
import { registerSteps } from './lib/steps';
import { type VisitFacts, createVisits, noVisit } from './lib/visits';

/** 技术支持: guided from afar, else visited or given another device, confirmed and revisited (T1). */
export async function technicalSupport(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface SupportFacts extends VisitFacts {
  /** How the last attempt of remote guidance ended. */
  guided: 'solved' | 'not-solved' | null;
  /** A supervisor saw at once that somebody must come. */
  onSite: boolean;
  /** The device is to be replaced. */
  replacement: boolean;
  replaced: number | null;
  satisfied: boolean | null;
  revisit: boolean | null;
}

const nothingTried = () => ({
  ...{ ...noVisit(), guided: null, onSite: false, replacement: false, replaced: null, satisfied: null, revisit: null },
});

function setup(start: TicketStart) {
  const nothing: SupportFacts = nothingTried();
  const matter = openCase(start, {
    firstStage: 'dispatching',
    facts: nothing,
  });
  const { ticket, facts, help, alive, handled } = matter;
  const { state, clocks } = ticket;
  const solved = () => facts.guided === 'solved' || facts.replaced !== null || facts.visit?.result === 'fixed';
  const unsolved = () => handled() && !solved();
  /** The engineer and the handler may say so, also while the handler is being changed. */
  const visits = createVisits(ticket, facts, {
    wanted: () => alive() && !solved() && !facts.replacement && facts.guided === 'not-solved',
    engineerNeeded: true,
  });

  registerSteps(ticket, technicalSupportSteps, {
    ...matter.steps({
      skips: {
        guiding: () => void Object.assign(facts, { guided: 'not-solved', onSite: true }),
        confirming: (at) => confirmed(true, at),
        revisiting: (at) => revisited(true, at),
      },
      returns: { guiding: begin },
    }),
    ...visits.steps,
    'record-guidance': {
      open: () => unsolved() && facts.appointment === null && !facts.replacement,
      take: ({ at, command }) => {
        facts.guided = command.result;
        state.facts.guidanceAttempts = Number(state.facts.guidanceAttempts ?? 0) + 1;
        state.facts.guidance = command.result;
        clocks.stop('guidance', at);
        clocks.stop('first-response', at); // guided, so answered
        clocks.stop('next-response', at);
      },
    },
    'replace-device': {
      open: () => alive() && !solved() && facts.guided === 'not-solved' && state.handler !== null,
      take: ({ at, command }) => {
        facts.replaced = at;
        Object.assign(state.facts, { replaced: true, oldDeviceReturned: command.returned });
        clocks.stop('replacement', at);
      },
    },
    'confirm-with-customer': confirmStep(matter, () => solved() && facts.satisfied === null, confirmed),
    'record-call-back': {
      open: () => alive() && facts.satisfied === true && facts.revisit === null,
      check: ({ command }): Refusal | null => (command.satisfied ? help.refusal() : null),
      take: ({ at, command }) => {
        state.facts.revisitSatisfied = command.satisfied;
        revisited(command.satisfied, at);
      },
    },
  });
  return { ...matter, visits, solved, begin };

  /** Tried from the beginning: as if nothing had been. */
  function begin(at: number): void {
    visits.forget(at);
    clocks.cancel('replacement', at);
    Object.assign(facts, nothingTried());
  }
  function confirmed(satisfied: boolean, at: number): void {
    facts.satisfied = satisfied;
    clocks.stop('confirm', at);
  }
  function revisited(satisfied: boolean, at: number): void {
    facts.revisit = satisfied;
    clocks.stop('revisit', at);
    if (satisfied) closeTicket(ticket, 'satisfied', at);
  }
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, visits, solved, begin, story } = matter;
  const { state, clocks } = ticket;
  const { reached, go, end } = story;
  const arranged = () => facts.appointment !== null;

  await runCase(matter, {
    begin: () => {
      clocks.startOnce('first-response', ticket.startedAt);
      clocks.startOnce('handling', ticket.startedAt);
    },
    first: 'dispatching',
    stages: {
      // Dispatched and received: 待派单 → 待接收 → 处理中.
      dispatching: async () => {
        await reached(() => state.received);
        return go('guiding');
      },

      // Guided from afar, as often as it helps; else somebody comes, or another device does.
      guiding: async () => {
        if (facts.guided === null) clocks.start('guidance', Date.now());
        await reached(() => solved() || arranged() || facts.onSite);
        if (solved()) return go('confirming');
        return arranged() ? go('visiting') : go('appointing');
      },
      appointing: async () => {
        visits.wanted(Date.now(), handler());
        await reached(() => solved() || arranged());
        return solved() ? go('confirming') : go('visiting');
      },
      visiting: async () => {
        await reached(() => solved() || facts.visit !== null);
        if (solved()) return go('confirming');
        const { result } = facts.visit!;
        visits.forget(Date.now());
        return result === 'needs-replacement' ? go('replacing') : go('appointing');
      },
      replacing: async () => {
        facts.replacement = true;
        clocks.start('replacement', Date.now());
        ticket.tellHandler('replacement-wanted');
        await reached(() => facts.replaced !== null);
        return go('confirming');
      },

      // The customer is asked; not content → tried anew.
      confirming: async () => {
        clocks.start('confirm', Date.now());
        clocks.stop('handling', facts.visit?.at ?? facts.replaced ?? Date.now());
        clocks.cancel('progress', Date.now());
        await reached(() => facts.satisfied !== null);
        return facts.satisfied ? go('revisiting') : again();
      },

      // Some days later: does it still work?
      revisiting: async () => {
        clocks.start('revisit', Date.now());
        ticket.tell('call-back-wanted', [{ kind: 'role', role: 'revisit-group' }]);
        await reached(() => facts.revisit !== null);
        return facts.revisit ? end() : again();
      },
    },
  });

  function again(): Promise<void> {
    begin(Date.now());
    clocks.start('handling', Date.now());
    ticket.tellHandler('not-satisfied');
    return go('guiding');
  }
  function handler() {
    return state.handler ? [{ kind: 'staff' as const, id: state.handler }] : ticket.supervisors;
  }
}
