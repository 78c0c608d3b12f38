import type { Addressee } from '@duban/contracts';
import type { Ticket } from './ticket';

const ALARM = '告警';
const MINUTE_MS = 60_000;
/** A minute, three, five: at the last the next of the chain hear it, too (U1). */
const ROUNDS = [0.2, 0.6, 1];

/**
 * Tells the first of a chain at once, again after one, three and five minutes, then the next as well, until somebody
 * takes it; whoever is at the end of the chain is told again every five minutes. It never waits for assignment.
 */
export function createAlarm(ticket: Ticket, chain: Addressee[][], nobodyCame: () => boolean) {
  const stepMs = ticket.policy.periods.alarm ?? 5 * MINUTE_MS;
  let level = 0;
  let round = 0;
  let since = 0;

  function raise(at: number): void {
    const told = chain.slice(0, level + 1).flat();
    ticket.record('alarmed', { at, data: { level: level + 1, round: round + 1 } });
    ticket.tell('emergency-raised', told, { level: level + 1, priority: ticket.start.priority });
    const next = since + stepMs * ROUNDS[round]!;
    ticket.clocks.alarm(ALARM, next, () => {
      if (!nobodyCame()) return;
      if (++round === ROUNDS.length) {
        [round, since] = [0, next];
        if (level < chain.length - 1) level++;
      }
      raise(next);
    });
  }

  return {
    start(at: number): void {
      since = at;
      raise(at);
    },
    stop: () => ticket.clocks.silence(ALARM),
  };
}
