import { type Diagnosis, type Refusal, type TicketStart, faultSteps } from '@duban/contracts';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { confirmStep } from './lib/confirming';
import { askDepartment, contactOf } from './lib/departments';
import { type RecoveryFacts, createRecovery, noRecovery } from './lib/recovery';
import { registerSteps } from './lib/steps';
import { type VisitFacts, createVisits, noVisit } from './lib/visits';

/** 故障申告: inside an announcement it waits for the recovery; else diagnosed, repaired, confirmed (F1, F3). */
export async function fault(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface FaultFacts extends VisitFacts, RecoveryFacts {
  diagnosis: Diagnosis | null;
  repair: { department: string; at: number } | null;
  acknowledged: number | null;
  satisfied: boolean | null;
}

const nothingFound = () => ({ ...noVisit(), diagnosis: null, repair: null, acknowledged: null, satisfied: null });

function setup(start: TicketStart) {
  const nothing: FaultFacts = { ...nothingFound(), ...noRecovery() };
  const matter = openCase(start, {
    firstStage: 'dispatching',
    facts: nothing,
  });
  const { ticket, facts, alive, handled } = matter;
  const { state, clocks } = ticket;
  const repairers = () => (facts.repair ? contactOf(facts.repair.department) : []);
  const onItsOwn = () => alive() && facts.announcement === null;

  const visits = createVisits(ticket, facts, {
    wanted: () => onItsOwn() && facts.acknowledged !== null,
    company: repairers,
  });
  const recovery = createRecovery(matter, {
    adoptable: () =>
      onItsOwn() && !state.facts.visits && facts.diagnosis !== 'solved-remotely' && facts.diagnosis !== 'not-a-fault',
    release,
  });

  registerSteps(ticket, faultSteps, {
    ...matter.steps({
      skips: {
        confirming: (at) => confirmed(true, at),
        recovered: () => void (facts.settled = true),
      },
      returns: {
        diagnosing: release,
        appointing: (at) => {
          visits.forget(at);
          facts.satisfied = null;
        },
      },
    }),
    ...visits.steps,
    ...recovery.steps,
    diagnose: {
      open: () => handled() && facts.announcement === null && facts.diagnosis === null,
      take: ({ at, command }) => {
        facts.diagnosis = command.result;
        facts.satisfied = null;
        Object.assign(state.facts, { diagnosis: command.result, ...(command.cause ? { cause: command.cause } : {}) });
        clocks.stop('diagnosis', at);
        clocks.stop('first-response', at); // diagnosed with the customer
        clocks.stop('next-response', at);
      },
    },
    'dispatch-repair': {
      open: () => onItsOwn() && state.received && facts.diagnosis === 'dispatch' && !mended(),
      check: ({ command }): Refusal | null =>
        facts.repair?.department === command.department ? { code: 'repeated' } : null,
      take: ({ at, id, command }) => {
        sentElsewhere(at);
        const { department } = command;
        facts.repair = { department, at };
        state.facts.repairDepartment = department;
        askDepartment(ticket, department);
        clocks.stop('dispatch', at);
        clocks.start('acknowledge', at, { department });
        const dueAt = clocks.get(`acknowledge:${department}`)?.dueAt ?? 0;
        ticket.tell('repair-wanted', contactOf(department), { step: id, dueAt });
      },
    },
    acknowledge: {
      open: () => onItsOwn() && facts.repair !== null && facts.acknowledged === null,
      check: ({ at, actor, command }): Refusal | null => {
        const { department, expectedAt } = command;
        if (department !== facts.repair?.department)
          return { code: 'not-asked', field: 'department', detail: { department } };
        if (!actor.departments.includes(department)) return { code: 'not-yours', detail: { step: 'acknowledge' } };
        return expectedAt <= at ? { code: 'in-the-past', field: 'expectedAt', detail: { field: 'expectedAt' } } : null;
      },
      take: ({ at, command: { department, expectedAt } }) => {
        facts.acknowledged = at;
        Object.assign(
          state.departments.find((d) => d.id === department)!,
          { state: 'acknowledged', expectedAt },
        );
        clocks.stop(`acknowledge:${department}`, at);
        clocks.start('expected', at, { department, due: expectedAt });
      },
    },
    'confirm-with-customer': confirmStep(matter, () => mended() && facts.satisfied === null, confirmed),
  });
  return { ...matter, visits, recovery, repairers, undiagnosed };

  /** Nothing more is to be done before the customer is asked. */
  function mended(): boolean {
    if (facts.announcement !== null || facts.diagnosis === null) return false;
    return facts.diagnosis !== 'dispatch' || facts.visit?.result === 'fixed';
  }
  /** The department that had it, if any, need not repair it any more. */
  function sentElsewhere(at: number): void {
    visits.forget(at);
    const { repair } = facts;
    if (!repair) return;
    const department = state.departments.find((d) => d.id === repair.department);
    if (department && department.state !== 'delivered') {
      department.state = 'released';
      ticket.tell('repair-released', contactOf(repair.department));
    }
    clocks.cancel(`acknowledge:${repair.department}`, at);
    clocks.cancel(`expected:${repair.department}`, at);
    facts.repair = null;
    facts.acknowledged = null;
  }
  function release(at: number): void {
    sentElsewhere(at);
    clocks.cancel('dispatch', at);
    undiagnosed();
  }
  function undiagnosed(): void {
    Object.assign(facts, nothingFound());
    Object.assign(state.facts, { diagnosis: null, visitResult: null });
  }
  function confirmed(satisfied: boolean, at: number): void {
    facts.satisfied = satisfied;
    clocks.stop('confirm', at);
    if (satisfied) closeTicket(ticket, 'satisfied', at);
  }
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, recovery, visits, repairers, undiagnosed, story } = matter;
  const { start, state, clocks } = ticket;
  const { reached, go, end } = story;

  await runCase(matter, {
    // Inside an announcement the agent has answered on the spot; else the customer waits from this moment on.
    begin: () => {
      if (start.fault) return recovery.begin();
      clocks.startOnce('first-response', ticket.startedAt);
      clocks.startOnce('handling', ticket.startedAt);
    },
    first: start.fault ? 'awaiting-recovery' : 'dispatching',
    dispatched: start.fault === undefined,
    surveyed: () => facts.over === null,
    stages: {
      // Part of a fault that operations know of: told when it is over.
      'awaiting-recovery': async () => {
        recovery.waits();
        await reached(() => facts.over !== null);
        if (facts.over?.event === 'ended') return go('recovered');
        recovery.leaves();
        return go('dispatching');
      },
      // Over, says the announcement; for this customer, too, unless they say otherwise.
      recovered: async () => {
        recovery.watch();
        await reached(() => facts.stillBroken !== null || facts.settled);
        if (facts.stillBroken === null) {
          closeTicket(ticket, 'satisfied', facts.over!.at);
          return end();
        }
        recovery.leaves();
        return go('dispatching');
      },

      // Dispatched and received: 待派单 → 待接收 → 处理中.
      dispatching: async () => {
        await reached(() => state.received);
        return go('diagnosing');
      },

      // Diagnosed from the customer's history: told how, or repaired where they are.
      diagnosing: async () => {
        clocks.start('diagnosis', Date.now());
        await reached(() => facts.diagnosis !== null);
        return facts.diagnosis === 'dispatch' ? go('repair-sheet') : go('confirming');
      },
      'repair-sheet': async () => {
        clocks.start('dispatch', Date.now());
        await reached(() => facts.repair !== null);
        return go('acknowledging');
      },
      acknowledging: async () => {
        await reached(() => facts.acknowledged !== null);
        return go('appointing');
      },

      // A visit is agreed on, made, and made again until all works.
      appointing: async () => {
        if (facts.appointment === null) visits.wanted(Date.now(), repairers());
        await reached(() => facts.appointment !== null || facts.acknowledged === null);
        return facts.acknowledged === null ? go('acknowledging') : go('visiting');
      },
      visiting: async () => {
        await reached(() => facts.visit !== null || facts.acknowledged === null);
        if (facts.acknowledged === null) return go('acknowledging');
        if (facts.visit?.result !== 'fixed') {
          visits.forget(Date.now());
          return go('appointing');
        }
        delivered();
        return go('confirming');
      },

      // The customer is asked; not content → diagnosed anew.
      confirming: async () => {
        clocks.start('confirm', Date.now());
        clocks.stop('handling', facts.visit?.at ?? Date.now());
        clocks.cancel('progress', Date.now());
        await reached(() => facts.satisfied !== null);
        if (facts.satisfied) return end();
        undiagnosed();
        clocks.start('handling', Date.now());
        ticket.tellHandler('not-satisfied');
        return go('diagnosing');
      },
    },
  });

  function delivered(): void {
    const id = facts.repair?.department;
    const department = state.departments.find((d) => d.id === id);
    if (department) department.state = 'delivered';
    clocks.stop(`expected:${id}`, facts.visit?.at ?? Date.now());
  }
}
