import type { Actor, Refusal, Stage } from '@duban/contracts';
import type { CommonFacts } from './common-steps';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

/** What a process lets a supervisor do with its stages; `at` is the moment of the step. */
export interface StageRules {
  /** Stages that may be left out: each sets the fact its stage waits for. */
  skips?: Partial<Record<Stage, (at: number) => void>>;
  /** Stages the ticket may be sent back to: each forgets what was found out since. */
  returns?: Partial<Record<Stage, (at: number) => void>>;
}

interface Hand {
  alive: () => boolean;
  takeOver: (who: string, at: number) => void;
  /** Due instants may be others now. */
  clocksMoved?: () => void;
  /** What must be over before a stage may be left out. */
  unfinished?: () => Refusal | null;
}

/** 主管干预: take over, pause, extend, skip, send back, cancel – steps of every process (issue 5, section 8). */
export function supervisorsHand(
  ticket: Ticket,
  facts: Pick<CommonFacts, 'cancelled' | 'sentBack' | 'surveySkipped'>,
  { alive, takeOver, skips = {}, returns = {}, ...more }: Hand & StageRules,
) {
  const { state, clocks } = ticket;
  ticket.mayReturnTo(Object.keys(returns) as Stage[]);
  const surveying = () => state.stage === 'surveying' && !facts.surveySkipped;
  const { clocksMoved = () => undefined, unfinished = () => null } = more;
  const running = (key: string) => ['running', 'paused'].includes(clocks.get(key)?.state ?? '');

  return {
    'take-over': {
      open: alive,
      check: ({ actor }: { actor: Actor }): Refusal | null =>
        actor.id === state.handler && state.received ? { code: 'already-taken', detail: { handler: actor.id } } : null,
      take: ({ actor, at }: { actor: Actor; at: number }) => takeOver(actor.id, at),
    },
    pause: {
      open: () => alive() && !state.held,
      take: ({ at }: Taken<unknown>) => {
        state.held = true;
        clocks.pauseAll(at, 'hold');
      },
    },
    continue: {
      open: () => alive() && state.held,
      take: ({ at }: Taken<unknown>) => {
        state.held = false;
        clocks.resumeAll(at, 'hold');
        clocksMoved();
      },
    },
    'extend-clock': {
      open: alive,
      check: ({ at, command: { clock, dueAt } }: Taken<{ clock: string; dueAt: number }>): Refusal | null => {
        if (!running(clock)) return { code: 'no-such-clock', field: 'clock', detail: { clock } };
        return dueAt <= Math.max(at, clocks.get(clock)!.dueAt)
          ? { code: 'not-later', field: 'dueAt', detail: { field: 'dueAt' } }
          : null;
      },
      take: ({ at, command: { clock, dueAt } }: Taken<{ clock: string; dueAt: number }>) => {
        const from = clocks.get(clock)!.dueAt;
        clocks.extend(clock, dueAt, at);
        clocksMoved();
        ticket.record('clock-extended', { at, data: { clock, from, to: dueAt } });
      },
    },
    skip: {
      open: () => (alive() && skips[state.stage] !== undefined) || surveying(),
      check: ({ command: { stage } }: Taken<{ stage: Stage }>): Refusal | null =>
        stage !== state.stage
          ? { code: 'cannot-be-skipped', field: 'stage', detail: { stage } }
          : surveying()
            ? null
            : unfinished(),
      take: ({ at, command: { stage } }: Taken<{ stage: Stage }>) => {
        if (stage === 'surveying') facts.surveySkipped = true;
        else ticket.withoutCustomer(() => skips[stage]!(at));
      },
    },
    'send-back': {
      open: () => alive() && facts.sentBack === null && ticket.earlierStages().length > 0,
      check: ({ command: { to } }: Taken<{ to: Stage }>): Refusal | null =>
        ticket.earlierStages().includes(to)
          ? null
          : { code: 'not-an-earlier-stage', field: 'to', detail: { stage: to } },
      take: ({ at, command: { to } }: Taken<{ to: Stage }>) => {
        clocks.leave(ticket.stagesAfter(to), at);
        returns[to]!(at);
        // What was done with is to be done again, in a time of its own.
        for (const name of ['handling', 'progress'] as const)
          if (clocks.get(name) && !running(name)) clocks.start(name, at);
        facts.sentBack = to;
      },
    },
    cancel: {
      open: alive,
      take: ({ at }: Taken<unknown>) => {
        facts.cancelled = at;
        ticket.tellHandler('ticket-cancelled');
      },
    },
  };
}
