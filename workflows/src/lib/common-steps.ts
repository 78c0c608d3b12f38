import type { Process, Refusal, Stage } from '@duban/contracts';
import type { Dispatch } from './dispatch';
import type { Links } from './links';
import type { PolicyMove } from './policy-move';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

/** Facts that several processes share; steps set them, the flow waits for them. */
export interface CommonFacts {
  replied: boolean;
  survey: { grade: string; needsFollowUp: boolean } | null;
  followedUp: { settled: boolean; at: number } | null;
  withdrawn: number | null;
  reopened: boolean;
  merging: string | null;
  /** What a supervisor did with the ticket as a whole (hand.ts). */
  cancelled: number | null;
  sentBack: Stage | null;
  surveySkipped: boolean;
  /** It goes on as another process. */
  converting: { to: Process; stepId: string; at: number } | null;
}

export const noCommonFacts = (): CommonFacts => ({
  replied: false,
  survey: null,
  followedUp: null,
  withdrawn: null,
  reopened: false,
  merging: null,
  cancelled: null,
  sentBack: null,
  surveySkipped: false,
  converting: null,
});

/** The ticket's matter goes on: nobody has closed, withdrawn, merged, cancelled or converted it. */
export function isAlive(ticket: Ticket, facts: CommonFacts): boolean {
  return ticket.state.closedAt === null && !isOver(facts);
}

/** Something ends the story wherever it is. */
export function isOver({ withdrawn, merging, cancelled, converting }: CommonFacts): boolean {
  return withdrawn !== null || merging !== null || cancelled !== null || converting !== null;
}

interface Survey {
  grade: string;
  efficiency?: number;
  attitude?: number;
  solution?: number;
}

/** The steps that consultation and complaint share, word for word (G8–G12). Escalation takes the few that fit it. */
export function commonSteps(
  ticket: Ticket,
  facts: CommonFacts,
  dispatch: Dispatch,
  links: Links,
  policyMove: PolicyMove,
) {
  const { state, clocks, policy } = ticket;
  const alive = () => isAlive(ticket, facts);
  const handled = () => alive() && state.received;
  const closed = () =>
    state.closedAt !== null &&
    (state.outcome === 'satisfied' || state.outcome === undefined) && // a supervisor may have left the asking out
    !facts.reopened &&
    state.stage !== 'archiving';

  return {
    'confirm-receipt': {
      open: () => alive() && state.handler !== null && !state.received,
      check: ({ actor }: Taken<unknown>): Refusal | null =>
        actor.id === state.handler ? null : { code: 'not-yours', detail: { step: 'confirm-receipt' } },
      take: ({ at }: Taken<unknown>) => {
        dispatch.received(at);
        if (facts.replied && !clocks.get('progress')) clocks.start('progress', at);
      },
    },
    reply: {
      open: handled,
      take: ({ at, id, command }: Taken<{ channel: string }>) => {
        facts.replied = true;
        clocks.stop('first-response', at);
        clocks.stop('next-response', at);
        clocks.start('progress', at);
        if (command.channel === 'sms' || command.channel === 'email')
          ticket.tell('reply-sent', [{ kind: 'customer' }], { step: id, channel: command.channel });
      },
    },
    'wait-for-customer': {
      open: () => handled() && !state.waiting,
      take: ({ at }: Taken<unknown>) => {
        state.waiting = true;
        clocks.pauseAll(at);
      },
    },
    'customer-replied': {
      open: () => alive() && state.waiting,
      take: ({ at, actor }: Taken<unknown>) => {
        state.waiting = false;
        clocks.resumeAll(at);
        // Who took the customer's words down has answered them; what reached the ticket by itself waits for an answer.
        if (actor.id !== state.handler) clocks.start('next-response', at);
        if (actor.id !== state.handler) ticket.tellHandler('ticket-reminder', { reason: 'customer-replied' });
      },
    },
    'report-progress': {
      open: handled,
      take: ({ at, id, actor, command }: Taken<{ nextAt?: number }>) => {
        clocks.start(
          'progress',
          at,
          command.nextAt !== undefined && command.nextAt > at ? { due: command.nextAt } : {},
        );
        if (actor.id !== state.handler) ticket.tellHandler('progress-told', { step: id });
      },
    },
    urge: urgeStep(ticket, alive),
    reassign: {
      open: () => alive() && (state.handler !== null || state.assignment > 0),
      take: ({ command }: Taken<{ to?: string; group?: string }>) =>
        dispatch.wanted({
          ...(command.to ? { to: command.to } : {}),
          ...(command.group ? { group: command.group } : {}),
          exclude: !command.to && state.handler ? [state.handler] : [],
        }),
    },
    'pick-up': {
      open: () => alive() && dispatch.pool.isOpen(),
      whyNot: () => (alive() ? dispatch.pool.refusal() : null),
      take: ({ actor }: Taken<unknown>) => dispatch.pool.pickUp(actor.id),
    },
    'move-policy': { ...policyMove.step, open: () => alive() && policyMove.step.open() },
    escalate: {
      open: () => handled() && !ticket.escalationOpen(),
      take: ({ id, at }: Taken<unknown>) => links.create('escalation', id, at),
    },
    'submit-survey': {
      open: () => closed() && facts.survey === null && state.stage === 'surveying',
      take: ({ command }: Taken<Survey>) => {
        const low = policy.limits.surveyLowScore ?? 2;
        const scores = [command.efficiency, command.attitude, command.solution].filter((s) => s !== undefined);
        const needsFollowUp = command.grade === 'dissatisfied' || scores.some((score) => score <= low);
        facts.survey = { grade: command.grade, needsFollowUp };
        Object.assign(state.facts, { surveyGrade: command.grade, needsFollowUp, ...scoresOf(command) });
      },
    },
    'record-follow-up': {
      open: () => facts.survey?.needsFollowUp === true && facts.followedUp === null && !facts.reopened,
      take: ({ at, command }: Taken<{ settled: boolean }>) => {
        facts.followedUp = { settled: command.settled, at };
        state.facts.followUpSettled = command.settled;
      },
    },
    withdraw: {
      open: alive,
      take: ({ at }: Taken<unknown>) => void (facts.withdrawn = at),
    },
    reopen: {
      open: closed,
      check: ({ at }: Taken<unknown>): Refusal | null =>
        at > (state.closedAt ?? 0) + (policy.periods.reopenWindow ?? Infinity) ? { code: 'too-late' } : null,
      take: ({ id, at }: Taken<unknown>) => {
        facts.reopened = true;
        links.create('reopened', id, at);
      },
    },
    merge: {
      open: () => alive() && !ticket.escalationOpen(),
      check: ({ command }: Taken<{ into: string }>): Refusal | null =>
        command.into === ticket.start.ticket ? { code: 'not-same-customer', field: 'into' } : null,
      take: ({ command }: Taken<{ into: string }>) => void (facts.merging = command.into),
    },
  };
}

/** The scores that were given, under the names that statistics know (G12, G15). */
function scoresOf({ efficiency, attitude, solution }: Survey): Record<string, number> {
  const scores = { surveyEfficiency: efficiency, surveyAttitude: attitude, surveySolution: solution };
  return Object.fromEntries(
    Object.entries(scores).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

/** 催单: counted; the handler hears of each, the supervisor once it repeats. */
export function urgeStep(ticket: Ticket, open: () => boolean) {
  return {
    open,
    take: () => {
      const urges = ++ticket.state.urges;
      ticket.tellHandler('urged', { urges });
      if (urges >= (ticket.policy.limits.urgesBeforeSupervisor ?? 2))
        ticket.tell('urged-again', ticket.supervisors, { urges });
    },
  };
}
