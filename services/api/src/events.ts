import { type Database, type SeenTicket, channels, findTicket, notificationChannel } from '@duban/database';
import type { Logger } from '@duban/platform';

/** Something changed: a ticket, or what one person is told. */
export type LiveEvent =
  { kind: 'ticket'; number: string; revision: number; seen: SeenTicket } | { kind: 'notification'; staff: string };
type Listener = (event: LiveEvent) => void;

/** Changes as they are committed by any process; one LISTEN serves all readers of this one. */
export interface LiveEvents {
  subscribe(listener: Listener): () => void;
  stop(): Promise<void>;
}

export async function listenForEvents({ sql, db }: Database, log: Logger): Promise<LiveEvents> {
  const listeners = new Set<Listener>();
  const tell = (event: LiveEvent) => listeners.forEach((listener) => listener(event));
  // One row is read per change, whoever listens; nobody listening, none.
  const changed = async (number: string) => {
    const ticket = listeners.size === 0 ? undefined : await findTicket(db, number);
    if (ticket) tell({ kind: 'ticket', number, revision: ticket.revision, seen: ticket });
  };
  const ofTickets = await sql.listen(channels.ticket, (number) => {
    changed(number).catch((error: unknown) => log.warn({ err: (error as Error).name }, 'live event lost'));
  });
  const ofPeople = await sql.listen(notificationChannel, (staff) => tell({ kind: 'notification', staff }));
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop() {
      listeners.clear();
      await Promise.allSettled([ofTickets.unlisten(), ofPeople.unlisten()]);
    },
  };
}
