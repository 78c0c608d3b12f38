import type { Snapshot } from '@duban/contracts';
import type { Database } from '@duban/database';

/** What everyone sees of a ticket in their lists. */
export interface Seen {
  number: string;
  process: string;
  stage: string;
  status: string;
  outcome: string | null;
  handler: string | null;
  revision: number;
  archived: boolean;
  open: string[];
  links: Snapshot['links'];
}

const LOOK_MS = 300;
const ANSWER_MS = 5_000;

export type Board = ReturnType<typeof openBoard>;

/** The lists of all people, read at once: a screen on the wall. It shows the last it could read while stores are away. */
export function openBoard({ sql }: Database) {
  const tickets = new Map<string, Seen>();
  const waiting = new Set<() => void>();
  let closed: Error | null = null;
  let timer: NodeJS.Timeout;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const rows = sql<Seen[]>`
      select number, process, stage, status, outcome, handler, revision, archived,
        coalesce(snapshot->'openSteps', '[]') as open, coalesce(snapshot->'links', '[]') as links
      from tickets`;
    let late: NodeJS.Timeout | undefined;
    const seen = await Promise.race([
      rows.catch(() => null),
      new Promise<null>((resolve) => (late = setTimeout(resolve, ANSWER_MS, null))),
    ]);
    clearTimeout(late);
    for (const row of seen ?? []) tickets.set(row.number, row);
    for (const check of [...waiting]) check();
  }
  const next = () => {
    timer = setTimeout(() => {
      looking = look().finally(() => closed || next());
    }, LOOK_MS);
  };
  next();

  return {
    tickets,
    /** Resolves once the ticket is shown as wanted; rejects when the board is closed first, or `ms` are over. */
    until(number: string, wanted: (ticket: Seen) => boolean, ms = Infinity): Promise<Seen> {
      const end = Date.now() + ms;
      return new Promise((resolve, reject) => {
        const check = () => {
          const ticket = tickets.get(number);
          if (ticket && wanted(ticket)) resolve(ticket);
          else if (closed) reject(new Error(`${number} is shown as ${JSON.stringify(ticket)}`, { cause: closed }));
          else if (Date.now() > end) reject(new Error(`${number} stays as it is`));
          else return void waiting.add(check);
          waiting.delete(check);
        };
        check();
      });
    },
    /** Whoever still waits hears why not. */
    async close(reason: string): Promise<void> {
      closed = new Error(reason);
      clearTimeout(timer);
      await looking;
      for (const check of [...waiting]) check();
    },
  };
}
