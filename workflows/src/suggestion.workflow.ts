import { type TicketStart, suggestionSteps } from '@duban/contracts';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { askDepartment, contactOf } from './lib/departments';
import { registerSteps } from './lib/steps';

/** 建议: routed to the department it is for, answered, thanked (S1). */
export async function suggestion(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface SuggestionFacts {
  department: string | null;
  answered: number | null;
  thanked: boolean;
}

function setup(start: TicketStart) {
  const matter = openCase(start, {
    firstStage: 'routing',
    facts: { department: null, answered: null, thanked: false } as SuggestionFacts,
  });
  const { ticket, facts, help, handled, alive } = matter;
  const { state, clocks } = ticket;
  const asked = () => state.departments.find((d) => d.id === facts.department && d.state === 'asked');

  registerSteps(ticket, suggestionSteps, {
    ...matter.steps({
      skips: {
        'answering-suggestion': (at) => {
          notWanted();
          unask(at);
          facts.answered = at;
        },
        thanking: (at) => thanked(at),
      },
      returns: {
        routing: (at) => {
          notWanted();
          unask(at);
          Object.assign(facts, { department: null, answered: null });
          delete state.facts.verdict;
        },
      },
    }),
    'route-suggestion': {
      open: () => handled() && facts.department === null,
      take: ({ at, id, command: { department } }) => {
        facts.department = department;
        askDepartment(ticket, department);
        state.facts.department = department;
        clocks.start('answer', at, { department });
        clocks.stop('first-response', at);
        ticket.tell('suggestion-routed', contactOf(department), {
          step: id,
        });
      },
    },
    'answer-suggestion': {
      open: () => alive() && facts.answered === null && asked() !== undefined,
      check: ({ actor }) => speaks(actor.departments, 'answer-suggestion'),
      take: ({ at, id, command: { verdict } }) => {
        facts.answered = at;
        state.facts.verdict = verdict;
        asked()!.state = 'delivered';
        clocks.stop(`answer:${facts.department}`, at);
        ticket.tellHandler('answer-provided', { step: id });
      },
    },
    'return-suggestion': {
      open: () => alive() && facts.answered === null && asked() !== undefined,
      check: ({ actor }) => speaks(actor.departments, 'return-suggestion'),
      take: ({ at, id, command }) => {
        const from = facts.department!;
        unask(at);
        facts.department = null;
        ticket.tellHandler('suggestion-returned', {
          ...{ step: id, department: from },
          ...(command.proposed ? { proposed: command.proposed } : {}),
        });
      },
    },
    'thank-customer': {
      open: () => handled() && facts.answered !== null && !facts.thanked,
      check: help.refusal,
      take: ({ at, id, command: { channel } }) => {
        if (channel === 'sms' || channel === 'email')
          ticket.tell('reply-sent', [{ kind: 'customer' }], { step: id, channel });
        thanked(at);
      },
    },
  });
  return matter;

  function speaks(departments: string[], step: string) {
    return departments.includes(facts.department!) ? null : ({ code: 'not-yours', detail: { step } } as const);
  }
  function unask(at: number): void {
    const department = asked();
    if (department) department.state = 'released';
    clocks.cancel(`answer:${facts.department}`, at);
  }
  function notWanted(): void {
    const department = asked();
    if (department) ticket.tell('department-released', contactOf(department.id));
  }
  function thanked(at: number): void {
    facts.thanked = true;
    clocks.stop('thanks', at);
    closeTicket(ticket, 'satisfied', at);
  }
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, story } = matter;
  const { state, clocks } = ticket;
  const { reached, go, end } = story;

  await runCase(matter, {
    surveyed: () => false, // who gave their opinion unasked is thanked, not asked again
    begin: () => clocks.startOnce('first-response', ticket.begunAt),
    first: 'routing',
    stages: {
      // Somebody reads it and names the department it is for.
      routing: async () => {
        await reached(() => facts.department !== null);
        return go('answering-suggestion');
      },

      // The department says what becomes of it, or that it is not theirs.
      'answering-suggestion': async () => {
        await reached(() => facts.answered !== null || facts.department === null);
        return facts.answered === null ? go('routing') : go('thanking');
      },

      // The customer hears the answer and our thanks.
      thanking: async () => {
        clocks.start('thanks', Date.now());
        ticket.tellHandler('thanks-wanted', { verdict: String(state.facts.verdict ?? '') });
        await reached(() => facts.thanked);
        return end();
      },
    },
  });
}
