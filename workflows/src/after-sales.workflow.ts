import {
  type Addressee,
  type Condition,
  type Refusal,
  type ServiceKind,
  type ServiceOption,
  type ServiceStage,
  type TicketStart,
  afterSalesSteps,
  paidKinds,
  serviceStages,
} from '@duban/contracts';
import { afterSalesRules } from './lib/activities';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { isSupervisor } from './lib/identity';
import { createMaterial } from './lib/material';
import { registerSteps } from './lib/steps';

/** 售后: what the policy allows is applied for, reviewed, carried out or paid, confirmed and revisited (A1). */
export async function afterSales(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface AfterSalesFacts {
  asked: { condition: Condition; purchasedAt: number; at: number } | null;
  options: ServiceOption[] | null;
  application: { kind: ServiceKind; amountFen: number; option: ServiceOption | null } | null;
  review: { passed: boolean; department: string | null } | null;
  approved: boolean | null;
  stages: ServiceStage[];
  paid: boolean;
  satisfied: boolean | null;
  revisit: boolean | null;
}

const notAppliedFor = (): Omit<AfterSalesFacts, 'asked' | 'options'> => ({
  ...{ application: null, review: null, approved: null, stages: [], paid: false, satisfied: null, revisit: null },
});
const results: Record<ServiceKind, string> = {
  ...{ return: 'returned', exchange: 'exchanged', repair: 'repaired', refund: 'refunded', compensation: 'compensated' },
};

function setup(start: TicketStart) {
  const nothing: AfterSalesFacts = { asked: null, options: null, ...notAppliedFor() };
  const matter = openCase(start, {
    firstStage: 'dispatching',
    facts: nothing,
    onAssigned: ({ moveTo }) => {
      if (ticket.state.stage === 'dispatching') moveTo('receipt');
    },
  });
  const { ticket, facts, help, handled, alive } = matter;
  const { state, clocks, policy } = ticket;
  const applying = () => handled() && facts.application === null;
  const material = createMaterial(ticket, () => handled() && facts.application !== null && facts.review === null);
  const reviewed = () => handled() && facts.review?.passed === true;
  const owed = () =>
    facts.application && paidKinds.includes(facts.application.kind) ? facts.application.amountFen : 0;
  /** Outside the rules somebody always approves; inside them from the rule's amount on. */
  const needsApproval = () => owed() > 0 && owed() >= (facts.application!.option?.approvalFromFen ?? 0);
  const supervisorsAmount = () => owed() > (policy.limits.leaderRefundFen ?? 50_000);
  const deciding = () => reviewed() && needsApproval() && facts.approved === null;
  const cleared = () => reviewed() && (!needsApproval() || facts.approved === true);
  const wanted = () => (facts.application ? serviceStages[facts.application.kind] : []);
  const carriedOut = () => facts.stages.length === wanted().length;
  const wrongAmount = ({ command }: { command: { amountFen: number } }): Refusal | null =>
    command.amountFen === owed() ? null : { code: 'wrong-amount', field: 'amountFen', detail: { amountFen: owed() } };
  const forSupervisor = (step: string): Refusal => ({ code: 'for-supervisor', detail: { step } });
  const forget = (at: number, more: Partial<AfterSalesFacts> = {}) => {
    material.forget(at);
    state.facts.result = null;
    Object.assign(facts, { ...notAppliedFor(), ...more });
  };

  registerSteps(ticket, afterSalesSteps, {
    ...matter.steps({
      skips: {
        confirming: (at) => confirmed(true, at),
        revisiting: (at) => revisited(true, at),
      },
      returns: {
        'checking-policy': (at) => forget(at, { asked: null, options: null }),
        applying: forget,
        reviewing: (at) => forget(at, { application: facts.application }),
      },
    }),
    'check-policy': {
      open: applying,
      check: ({ at, command }) =>
        command.purchasedAt > at ? { code: 'malformed', field: 'purchasedAt', detail: { field: 'purchasedAt' } } : null,
      take: ({ at, command }) => {
        facts.asked = { condition: command.condition, purchasedAt: command.purchasedAt, at };
        facts.options = null;
        clocks.stop('first-response', at); // somebody looks at it
        state.facts.condition = command.condition;
      },
    },
    'apply-service': {
      open: () => applying() && facts.options !== null,
      check: ({ actor, command }) =>
        optionFor(command.kind) || isSupervisor(actor) ? null : forSupervisor('apply-service'),
      take: ({ command }) => {
        const option = optionFor(command.kind);
        const amountFen = command.amountFen ?? 0;
        Object.assign(facts, { ...notAppliedFor(), application: { kind: command.kind, amountFen, option } });
        Object.assign(state.facts, { kind: command.kind, amountFen, rule: option?.rule ?? null, result: null });
        material.want(option?.materials ?? []);
      },
    },
    'record-material': material.step,
    'review-application': {
      open: () => handled() && facts.application !== null && material.complete() && facts.review === null,
      take: ({ at, command }) => {
        facts.review = { passed: command.passed, department: command.department ?? null };
        Object.assign(state.facts, { cause: command.cause, refusedFor: command.reason ?? null });
        clocks.stop('review', at);
      },
    },
    'approve-refund': {
      open: deciding,
      check: (taken) =>
        supervisorsAmount() && !isSupervisor(taken.actor) ? forSupervisor('approve-refund') : wrongAmount(taken),
      take: ({ at }) => decided(true, at),
    },
    'reject-refund': {
      open: deciding,
      check: ({ actor }) => (supervisorsAmount() && !isSupervisor(actor) ? forSupervisor('reject-refund') : null),
      take: ({ at }) => decided(false, at),
    },
    'record-service-stage': {
      open: () => cleared() && !carriedOut(),
      check: ({ command }): Refusal | null =>
        wanted()[facts.stages.length] === command.stage ? null : { code: 'wrong-order', field: 'stage' },
      take: ({ at, command }) => {
        facts.stages.push(command.stage);
        state.facts.serviceStage = command.stage;
        ticket.tell('service-stage-told', [{ kind: 'customer' }], { serviceStage: command.stage });
        if (!carriedOut()) return;
        clocks.stop('carry-out', at);
        const department = state.departments.find(({ id }) => id === facts.review?.department);
        if (department) department.state = 'delivered';
      },
    },
    'record-refund': {
      open: () => cleared() && carriedOut() && owed() > 0 && !facts.paid,
      check: wrongAmount,
      take: ({ at }) => {
        facts.paid = true;
        clocks.stop('refund', at);
        ticket.tell('refund-made', [{ kind: 'customer' }]);
      },
    },
    'confirm-with-customer': {
      open: () => handled() && state.facts.result != null && facts.satisfied === null && !ticket.escalationOpen(),
      check: ({ command }) => (command.satisfied ? help.refusal() : null),
      take: ({ at, command }) => confirmed(command.satisfied, at),
    },
    'record-call-back': {
      open: () => alive() && facts.satisfied === true && facts.revisit === null && !ticket.escalationOpen(),
      check: ({ command }) => (command.satisfied ? help.refusal() : null),
      take: ({ at, command }) => revisited(command.satisfied, at),
    },
  });
  return { ...matter, material, owed, needsApproval, supervisorsAmount, carriedOut };

  function optionFor(kind: ServiceKind): ServiceOption | null {
    return facts.options?.find((option) => option.kind === kind) ?? null;
  }
  function decided(approved: boolean, at: number): void {
    facts.approved = approved;
    clocks.stop('refund-approval', at);
  }
  function confirmed(satisfied: boolean, at: number): void {
    facts.satisfied = satisfied;
    clocks.stop('confirm', at);
    if (satisfied) clocks.stop('handling', at);
  }
  function revisited(satisfied: boolean, at: number): void {
    facts.revisit = satisfied;
    clocks.stop('revisit', at);
    if (satisfied) closeTicket(ticket, 'satisfied', at);
  }
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, story, material } = matter;
  const { start, state, clocks } = ticket;
  const { reached, go, end } = story;
  const customer: Addressee[] = [{ kind: 'customer' }];

  await runCase(matter, {
    begin: () => {
      clocks.startOnce('first-response', ticket.startedAt);
      clocks.startOnce('handling', ticket.begunAt);
    },
    first: 'dispatching',
    stages: {
      dispatching: async () => {
        await reached(() => state.received);
        return go('checking-policy');
      },

      // The rules in force say what may be given to a product so old, in this condition.
      'checking-policy': async () => {
        await reached(() => facts.asked !== null);
        const asked = facts.asked!;
        const { options, reasons } = await afterSalesRules.checkPolicy({ ticket: start.ticket, ...asked });
        await reached(() => true);
        if (facts.asked !== asked) return go('checking-policy'); // asked otherwise meanwhile
        facts.options = options;
        const [allowed, rules] = [options.map(({ kind }) => kind), options.map(({ rule }) => rule)];
        Object.assign(state.facts, { allowed, rules, policyReasons: reasons });
        ticket.record('policy-checked', { data: { allowed, rules, reasons } });
        ticket.tellHandler('policy-answered', { allowed: allowed.join(',') });
        return go('applying');
      },

      // Within what they say the handler decides, outside it a supervisor.
      applying: async () => {
        await reached(() => facts.application !== null || facts.options === null);
        if (facts.application === null) return go('checking-policy');
        return material.complete() ? go('reviewing') : go('collecting-material');
      },
      'collecting-material': async () => {
        material.ask(Date.now());
        await reached(material.complete);
        return go('reviewing');
      },

      reviewing: async () => {
        clocks.start('review', Date.now());
        await reached(() => facts.review !== null);
        if (facts.review!.passed) return matter.needsApproval() ? go('approving-refund') : go('carrying-out');
        state.facts.result = 'refused';
        ticket.tell('application-refused', customer);
        return go('confirming');
      },

      // Money is approved by amount: the team leader's up to a limit, the supervisor's beyond it.
      'approving-refund': async () => {
        clocks.start('refund-approval', Date.now());
        const leader: Addressee[] = [{ kind: 'role', role: 'team-leader' }];
        ticket.tell('refund-approval-wanted', matter.supervisorsAmount() ? ticket.supervisors : leader, {
          amountFen: matter.owed(),
        });
        await reached(() => facts.approved !== null);
        ticket.tellHandler('refund-decided', { decision: facts.approved ? 'approved' : 'rejected' });
        if (facts.approved) return go('carrying-out');
        Object.assign(facts, notAppliedFor());
        return go('applying');
      },

      // Taken back, exchanged or repaired, in stages that the customer is told.
      'carrying-out': async () => {
        if (!matter.carriedOut()) askToCarryOut();
        await reached(matter.carriedOut);
        return matter.owed() > 0 ? go('paying') : done();
      },
      paying: async () => {
        clocks.start('refund', Date.now());
        ticket.tellHandler('refund-wanted', { amountFen: matter.owed() });
        await reached(() => facts.paid);
        return done();
      },

      confirming: async () => {
        clocks.start('confirm', Date.now());
        await reached(() => facts.satisfied !== null);
        return facts.satisfied ? go('revisiting') : go('not-satisfied');
      },

      // The revisit group asks some time after whether all is well; if not, the policy is looked at again.
      revisiting: async () => {
        clocks.start('revisit', Date.now());
        ticket.tell('call-back-wanted', [{ kind: 'role', role: 'revisit-group' }]);
        await reached(() => facts.revisit !== null);
        return facts.revisit ? end() : go('not-satisfied');
      },
      'not-satisfied': async () => {
        clocks.start('handling', Date.now());
        clocks.start('progress', Date.now());
        ticket.tell('not-satisfied', ticket.supervisors);
        ticket.tellHandler('not-satisfied');
        Object.assign(facts, { asked: null, options: null, ...notAppliedFor() });
        state.facts.result = null;
        state.facts.again = Number(state.facts.again ?? 0) + 1;
        await reached(() => facts.asked !== null);
        return go('checking-policy');
      },
    },
  });

  function done(): Promise<void> {
    state.facts.result = results[facts.application!.kind];
    return go('confirming');
  }

  function askToCarryOut(): void {
    clocks.start('carry-out', Date.now());
    const id = facts.review!.department;
    if (!id) return ticket.tellHandler('service-wanted', { kind: facts.application!.kind });
    const department = state.departments.find((d) => d.id === id);
    if (department) department.state = 'asked';
    else state.departments.push({ id, state: 'asked' });
    ticket.tell('service-wanted', [{ kind: 'department', id, role: 'department-contact' }], {
      kind: facts.application!.kind,
    });
  }
}
