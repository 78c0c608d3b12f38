import { type Refusal, type TicketStart, emergencySteps } from '@duban/contracts';
import { createAlarm } from './lib/alarm';
import { openCase, runCase } from './lib/case';
import { createChecklist } from './lib/checklist';
import { closeTicket } from './lib/closing';
import { registerSteps } from './lib/steps';

/** 紧急事件: told at once, commanded, worked off by its plan, cleared, looked back on, revisited (U1). */
export async function emergency(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface EmergencyFacts {
  commander: string | null;
  cleared: number | null;
  debriefed: boolean;
  revisited: boolean | null;
}

function setup(start: TicketStart) {
  const matter = openCase(start, {
    firstStage: 'alarming',
    facts: { commander: null, cleared: null, debriefed: false, revisited: null } as EmergencyFacts,
  });
  const { ticket, facts, help, alive } = matter;
  const { state, clocks } = ticket;
  const plan = start.emergency ?? { plan: null, tasks: [], chain: [] };
  const chain = plan.chain.length ? plan.chain : [ticket.supervisors];
  const alarm = createAlarm(ticket, chain, () => alive() && facts.commander === null);
  const checklist = createChecklist(ticket);
  const responding = () => alive() && facts.commander !== null;

  registerSteps(ticket, emergencySteps, {
    ...matter.steps({
      skips: { debriefing: () => void (facts.debriefed = true), revisiting: (at) => revisited(true, at) },
      returns: { responding: () => Object.assign(facts, { cleared: null, debriefed: false, revisited: null }) },
      takeOver: command,
    }),
    'take-command': {
      open: () => alive() && facts.commander === null,
      whyNot: (): Refusal | null =>
        facts.commander === null ? null : { code: 'commanded', detail: { handler: facts.commander } },
      take: ({ at, actor }) => command(actor.id, at),
    },
    // Command is handed over from one breath to the next: nobody is dispatched, nobody has to confirm.
    reassign: {
      open: responding,
      check: ({ command }): Refusal | null =>
        command.to ? null : { code: 'required', field: 'to', detail: { field: 'to' } },
      take: ({ at, command: { to } }) => {
        command(to!, at);
        ticket.tellHandler('ticket-assigned', { priority: start.priority, category: start.category });
      },
    },
    'complete-task': {
      open: () => alive() && checklist.isOpen(),
      check: ({ command }) => checklist.refusal(command.task),
      take: ({ at, command }) => checklist.complete(command.task, command.outcome, at),
    },
    'add-task': {
      open: () => responding() && facts.cleared === null,
      check: ({ at, command }): Refusal | null =>
        command.dueAt <= at ? { code: 'in-the-past', field: 'dueAt', detail: { field: 'dueAt' } } : null,
      take: ({ at, id, command: { owner, department, dueAt } }) =>
        checklist.add(
          {
            id,
            owner: owner
              ? { kind: 'staff', id: owner }
              : { kind: 'department', id: department ?? '', role: 'department-contact' },
            limitMs: dueAt - at,
          },
          at,
        ),
    },
    'log-entry': { open: responding, take: ({ at }) => clocks.start('progress', at) },
    'all-clear': {
      open: () => responding() && facts.cleared === null,
      check: () => checklist.unfinished() ?? help.refusal(),
      take: ({ at }) => {
        facts.cleared = at;
        clocks.stop('handling', at);
        clocks.cancel('progress', at);
      },
    },
    'submit-debrief': {
      open: () => responding() && facts.cleared !== null && !facts.debriefed,
      take: ({ at, command }) => {
        facts.debriefed = true;
        state.facts.cause = command.cause;
        clocks.stop('debrief', at);
      },
    },
    'record-call-back': {
      open: () => responding() && facts.debriefed && facts.revisited === null,
      take: ({ at, command }) => revisited(command.satisfied, at),
    },
  });
  return { ...matter, plan, alarm, checklist };

  function command(who: string, at: number): void {
    facts.commander = who;
    Object.assign(state, { handler: who, received: true });
    state.facts.commander = who;
    ticket.record('assigned', { at, data: { handler: who, reason: 'command' } });
    clocks.stop('command', at);
    clocks.stop('first-response', at);
    alarm.stop();
  }

  function revisited(satisfied: boolean, at: number): void {
    facts.revisited = satisfied;
    clocks.stop('revisit', at);
    if (satisfied) closeTicket(ticket, 'satisfied', at);
  }
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, story, plan, alarm, checklist } = matter;
  const { clocks } = ticket;
  const { reached, go, end } = story;

  await runCase(matter, {
    dispatched: false,
    surveyed: () => false, // whoever was in a crisis is revisited instead
    // Opened: everybody who can help is told, and the plan's tasks begin, before anybody has said a word.
    begin: () => {
      for (const clock of ['command', 'first-response', 'handling'] as const) clocks.startOnce(clock, ticket.begunAt);
      matter.dispatch.welcome();
      for (const task of plan.tasks) checklist.add(task, ticket.begunAt);
    },
    first: 'alarming',
    stages: {
      // Supervisor and on-call people are told on every channel until someone takes command.
      alarming: async () => {
        alarm.start(Date.now());
        await reached(() => facts.commander !== null);
        return go('responding');
      },

      // The checklist's tasks run side by side, each with its owner and limit; the log is kept.
      responding: async () => {
        clocks.start('progress', Date.now());
        await reached(() => facts.cleared !== null);
        return go('debriefing');
      },

      // What happened, why, and what prevents it.
      debriefing: async () => {
        clocks.start('debrief', facts.cleared ?? Date.now());
        ticket.tellHandler('debrief-wanted');
        await reached(() => facts.debriefed);
        return go('revisiting');
      },

      // The customer is asked whether all is well; not so → on with it.
      revisiting: async () => {
        clocks.start('revisit', facts.cleared ?? Date.now());
        ticket.tell('revisit-wanted', [...ticket.supervisors, { kind: 'role', role: 'revisit-group' }]);
        await reached(() => facts.revisited !== null);
        if (facts.revisited) return end();
        Object.assign(facts, { cleared: null, debriefed: false, revisited: null });
        ticket.tell('not-satisfied', ticket.supervisors);
        clocks.start('handling', Date.now());
        return go('responding');
      },
    },
  });
}
