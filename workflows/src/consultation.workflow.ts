import { type TicketStart, consultationSteps } from '@duban/contracts';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { confirmStep } from './lib/confirming';
import { askDepartment, contactOf } from './lib/departments';
import { registerSteps } from './lib/steps';

/** 咨询: answered, confirmed by the customer, surveyed, archived (C1–C3, G5, G7–G13). */
export async function consultation(start: TicketStart): Promise<void> {
  await run(setup(start));
}

function setup(start: TicketStart) {
  const matter = openCase(start, {
    firstStage: 'dispatching',
    facts: { asked: false, resolved: null as number | null, satisfied: null as boolean | null },
  });
  const { ticket, facts, dispatch, help, handled } = matter;
  const { state, clocks } = ticket;
  const askedDepartments = () => state.departments.filter((d) => d.state === 'asked');

  registerSteps(ticket, consultationSteps, {
    ...matter.steps({
      skips: { confirming: (at) => confirmed(true, at) },
      returns: { handling: () => Object.assign(facts, { resolved: null, satisfied: null }) },
    }),
    'hand-over': {
      open: handled,
      take: ({ at, id, command }) => {
        const data = { step: id, problemType: command.problemType, urgency: command.urgency };
        if (command.to === 'supervisor' || !command.department) {
          dispatch.wanted({ role: 'supervisor' });
          return;
        }
        askDepartment(ticket, command.department);
        clocks.start('answer', at, { department: command.department });
        ticket.tell('handed-over', contactOf(command.department), data);
      },
    },
    'request-answer': {
      open: () => handled() && !facts.asked,
      take: ({ at, id }) => {
        facts.asked = true;
        clocks.start('answer', at);
        ticket.tell('answer-requested', [{ kind: 'role', role: 'team-leader' }], { step: id });
      },
    },
    'provide-answer': {
      open: () => handled() && (facts.asked || askedDepartments().length > 0),
      take: ({ at, id, actor }) => {
        const answering = state.departments.filter((d) => actor.departments.includes(d.id) && d.state === 'asked');
        for (const department of answering) {
          department.state = 'delivered';
          clocks.stop(`answer:${department.id}`, at);
        }
        if (answering.length === 0) {
          facts.asked = false;
          clocks.stop('answer', at);
        }
        ticket.tellHandler('answer-provided', { step: id });
      },
    },
    convert: {
      open: () => handled() && facts.resolved === null && !ticket.escalationOpen(),
      check: help.refusal,
      take: ({ at, id, command }) => void (facts.converting = { to: command.to, stepId: id, at }),
    },
    resolve: {
      open: () => handled() && facts.resolved === null && !ticket.escalationOpen(),
      check: help.refusal,
      take: ({ at }) => {
        facts.resolved = at;
        facts.satisfied = null;
        facts.replied = true;
        clocks.stop('first-response', at); // who resolves has answered
        clocks.stop('next-response', at);
        clocks.stop('handling', at);
        clocks.cancel('progress', at);
      },
    },
    'confirm-with-customer': confirmStep(matter, () => facts.resolved !== null && facts.satisfied === null, confirmed),
  });
  function confirmed(satisfied: boolean, at: number): void {
    facts.satisfied = satisfied;
    clocks.stop('confirm', at);
    if (satisfied) closeTicket(ticket, 'satisfied', at);
  }
  return matter;
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, dispatch, story } = matter;
  const { start, state, clocks } = ticket;
  const { reached, go, end } = story;

  await runCase(matter, {
    // Registered: the customer waits for a first answer from this moment on.
    begin: () => {
      if (start.resume) clocks.start('handling', ticket.startedAt);
      else for (const clock of ['first-response', 'handling'] as const) clocks.start(clock, ticket.startedAt);
      return start.priority === 'P1' ? dispatch.bringInSupport() : undefined;
    },
    first: 'dispatching',
    stages: {
      // Dispatched and received: 待派单 → 待接收 → 处理中.
      dispatching: async () => {
        await reached(() => state.received);
        return facts.resolved === null ? go('handling') : go('confirming');
      },

      // Answered, handed over, asked about, escalated – as long as it takes.
      handling: async () => {
        await reached(() => facts.resolved !== null);
        return go('confirming');
      },

      // The handler asks the customer whether that was the answer.
      confirming: async () => {
        clocks.start('confirm', facts.resolved ?? Date.now());
        await reached(() => facts.satisfied !== null);
        return facts.satisfied ? end() : go('not-satisfied');
      },

      // Not satisfied: 待跟进, answered again, reassigned or escalated, until satisfied.
      'not-satisfied': async () => {
        facts.resolved = null;
        clocks.start('handling', Date.now());
        clocks.start('progress', Date.now());
        ticket.tell('not-satisfied', [
          ...ticket.supervisors,
          ...(state.handler ? [{ kind: 'staff' as const, id: state.handler }] : []),
        ]);
        await reached(() => facts.resolved !== null || !state.received);
        await reached(() => state.received);
        return facts.resolved === null ? go('handling') : go('confirming');
      },
    },
  });
}
