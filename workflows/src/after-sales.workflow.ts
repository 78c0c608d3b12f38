import {
  type Addressee,
  type Condition,
  type Refusal,
  type ServiceKind,
  type ServiceOption,
  type TicketStart,
  afterSalesSteps,
  paidKinds,
} from '@duban/contracts';
import { afterSalesRules } from './lib/activities';
import { openCase, runCase } from './lib/case';
import { closeTicket } from './lib/closing';
import { isSupervisor } from './lib/identity';
import { createMaterial } from './lib/material';
import { createRefund } from './lib/refund';
import { createServiceWork } from './lib/service-work';
import { registerSteps } from './lib/steps';

/** 售后: what the policy allows is applied for, reviewed, carried out or paid, confirmed and revisited (A1). */
export async function afterSales(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface AfterSalesFacts {
  asked: { condition: Condition; purchasedAt: number; at: number } | null;
  options: ServiceOption[] | null;
  application: ServiceKind | null;
  review: { passed: boolean; department: string | null } | null;
  satisfied: boolean | null;
  revisit: boolean | null;
}

const notAppliedFor = { application: null, review: null, satisfied: null, revisit: null };
const results: Record<ServiceKind, string> = {
  ...{ return: 'returned', exchange: 'exchanged', repair: 'repaired', refund: 'refunded', compensation: 'compensated' },
};

function setup(start: TicketStart) {
  const nothing: AfterSalesFacts = { asked: null, options: null, ...notAppliedFor };
  const matter = openCase(start, {
    firstStage: 'dispatching',
    facts: nothing,
  });
  const { ticket, facts, help, handled, alive } = matter;
  const { state, clocks } = ticket;
  const applying = () => handled() && facts.application === null;
  const material = createMaterial(ticket, () => handled() && facts.application !== null && facts.review === null);
  const reviewed = () => handled() && facts.review?.passed === true;
  const refund = createRefund(ticket, { reviewed, carriedOut: () => work.done() });
  const work = createServiceWork(ticket, refund.cleared);
  const applyFor = (kind: ServiceKind | null, amountFen = 0, option: ServiceOption | null = null) => {
    Object.assign(facts, { ...notAppliedFor, application: kind });
    const paid = kind !== null && paidKinds.includes(kind);
    // Outside the rules somebody approves any amount.
    refund.want(paid ? amountFen : 0, option?.approvalFromFen ?? 0);
    work.want(kind);
  };
  const forget = (at: number) => {
    material.forget(at);
    state.facts.result = null;
    applyFor(null);
  };

  registerSteps(ticket, afterSalesSteps, {
    ...matter.steps({
      skips: {
        confirming: (at) => confirmed(true, at),
        revisiting: (at) => revisited(true, at),
      },
      returns: {
        'checking-policy': (at) => {
          forget(at);
          Object.assign(facts, { asked: null, options: null });
        },
        applying: forget,
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
      check: ({ actor, command }): Refusal | null =>
        optionFor(command.kind) || isSupervisor(actor)
          ? null
          : { code: 'for-supervisor', detail: { step: 'apply-service' } },
      take: ({ command }) => {
        const option = optionFor(command.kind);
        const amountFen = command.amountFen ?? 0;
        applyFor(command.kind, amountFen, option);
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
    ...refund.steps,
    'record-service-stage': work.step,
    'confirm-with-customer': {
      open: () =>
        handled() && (state.facts.result ?? null) !== null && facts.satisfied === null && !ticket.escalationOpen(),
      check: ({ command }) => (command.satisfied ? help.refusal() : null),
      take: ({ at, command }) => confirmed(command.satisfied, at),
    },
    'record-call-back': {
      open: () => alive() && facts.satisfied === true && facts.revisit === null && !ticket.escalationOpen(),
      check: ({ command }) => (command.satisfied ? help.refusal() : null),
      take: ({ at, command }) => revisited(command.satisfied, at),
    },
  });
  return { ...matter, material, refund, work, applyFor };

  function optionFor(kind: ServiceKind): ServiceOption | null {
    return facts.options?.find((option) => option.kind === kind) ?? null;
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
  const { ticket, facts, story, material, refund, work, applyFor } = matter;
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
        if (facts.review!.passed) return refund.needsApproval() ? go('approving-refund') : go('carrying-out');
        state.facts.result = 'refused';
        ticket.tell('application-refused', customer);
        return go('confirming');
      },

      // Money is approved by amount: the team leader's up to a limit, the supervisor's beyond it.
      'approving-refund': async () => {
        refund.askForApproval();
        await reached(() => refund.approved() !== null);
        const approved = refund.approved()!;
        ticket.tellHandler('refund-decided', { decision: approved ? 'approved' : 'rejected' });
        if (approved) return go('carrying-out');
        applyFor(null);
        return go('applying');
      },

      // Taken back, exchanged or repaired, in stages that the customer is told.
      'carrying-out': async () => {
        if (!work.done()) work.ask(facts.application!, facts.review!.department);
        await reached(work.done);
        return refund.owed() ? go('paying') : done();
      },
      paying: async () => {
        refund.askForPayment();
        await reached(refund.paid);
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
        applyFor(null);
        Object.assign(facts, { asked: null, options: null });
        state.facts.result = null;
        state.facts.again = Number(state.facts.again ?? 0) + 1;
        await reached(() => facts.asked !== null);
        return go('checking-policy');
      },
    },
  });

  function done(): Promise<void> {
    state.facts.result = results[facts.application!];
    return go('confirming');
  }
}
