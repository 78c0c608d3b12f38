import { type TicketStart, consultationSteps } from '@duban/contracts';
import { keepBooks } from './lib/books';
import { archive, closeTicket, surveyAndFollowUp } from './lib/closing';
import { commonSteps, noCommonFacts } from './lib/common-steps';
import { createDispatch } from './lib/dispatch';
import { createHelp } from './lib/help';
import { createLinks, tellLinked } from './lib/links';
import { createPolicyMove } from './lib/policy-move';
import { registerSteps } from './lib/steps';
import { openTicket } from './lib/ticket';

/** 咨询: answered, confirmed by the customer, surveyed, archived (C1–C3, G5, G7–G13). */
export async function consultation(start: TicketStart): Promise<void> {
  await run(setup(start));
}

function setup(start: TicketStart) {
  const ticket = openTicket(start, { firstStage: 'dispatching', dispatched: true });
  const { state, clocks } = ticket;
  const facts = {
    ...noCommonFacts(),
    asked: false,
    resolved: null as number | null,
    satisfied: null as boolean | null,
  };
  const dispatch = createDispatch(ticket, () => {
    if (facts.resolved === null && state.stage === 'dispatching') ticket.moveTo('receipt');
  });
  const links = createLinks(ticket);
  const policyMove = createPolicyMove(ticket, dispatch.policyMoved);
  const common = commonSteps(ticket, facts, dispatch, links, policyMove);
  const handled = common.reply.open;
  const help = createHelp(ticket, { alive: common.withdraw.open, handled });
  const askedDepartments = () => state.departments.filter((d) => d.state === 'asked');

  registerSteps(ticket, consultationSteps, {
    ...common,
    ...help.steps,
    'hand-over': {
      open: handled,
      take: ({ at, id, command }) => {
        const data = { step: id, problemType: command.problemType, urgency: command.urgency };
        if (command.to === 'supervisor' || !command.department) {
          dispatch.wanted({ role: 'supervisor' });
          return;
        }
        const department = state.departments.find((d) => d.id === command.department);
        if (department) department.state = 'asked';
        else state.departments.push({ id: command.department, state: 'asked' });
        clocks.start('answer', at, { department: command.department });
        ticket.tell('handed-over', [{ kind: 'department', id: command.department, role: 'department-contact' }], data);
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
    'confirm-with-customer': {
      open: () => handled() && facts.resolved !== null && facts.satisfied === null,
      check: ({ command }) =>
        command.satisfied && ticket.escalationOpen()
          ? { code: 'escalation-open', detail: { ticket: openEscalation() } }
          : command.satisfied
            ? help.refusal()
            : null,
      take: ({ at, command }) => {
        facts.satisfied = command.satisfied;
        clocks.stop('confirm', at);
        if (command.satisfied) closeTicket(ticket, 'satisfied', at);
      },
    },
  });
  const openEscalation = () => state.links.find((l) => l.kind === 'escalates-to' && l.open)?.ticket ?? '';
  return { ticket, facts, dispatch, links, policyMove, help };
}

async function run({ ticket, facts, dispatch, links, policyMove, help }: ReturnType<typeof setup>): Promise<void> {
  const { start, state, clocks } = ticket;
  const books = keepBooks(ticket);
  const running: Promise<unknown>[] = [clocks.run(), dispatch.run(), links.run(), policyMove.run()];
  const over = () => facts.withdrawn !== null || facts.merging !== null;

  // 1. Registered: the customer waits for a first answer from this moment on.
  if (start.resume) clocks.start('handling', ticket.startedAt);
  else for (const clock of ['first-response', 'handling'] as const) clocks.start(clock, ticket.startedAt);
  if (start.handler) dispatch.wanted({ to: start.handler });
  else dispatch.wanted();
  if (start.priority === 'P1') running.push(dispatch.bringInSupport());

  for (;;) {
    // 2. Dispatched and received: 待派单 → 待接收 → 处理中.
    await ticket.until(() => state.received || over());
    if (over()) break;
    if (facts.resolved === null) ticket.moveTo('handling');

    // 3. Answered, handed over, asked about, escalated – as long as it takes.
    await ticket.until(() => facts.resolved !== null || over());
    if (over()) break;

    // 4. The handler asks the customer whether that was the answer.
    ticket.moveTo('confirming');
    clocks.start('confirm', facts.resolved ?? Date.now());
    await ticket.until(() => facts.satisfied !== null || over());
    if (over() || facts.satisfied) break;

    // 5. Not satisfied: 待跟进, answered again, reassigned or escalated, until satisfied.
    facts.resolved = null;
    ticket.moveTo('not-satisfied');
    clocks.start('handling', Date.now());
    clocks.start('progress', Date.now());
    ticket.tell('not-satisfied', [
      ...ticket.supervisors,
      ...(state.handler ? [{ kind: 'staff' as const, id: state.handler }] : []),
    ]);
    await ticket.until(() => facts.resolved !== null || !state.received || over());
    if (over()) break;
  }

  // 6. Closed: satisfied, withdrawn by the customer, or merged into another ticket.
  help.end(facts.withdrawn ?? Date.now());
  if (facts.withdrawn !== null) {
    closeTicket(ticket, 'withdrawn', facts.withdrawn);
    await links.tellEscalations('withdrawn');
  } else if (facts.merging !== null) {
    await tellLinked(ticket, facts.merging, { ticket: start.ticket, event: 'merged-from' });
    state.links.push({ ticket: facts.merging, kind: 'merged-into', open: false });
    closeTicket(ticket, 'merged', Date.now());
  } else await surveyAndFollowUp(ticket, facts);

  // 7. Archived.
  await archive(ticket, { books, links, dispatch, policyMove, running });
}
