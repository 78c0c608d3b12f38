import { defineSignal, setHandler } from '@temporalio/workflow';
import { type FaultNews, faultNewsSignal } from '@duban/contracts';
import { faults } from './activities';
import type { Case } from './case';
import type { CommonFacts } from './common-steps';

/** What a report that belongs to a fault announcement waits for. */
export interface RecoveryFacts {
  announcement: string | null;
  over: { event: 'ended' | 'cancelled'; at: number } | null;
  stillBroken: number | null;
  /** Nobody said within the window that it is still broken. */
  settled: boolean;
}
export const noRecovery = (): RecoveryFacts => ({ announcement: null, over: null, stillBroken: null, settled: false });

const WINDOW = '恢复观察期满';
const DAY_MS = 86_400_000;

/**
 * A report inside a fault announcement (F1): nobody is dispatched, the announcement's end is waited for, and what is
 * still broken then goes on by itself. A later announcement adopts it while `adoptable` (F3).
 */
export function createRecovery(
  {
    ticket,
    facts,
    dispatch,
    help,
    alive,
  }: Pick<Case, 'ticket' | 'dispatch' | 'help' | 'alive'> & { facts: RecoveryFacts & CommonFacts },
  { adoptable, release }: { adoptable: () => boolean; release: (at: number) => void },
) {
  const { state, clocks, policy, start } = ticket;

  setHandler(defineSignal<[FaultNews]>(faultNewsSignal), heard, {
    description: '故障公告消息 · news of a fault announcement',
  });

  function heard(news: FaultNews): void {
    if (typeof news?.announcement !== 'string') return;
    const { announcement, event } = news;
    if (event === 'adopted') {
      if (facts.announcement === announcement) return; // told twice
      if (!adoptable()) return ignored('not-open', announcement);
      belongsTo(announcement);
      ticket.record('linked', { data: { ticket: announcement, kind: 'attached-to' } });
      ticket.tellHandler('fault-adopted', { announcement });
      facts.sentBack = 'awaiting-recovery';
    } else if (facts.announcement === announcement) isOver(event);
    else ignored('not-linked', announcement);
  }
  const ignored = (code: string, announcement: string) =>
    ticket.record('ignored', { data: { step: faultNewsSignal, code, ticket: announcement } });

  function belongsTo(announcement: string): void {
    Object.assign(facts, { ...noRecovery(), announcement });
    state.facts.announcement = announcement;
    state.links.push({ ticket: announcement, kind: 'attached-to', open: true });
  }

  function isOver(event: 'ended' | 'cancelled'): void {
    if (facts.over !== null) return; // told twice
    facts.over = { event, at: Date.now() };
    const link = state.links.find((l) => l.ticket === facts.announcement && l.open);
    if (link) link.open = false;
    ticket.record('link-changed', { data: { ticket: facts.announcement, event } });
  }

  return {
    steps: {
      'still-broken': {
        open: () => alive() && facts.over?.event === 'ended' && facts.stillBroken === null,
        take: ({ at }: { at: number }) => void (facts.stillBroken = at),
      },
    },

    /** Taken in while the announcement was open; it may have ended before this ticket began. */
    async begin(): Promise<void> {
      if (!start.fault) return;
      const { announcement } = start.fault;
      belongsTo(announcement);
      const { state: now } = await faults.announcementState({ announcement });
      if (now !== 'open' && facts.announcement === announcement) isOver(now === 'over' ? 'ended' : 'cancelled');
    },

    /** Answered by the announcement: nobody need do anything for now, and no promise but its own stands. */
    waits(): void {
      const now = Date.now();
      help.end(now);
      release(now);
      clocks.stop('first-response', now);
      clocks.stop('next-response', now);
      clocks.cancelAll(now);
      state.waiting = false;
      if (state.assignment > 0) dispatch.unwanted();
      ticket.tell('fault-attached', [{ kind: 'customer' }], { announcement: facts.announcement ?? '' });
    },

    watch(): void {
      clocks.alarm(WINDOW, facts.over!.at + (policy.periods.stillBroken ?? DAY_MS), () => void (facts.settled = true));
    },

    /** It goes on as a report of its own. */
    leaves(): void {
      clocks.silence(WINDOW);
      Object.assign(facts, noRecovery());
      state.facts.announcement = null;
      clocks.start('first-response', Date.now());
      clocks.start('handling', Date.now());
      dispatch.wanted();
    },
  };
}
