import { type Addressee, alarmKey } from '@duban/contracts';
import type { Ticket } from './ticket';

const ALARM = '告警';
const MINUTE_MS = 60_000;
/** A minute, three, five: at the last the next of the chain hear it, too (U1). */
const ROUNDS = [0.2, 0.6, 1];
/** When the whole chain has been called, it is called again at growing intervals, at most so far apart. */
const RAREST_MS = 60 * MINUTE_MS;

/**
 * Tells the first of a chain at once, again after one, three and five minutes, then the next as well, until somebody
 * takes it. It never waits for assignment. Whoever was told may see the emergency: the ticket's facts keep who.
 */
export function createAlarm(ticket: Ticket, chain: Addressee[][], nobodyCame: () => boolean) {
  const stepMs = ticket.policy.periods.alarm ?? 5 * MINUTE_MS;
  let level = 0;
  let round = 0;
  let since = 0;
  let pauseMs = stepMs;

  function raise(at: number): void {
    const to = chain.slice(0, level + 1).flat();
    allow(ticket, to);
    ticket.record('alarmed', { at, data: { level: level + 1, round: round + 1 } });
    ticket.tell('emergency-raised', to, { level: level + 1, priority: ticket.start.priority });
    // What fell due while nothing ran is made up for by one call.
    const next = Math.max(nextAt(at), Date.now());
    ticket.clocks.alarm(ALARM, next, () => {
      if (!nobodyCame()) return;
      if (round === ROUNDS.length && level < chain.length - 1) [level, round, since] = [level + 1, 0, next];
      raise(next);
    });
  }

  function nextAt(at: number): number {
    if (round < ROUNDS.length) return since + stepMs * ROUNDS[round++]!;
    pauseMs = Math.min(pauseMs * 2, RAREST_MS);
    return at + pauseMs;
  }

  return {
    start(at: number): void {
      [level, round, since, pauseMs] = [0, 0, at, stepMs];
      raise(at);
    },
    stop: () => ticket.clocks.silence(ALARM),
  };
}

/** Whoever is called to an emergency may see it and act. */
export function allow(ticket: Ticket, to: Addressee[]): void {
  const told = (ticket.state.facts.told as string[] | undefined) ?? [];
  ticket.state.facts.told = [...new Set([...told, ...to.flatMap((who) => alarmKey(who) ?? [])])];
}
