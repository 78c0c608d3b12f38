import { type Refusal, type TicketStart, complaintSteps, type Liability } from '@duban/contracts';
import { keepBooks } from './lib/books';
import { archive, closeTicket, surveyAndFollowUp } from './lib/closing';
import { commonSteps, noCommonFacts } from './lib/common-steps';
import { createDispatch } from './lib/dispatch';
import { createHelp } from './lib/help';
import { createLinks, tellLinked } from './lib/links';
import { createPolicyMove } from './lib/policy-move';
import { registerSteps } from './lib/steps';
import { openTicket } from './lib/ticket';

/** 投诉: investigated, a solution consented to, carried out, verified, revisited, archived (K1–K5). */
export async function complaint(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface ComplaintFacts {
  report: { liability: Liability; department: string | null; at: number } | null;
  solution: { dueAt: number | null; at: number } | null;
  consent: boolean | null;
  rectified: number | null;
  verified: boolean | null;
  revisit: boolean | null;
}

function setup(start: TicketStart) {
  const ticket = openTicket(start, { firstStage: 'investigating', dispatched: true });
  const { state, clocks } = ticket;
  const facts: ReturnType<typeof noCommonFacts> & ComplaintFacts = {
    ...noCommonFacts(),
    ...{ report: null, solution: null, consent: null, rectified: null, verified: null, revisit: null },
  };
  const resumed = start.resume?.facts;
  if (typeof resumed?.liability === 'string')
    facts.report = {
      liability: resumed.liability as Liability,
      department: typeof resumed.department === 'string' ? resumed.department : null,
      at: ticket.startedAt,
    };
  const dispatch = createDispatch(ticket);
  const links = createLinks(ticket);
  const policyMove = createPolicyMove(ticket, dispatch.policyMoved);
  const common = commonSteps(ticket, facts, dispatch, links, policyMove);
  const alive = common.withdraw.open;
  const help = createHelp(ticket, { alive, handled: common.reply.open });

  registerSteps(ticket, complaintSteps, {
    ...common,
    ...help.steps,
    'form-group': {
      open: () => alive() && facts.report === null,
      take: ({ command }) => {
        const members = command.members ?? [];
        Object.assign(state.facts, { groupLead: command.lead, groupMembers: members });
        for (const id of command.departments ?? [])
          if (!state.departments.some((d) => d.id === id)) state.departments.push({ id, state: 'asked' });
        for (const id of [command.lead, ...members])
          ticket.tell('group-formed', [{ kind: 'staff', id }], { lead: command.lead });
      },
    },
    'add-evidence': {
      open: () => alive() && facts.consent !== true,
      take: () => void (state.facts.evidence = Number(state.facts.evidence ?? 0) + 1),
    },
    'submit-report': {
      open: () => alive() && facts.report === null,
      take: ({ at, command }) => {
        const department = command.department ?? null;
        facts.report = { liability: command.liability, department, at };
        Object.assign(state.facts, {
          liability: command.liability,
          side: command.side,
          substantiated: command.substantiated,
          department,
        });
        clocks.stop('investigation', at);
      },
    },
    'propose-solution': {
      open: () => alive() && facts.report !== null && facts.solution === null,
      check: ({ at, command }): Refusal | null => {
        if (command.liability !== facts.report?.liability)
          return { code: 'wrong-liability', field: 'liability', detail: { liability: facts.report?.liability ?? '' } };
        return command.dueAt !== undefined && command.dueAt <= at
          ? { code: 'in-the-past', field: 'dueAt', detail: { field: 'dueAt' } }
          : null;
      },
      take: ({ at, command }) => {
        facts.solution = { dueAt: command.dueAt ?? null, at };
        facts.consent = null;
        Object.assign(state.facts, {
          compensation: command.compensation ?? null,
          solutionDueAt: command.dueAt ?? null,
        });
        clocks.stop('solution', at);
        clocks.stop('next-response', at); // it is negotiated with the customer
      },
    },
    'record-consent': {
      open: () => alive() && facts.solution !== null && facts.consent === null,
      take: ({ command }) => {
        facts.consent = command.accepted;
        Object.assign(state.facts, {
          consent: command.accepted,
          consentForm: command.form,
          consentEvidence: command.evidence ?? null,
        });
      },
    },
    'complete-rectification': {
      open: () => alive() && facts.consent === true && facts.rectified === null,
      take: ({ at }) => {
        facts.rectified = at;
        facts.verified = null;
        const responsible = state.departments.find((d) => d.id === facts.report?.department);
        if (responsible) responsible.state = 'delivered';
        clocks.stop('rectification', at);
      },
    },
    'verify-rectification': {
      open: () => alive() && facts.rectified !== null && facts.verified === null && !ticket.escalationOpen(),
      take: ({ at, command }) => {
        facts.verified = command.accepted;
        clocks.stop('verification', at);
      },
    },
    'record-revisit': {
      open: () => alive() && facts.verified === true && facts.revisit === null,
      check: ({ command }): Refusal | null =>
        command.satisfied && ticket.escalationOpen()
          ? { code: 'escalation-open', detail: { ticket: state.links.find((l) => l.open)?.ticket ?? '' } }
          : command.satisfied
            ? help.refusal()
            : null,
      take: ({ at, command }) => {
        facts.revisit = command.satisfied;
        Object.assign(state.facts, { revisitSatisfied: command.satisfied, rectificationEffective: command.effective });
        clocks.stop('revisit', at);
        if (command.satisfied) closeTicket(ticket, 'satisfied', at);
      },
    },
  });
  return { ticket, facts, dispatch, links, policyMove, help };
}

async function run({ ticket, facts, dispatch, links, policyMove, help }: ReturnType<typeof setup>): Promise<void> {
  const { start, state, clocks } = ticket;
  const books = keepBooks(ticket);
  const running: Promise<unknown>[] = [clocks.run(), dispatch.run(), links.run(), policyMove.run()];
  const over = () => facts.withdrawn !== null || facts.merging !== null;
  const reached = (fact: () => boolean) => ticket.until(() => fact() || over());

  // 1. Accepted: somebody listens to the customer; the supervisor forms an investigation group.
  clocks.start('first-response', ticket.startedAt);
  if (!facts.report) {
    clocks.start('investigation', ticket.startedAt);
    ticket.tell('investigation-wanted', ticket.supervisors);
  }
  if (start.handler) dispatch.wanted({ to: start.handler });
  else dispatch.wanted();

  // 2. Investigated, with evidence, and the liability named, within 24 hours of intake.
  await reached(() => facts.report !== null);

  while (!over()) {
    // 3. A solution that fits the liability, negotiated until the customer consents on record.
    while (!over() && facts.consent !== true) {
      ticket.moveTo('negotiating');
      facts.solution = null;
      facts.consent = null;
      clocks.start('solution', Date.now());
      ticket.tellHandler('solution-wanted', { liability: facts.report?.liability ?? '' });
      await reached(() => facts.solution !== null);
      if (over()) break;
      ticket.moveTo('consenting');
      await reached(() => facts.consent !== null);
    }

    // 4. Carried out by the responsible department by its deadline, verified by the supervisor.
    while (!over() && facts.verified !== true) {
      const returned = facts.rectified !== null;
      facts.rectified = null;
      facts.verified = null;
      ticket.moveTo('rectifying');
      askToRectify(returned);
      await reached(() => facts.rectified !== null);
      if (over()) break;
      ticket.moveTo('verifying');
      clocks.start('verification', facts.rectified ?? Date.now());
      ticket.tell('verification-wanted', ticket.supervisors);
      await reached(() => facts.verified !== null);
    }

    // 5. Revisited within three days of completion; not satisfied → negotiated anew.
    if (over()) break;
    ticket.moveTo('revisiting');
    clocks.start('revisit', facts.rectified ?? Date.now());
    ticket.tell('revisit-wanted', [...ticket.supervisors, { kind: 'role', role: 'revisit-group' }]);
    await reached(() => facts.revisit !== null);
    if (over() || facts.revisit) break;
    state.facts.reopened = Number(state.facts.reopened ?? 0) + 1;
    Object.assign(facts, { consent: null, rectified: null, verified: null, revisit: null });
    ticket.tell('not-satisfied', ticket.supervisors);
  }

  // 6. Closed, surveyed, archived for two years at least.
  help.end(facts.withdrawn ?? Date.now());
  if (facts.withdrawn !== null) {
    closeTicket(ticket, 'withdrawn', facts.withdrawn);
    await links.tellEscalations('withdrawn');
  } else if (facts.merging !== null) {
    await tellLinked(ticket, facts.merging, { ticket: start.ticket, event: 'merged-from' });
    state.links.push({ ticket: facts.merging, kind: 'merged-into', open: false });
    closeTicket(ticket, 'merged', Date.now());
  } else await surveyAndFollowUp(ticket, facts);
  await archive(ticket, { books, links, dispatch, policyMove, running });

  function askToRectify(returned: boolean): void {
    const now = Date.now();
    const due = facts.solution?.dueAt ?? null;
    clocks.start('rectification', now, due !== null && due > now ? { due } : {});
    const id = facts.report?.department;
    const template = returned ? 'rectification-returned' : 'rectification-wanted';
    if (!id) return ticket.tellHandler(template, {});
    const department = state.departments.find((d) => d.id === id);
    if (department) department.state = 'asked';
    else state.departments.push({ id, state: 'asked' });
    ticket.tell(template, [{ kind: 'department', id, role: 'department-contact' }], due === null ? {} : { dueAt: due });
  }
}
