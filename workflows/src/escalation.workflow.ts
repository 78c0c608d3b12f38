import { type Refusal, type Stage, type TicketStart, escalationSteps } from '@duban/contracts';
import { keepBooks } from './lib/books';
import { archive, closeTicket } from './lib/closing';
import { urgeStep } from './lib/common-steps';
import { createLinks, tellLinked } from './lib/links';
import { supervisorsHand } from './lib/hand';
import { createPolicyMove } from './lib/policy-move';
import { contactOf } from './lib/departments';
import { registerSteps } from './lib/steps';
import { createStory } from './lib/story';
import { openTicket } from './lib/ticket';

/** 跨部门升级: approved, acknowledged, worked on by departments, told to the customer (E1–E5). */
export async function escalation(start: TicketStart): Promise<void> {
  await run(setup(start));
}

interface EscalationFacts {
  decision: 'approved' | 'rejected' | null;
  /** The committee is wanted: it was asked at once, or departments disagree. */
  dispute: boolean;
  told: boolean | null;
  withdrawn: number | null;
  decidedAt: number;
  cancelled: number | null;
  sentBack: Stage | null;
  surveySkipped: boolean;
}

function setup(start: TicketStart) {
  // Who applied follows it through; a department's system cannot, so a supervisor has to find somebody.
  const handler = start.handler ?? (start.actor.kind === 'staff' ? start.actor.id : undefined);
  const ticket = openTicket(handler ? { ...start, handler } : start, {
    firstStage: 'approving',
    closedStatus: 'resolved',
  });
  const { state, clocks } = ticket;
  const facts: EscalationFacts = {
    ...{ decision: null, dispute: false, told: null, withdrawn: null, decidedAt: 0 },
    ...{ cancelled: null, sentBack: null, surveySkipped: false },
  };
  const over = () => facts.withdrawn !== null || facts.cancelled !== null;
  const story = createStory(ticket, facts, over);
  const links = createLinks(ticket, (news) => {
    if (news.event === 'withdrawn') facts.withdrawn ??= Date.now();
  });
  const policyMove = createPolicyMove(ticket);
  const alive = () => state.closedAt === null && !over();
  const atWork = () => alive() && facts.decision === 'approved';
  const department = (id: string) => state.departments.find((d) => d.id === id && d.state !== 'released');

  /** The department named must take part, and be the one that speaks. */
  const speaks = (id: string, actor: { departments: string[] }, step: string): Refusal | null => {
    if (!department(id)) return { code: 'not-asked', field: 'department', detail: { department: id } };
    return actor.departments.includes(id) ? null : { code: 'not-yours', detail: { step } };
  };

  registerSteps(ticket, escalationSteps, {
    approve: {
      open: () => alive() && facts.decision === null,
      take: ({ at, command }) => {
        facts.decision = 'approved';
        facts.decidedAt = at;
        for (const id of command.departments ?? []) state.departments.push({ id, state: 'asked' });
        facts.dispute = command.committee === true;
        clocks.stop('approval', at);
      },
    },
    reject: {
      open: () => alive() && facts.decision === null,
      take: ({ at }) => {
        facts.decision = 'rejected';
        facts.decidedAt = at;
        clocks.stop('approval', at);
      },
    },
    acknowledge: {
      open: () => atWork() && state.departments.some((d) => d.state === 'asked'),
      check: ({ at, command, actor }) => {
        const refusal = speaks(command.department, actor, 'acknowledge');
        if (refusal) return refusal;
        if (department(command.department)?.state !== 'asked') return { code: 'repeated' };
        return command.expectedAt <= at
          ? { code: 'in-the-past', field: 'expectedAt', detail: { field: 'expectedAt' } }
          : null;
      },
      take: ({ at, command }) => {
        Object.assign(department(command.department)!, { state: 'acknowledged', expectedAt: command.expectedAt });
        clocks.stop(`acknowledge:${command.department}`, at);
        clocks.start('expected', at, { department: command.department, due: command.expectedAt });
      },
    },
    'report-progress': {
      open: () => atWork() && state.departments.some((d) => d.state === 'acknowledged' || d.state === 'disputing'),
      take: ({ at, id, actor, command }) => {
        const mine = state.departments.find((d) => actor.departments.includes(d.id) && d.state === 'acknowledged');
        if (mine && command.nextAt !== undefined && command.nextAt > at) {
          mine.expectedAt = command.nextAt;
          clocks.start('expected', at, { department: mine.id, due: command.nextAt });
        }
        if (actor.id !== state.handler) ticket.tellHandler('progress-told', { step: id });
      },
    },
    'tell-progress': {
      open: () => atWork(),
      take: ({ at, id, command }) => {
        clocks.start('customer-progress', at);
        if (command.form !== 'phone') ticket.tell('progress-told', [{ kind: 'customer' }], { step: id });
      },
    },
    'raise-dispute': {
      open: () =>
        atWork() && !facts.dispute && state.departments.some((d) => d.state === 'asked' || d.state === 'acknowledged'),
      check: ({ command, actor }) => speaks(command.department, actor, 'raise-dispute'),
      take: ({ command }) => {
        department(command.department)!.state = 'disputing';
        facts.dispute = true;
      },
    },
    'record-ruling': {
      open: () => atWork() && facts.dispute,
      check: ({ at, command }) =>
        command.dueAt <= at ? { code: 'in-the-past', field: 'dueAt', detail: { field: 'dueAt' } } : null,
      take: ({ at, command }) => {
        facts.dispute = false;
        for (const other of state.departments) {
          if (other.id === command.department || other.state === 'delivered') continue;
          other.state = 'released';
          clocks.cancel(`acknowledge:${other.id}`, at);
          clocks.cancel(`expected:${other.id}`, at);
        }
        const responsible = state.departments.find((d) => d.id === command.department);
        const now = { state: 'acknowledged' as const, expectedAt: command.dueAt };
        if (responsible) Object.assign(responsible, now);
        else state.departments.push({ id: command.department, ...now });
        clocks.stop('ruling', at);
        clocks.stop(`acknowledge:${command.department}`, at); // a ruling binds without being acknowledged
        clocks.start('expected', at, { department: command.department, due: command.dueAt });
        const everyone = state.departments.flatMap((d) => contactOf(d.id));
        ticket.tell(
          'ruling-recorded',
          [...everyone, ...ticket.supervisors, { kind: 'role', role: 'committee-member' }],
          {
            department: command.department,
            dueAt: command.dueAt,
          },
        );
        ticket.tellHandler('ruling-recorded', { department: command.department, dueAt: command.dueAt });
      },
    },
    'deliver-result': {
      open: () => atWork() && !facts.dispute && state.departments.some((d) => d.state === 'acknowledged'),
      check: ({ command, actor }) => {
        const refusal = speaks(command.department, actor, 'deliver-result');
        if (refusal) return refusal;
        return department(command.department)?.state === 'acknowledged' ? null : { code: 'repeated' };
      },
      take: ({ at, id, command }) => {
        department(command.department)!.state = 'delivered';
        clocks.stop(`expected:${command.department}`, at);
        ticket.tellHandler('result-delivered', { step: id, department: command.department });
      },
    },
    'tell-customer': {
      open: () => atWork() && delivered() && facts.told === null,
      take: ({ at, command }) => told(command.accepted, at),
    },
    urge: urgeStep(ticket, alive),
    reassign: {
      open: alive,
      check: ({ command }) => (command.to ? null : { code: 'required', field: 'to', detail: { field: 'to' } }),
      take: ({ command }) => {
        handTo(command.to ?? state.handler);
        ticket.tellHandler('ticket-assigned', { priority: start.priority, category: start.category });
      },
    },
    'move-policy': { ...policyMove.step, open: () => alive() && policyMove.step.open() },
    withdraw: { open: alive, take: ({ at }) => void (facts.withdrawn = at) },
    ...supervisorsHand(ticket, facts, {
      ...{ alive, takeOver: handTo },
      skips: { telling: (at) => told(true, at) },
      returns: { cooperating: (at) => void ((facts.told = null), sendBack(at)) },
    }),
  });

  function handTo(who: string | null): void {
    state.handler = who;
    state.received = true;
    ticket.record('assigned', { data: { handler: who, reason: 'manual' } });
  }
  function told(accepted: boolean, at: number): void {
    facts.told = accepted;
    clocks.stop('tell-customer', at);
    if (accepted) closeTicket(ticket, undefined, at);
  }
  /** The departments go on working; each is expected to bring another result. */
  function sendBack(at: number): void {
    for (const d of state.departments) {
      if (d.state !== 'delivered') continue;
      d.state = 'acknowledged';
      delete d.expectedAt;
      clocks.start('expected', at, { department: d.id });
      ticket.tell('result-refused', contactOf(d.id));
    }
  }

  const delivered = () => {
    const asked = state.departments.filter((d) => d.state !== 'released');
    return asked.length > 0 && asked.every((d) => d.state === 'delivered');
  };
  return { ticket, facts, links, policyMove, story, delivered, sendBack };
}

async function run(matter: ReturnType<typeof setup>): Promise<void> {
  const { ticket, facts, links, policyMove, story, delivered, sendBack } = matter;
  const { start, state, clocks } = ticket;
  const { reached, go, end } = story;
  const books = keepBooks(ticket);
  const running: Promise<unknown>[] = [clocks.run(), links.run(), policyMove.run()];

  await story.tell(
    'approving',
    {
      // Applied for: the supervisor decides whether it is necessary.
      approving: async () => {
        clocks.start('approval', ticket.startedAt);
        ticket.tell('approval-wanted', ticket.supervisors, { reasonKind: start.application?.reasonKind ?? start.type });
        await reached(() => facts.decision !== null);
        if (facts.decision === 'rejected') return end();
        ticket.tellHandler('escalation-decided', { decision: 'approved' });
        clocks.start('customer-progress', facts.decidedAt); // the customer hears daily from here on
        return go('cooperating');
      },

      // Each department acknowledges with a contact person and an expected time; the committee rules on disputes.
      cooperating: async () => {
        for (const d of state.departments.filter((d) => d.state === 'asked')) askDepartment(d.id);
        await reached(() => delivered() || facts.dispute);
        return facts.dispute ? go('ruling') : go('telling');
      },
      ruling: async () => {
        clocks.start('ruling', Date.now());
        ticket.tell('dispute-raised', [{ kind: 'role', role: 'committee-member' }, ...ticket.supervisors]);
        await reached(() => !facts.dispute);
        return go('cooperating');
      },

      // The result is told to the customer; refused → back to the departments.
      telling: async () => {
        clocks.start('tell-customer', Date.now());
        await reached(() => facts.told !== null);
        if (facts.told) return end();
        facts.told = null;
        sendBack(Date.now());
        return go('cooperating');
      },
    },
    ending,
  );

  // 已解决, rejected, withdrawn or cancelled; the ticket it came from is told and goes on.
  async function ending(): Promise<void> {
    if (facts.withdrawn !== null) closeTicket(ticket, 'withdrawn', facts.withdrawn);
    else if (facts.cancelled !== null) closeTicket(ticket, 'cancelled', facts.cancelled);
    else if (facts.decision === 'rejected') {
      closeTicket(ticket, 'rejected', facts.decidedAt);
      ticket.tellHandler('escalation-decided', { decision: 'rejected' });
    }
    const origin = state.links.find((link) => link.kind === 'escalated-from');
    if (origin?.open) {
      origin.open = false;
      await tellLinked(ticket, origin.ticket, {
        ticket: start.ticket,
        event: 'ended',
        outcome: state.outcome ?? 'resolved',
      });
    }
    await archive(ticket, { books, links, policyMove, running });
  }

  function askDepartment(id: string): void {
    clocks.start('acknowledge', facts.decidedAt, { department: id });
    ticket.tell('department-asked', contactOf(id), {
      dueAt: clocks.get(`acknowledge:${id}`)?.dueAt ?? 0,
    });
  }
}
