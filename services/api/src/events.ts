import { randomBytes } from 'node:crypto';
import {
  type AnnouncementNotice,
  type CallNotice,
  type ConversationNotice,
  type Database,
  type FaultNotice,
  type SeenTicket,
  announcementChannel,
  callChannel,
  channels,
  conversationChannel,
  faultChannel,
  findTickets,
  notificationChannel,
} from '@duban/database';
import type { Logger } from '@duban/platform';

/** Something changed: a ticket, what one person is told, a call for one of them, a conversation. */
export type LiveEvent =
  | { kind: 'ticket'; number: string; revision: number; seen: SeenTicket }
  | { kind: 'notification'; staff: string }
  | ({ kind: 'call' } & CallNotice)
  | ({ kind: 'conversation' } & ConversationNotice)
  | ({ kind: 'announcement' } & AnnouncementNotice)
  /** A fault was announced, its announcement changed or ended (F2): for everybody. */
  | { kind: 'fault'; notice: FaultNotice }
  /** Something may have been missed: readers look at their lists again. */
  | { kind: 'resync' };
type Listener = (id: string, event: LiveEvent) => void;
/** What is kept: of a ticket only that it changed, for it is read when it is told. */
type Noticed = { kind: 'ticket'; number: string } | Exclude<LiveEvent, { kind: 'ticket' }>;

export interface Following {
  /** Id of what happened last before this: whoever has heard it has heard all. */
  from: string;
  /** What happened after the id asked for, each ticket once and as it is now; null when that is not known any more. */
  missed: Array<{ id: string; event: LiveEvent }> | null;
  stop(): void;
}

/** Changes as they are committed by any process; one LISTEN serves all readers of this one. */
export interface LiveEvents {
  /** Hears all that happens from now on, in order and without a gap after what is answered. */
  follow(after: string | undefined, listener: Listener): Promise<Following>;
  stop(): Promise<void>;
}

/** A minute or so of a busy centre: as long as a browser takes to come back. */
const KEPT = 2_000;
/** Whoever missed more tickets than a list shows reads its lists again. */
const TOLD_AGAIN = 200;

/**
 * Listens, numbers what it hears and keeps the latest of it. An id is good in this process alone and only as long as
 * nothing was lost: another process, a restart or a broken connection to the database begin a new series.
 */
export async function listenForEvents({ sql, db }: Database, log: Logger): Promise<LiveEvents> {
  const listeners = new Set<Listener>();
  let series = newSeries();
  let last = 0;
  let kept: Array<{ n: number; noticed: Noticed }> = [];

  // One after the other, or a reader could hear 12 before 11 and never of 11.
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }
  const idOf = (n: number) => `${series}-${n}`;

  function lose(): void {
    series = newSeries();
    last = 0;
    kept = [];
    for (const listener of listeners) listener(idOf(0), { kind: 'resync' });
  }

  async function happened(noticed: Noticed): Promise<void> {
    kept.push({ n: ++last, noticed });
    if (kept.length > KEPT) kept.shift();
    if (listeners.size === 0) return;
    const [event] = await read([noticed]);
    if (event) for (const listener of listeners) listener(idOf(last), event);
  }

  /** As they are to be told, in the same order; a ticket is read now, one that is not there is left out. */
  async function read(noticed: Noticed[]): Promise<Array<LiveEvent | undefined>> {
    const numbers = noticed.flatMap((one) => (one.kind === 'ticket' ? [one.number] : []));
    const rows = numbers.length ? await findTickets(db, numbers) : [];
    const byNumber = new Map(rows.map((ticket) => [ticket.number, ticket]));
    return noticed.map((one) => {
      if (one.kind !== 'ticket') return one;
      const seen = byNumber.get(one.number);
      return seen && { kind: 'ticket', number: one.number, revision: seen.revision, seen };
    });
  }

  async function missedAfter(id: string): Promise<Following['missed']> {
    const [, of, n] = /^(.+)-(\d+)$/.exec(id) ?? [];
    if (of !== series || Number(n) > last || Number(n) < last - kept.length) return null;
    const after = kept.filter((entry) => entry.n > Number(n));
    // Of each ticket the latest change stands for all.
    const latest = new Map(after.map(({ n, noticed }) => [noticed.kind === 'ticket' ? noticed.number : n, n]));
    const told = after.filter(({ n, noticed }) => latest.get(noticed.kind === 'ticket' ? noticed.number : n) === n);
    if (told.length > TOLD_AGAIN) return null;
    const events = await read(told.map(({ noticed }) => noticed));
    return told.flatMap(({ n }, i) => (events[i] ? [{ id: idOf(n), event: events[i] }] : []));
  }

  const notice = (noticed: Noticed) =>
    void inTurn(() =>
      happened(noticed).catch((error: unknown) => {
        log.warn({ err: (error as Error).name }, 'live event lost');
        lose();
      }),
    );
  let listening = false;
  // Called again after the connection broke: nobody knows what was said meanwhile.
  const connected = () => {
    if (listening) void inTurn(async () => lose());
    listening = true;
  };
  const ofTickets = await sql.listen(channels.ticket, (number) => notice({ kind: 'ticket', number }), connected);
  const ofPeople = await sql.listen(notificationChannel, (staff) => notice({ kind: 'notification', staff }));
  const ofCalls = await sql.listen(callChannel, (text) =>
    notice({ kind: 'call', ...(JSON.parse(text) as CallNotice) }),
  );
  const ofConversations = await sql.listen(conversationChannel, (text) =>
    notice({ kind: 'conversation', ...(JSON.parse(text) as ConversationNotice) }),
  );
  const ofAnnouncements = await sql.listen(announcementChannel, (text) =>
    notice({ kind: 'announcement', ...(JSON.parse(text) as AnnouncementNotice) }),
  );
  const ofFaults = await sql.listen(faultChannel, (text) =>
    notice({ kind: 'fault', notice: JSON.parse(text) as FaultNotice }),
  );
  return {
    follow: (after, listener) =>
      inTurn(async () => {
        const missed = after === undefined ? [] : await missedAfter(after);
        listeners.add(listener);
        return { from: idOf(last), missed, stop: () => void listeners.delete(listener) };
      }),
    async stop() {
      listeners.clear();
      const all = [ofTickets, ofPeople, ofCalls, ofConversations, ofAnnouncements, ofFaults];
      await Promise.allSettled(all.map((one) => one.unlisten()));
      await turn;
    },
  };
}

const newSeries = () => randomBytes(9).toString('base64url');
