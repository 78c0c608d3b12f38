import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  type FaultNews,
  type PassOnInput,
  type PassedOn,
  type TellCallersInput,
  faultNewsSignal,
} from '@duban/contracts';
import {
  type Attached,
  type Database,
  adoptableAfter,
  attachToFault,
  attachedAfter,
  closeFault,
  findFault,
  makeFaultSummary,
  settledDeliveries,
  summaryDepartments,
  weekBefore,
} from '@duban/database';
import type { Logger } from '@duban/platform';
import { type NotificationDeps, tellOnce } from './notification';

const BATCH = 200;
/** So many at a time: fewer than the service has database connections. */
const AT_ONCE = 8;
/** A ticket taken in a moment ago is started within so long. */
const STARTED_WITHIN_MS = 2_000;
const LOOK_MS = 50;

/** What the orchestrator does for fault announcements (F1–F3); each may run twice. */
export function createFaultActivities(deps: {
  database: Database;
  client: Client;
  log: Logger;
  timeZone?: string | undefined;
}) {
  const { database, client, log, timeZone = 'Asia/Shanghai' } = deps;
  const { db } = database;

  /** False when the workflow has ended; its ticket is told otherwise, or needs nothing any more. */
  async function signal({ ticket, started }: Attached, news: FaultNews): Promise<'told' | 'ended' | 'not-started'> {
    for (const end = Date.now() + STARTED_WITHIN_MS; ; await sleep(LOOK_MS))
      try {
        await client.workflow.getHandle(ticket).signal(faultNewsSignal, news);
        return 'told';
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        if (started) return 'ended';
        // It reads by itself whether its announcement is over when it begins.
        if (news.event !== 'adopted' || Date.now() > end) return 'not-started';
      }
  }

  return {
    /** How an announcement stands now, for a report that begins. */
    async announcementState({
      announcement,
    }: {
      announcement: string;
    }): Promise<{ state: 'open' | 'over' | 'cancelled' }> {
      const fault = await findFault(db, announcement);
      return { state: fault?.state ?? 'cancelled' };
    },

    /** Nobody is taken in as part of it any more; whoever was before is among those that news is passed on to. */
    async closeAnnouncement({
      announcement,
      event,
    }: {
      announcement: string;
      event: 'ended' | 'cancelled';
    }): Promise<void> {
      await closeFault(db, announcement, event === 'ended' ? 'over' : 'cancelled');
    },

    /**
     * Passes news on to the reports of an announcement, in batches. `adopted` goes to open reports that it covers:
     * tried again while one of them has not been started yet.
     */
    async passOn({ announcement, event }: PassOnInput): Promise<PassedOn> {
      const adopting = event === 'adopted';
      let [told, missed] = [0, 0];
      for await (const batch of batches((after) =>
        (adopting ? adoptableAfter : attachedAfter)(db, announcement, after, BATCH),
      ))
        await eachOf(batch, async (report) => {
          if (adopting && report.started)
            await attachToFault(db, { announcement, ticket: report.ticket, how: 'adopted' });
          const outcome = await signal(report, { announcement, event });
          if (outcome === 'told') told++;
          if (outcome === 'told' && adopting && !report.started)
            await attachToFault(db, { announcement, ticket: report.ticket, how: 'adopted' });
          if (outcome === 'not-started' && adopting) missed++;
        });
      log.info({ ticket: announcement, event, told, missed }, 'news of a fault passed on');
      if (missed) throw ApplicationFailure.retryable(`${missed} reports are not started yet`, 'NotStarted');
      return { told };
    },

    /** Sums up the week's fault reports (F3): `week` (its Monday), else the week before `at` (UTC ms). */
    async makeFaultSummary(input: {
      week?: string;
      at: number;
    }): Promise<{ week: string; reports: number; departments: string[] }> {
      const week = input.week ?? weekBefore(input.at, timeZone);
      const { reports } = await makeFaultSummary(db, week, timeZone);
      log.info({ week, reports: reports.count }, 'fault summary made');
      return { week, reports: reports.count, departments: await summaryDepartments(db) };
    },
  };
}

/** What customers of a known fault are told, beside the messages of their own tickets (F1). */
export function createFaultCallerActivities(deps: NotificationDeps) {
  const { db } = deps.database;
  return {
    /**
     * Tells every customer who waits for the announcement, each once for each `revision` (key
     * `announcement:revision:ticket`): run again, it goes on where it was. Throws, to be retried, while somebody is
     * certainly untold.
     */
    async tellCallers({ announcement, revision, template, data }: TellCallersInput): Promise<PassedOn> {
      let [told, pending] = [0, 0];
      const keyOf = (ticket: string) => `${announcement}:${revision}:${ticket}`;
      const channels = ['sms', 'email'].map((name) => `:${name}:customer`);
      for await (const batch of batches((after) => attachedAfter(db, announcement, after, BATCH))) {
        const keys = batch.flatMap(({ ticket }) => channels.map((channel) => keyOf(ticket) + channel));
        const settled = await settledDeliveries(db, keys);
        const left = batch.filter(({ ticket }) => !channels.some((channel) => settled.has(keyOf(ticket) + channel)));
        told += batch.length - left.length;
        await eachOf(left, async ({ ticket }) => {
          const message = { template, to: [{ kind: 'customer' as const }], data: { ...data, announcement } };
          const outcomes = await tellOnce(deps, { ticket, messages: [{ key: keyOf(ticket), ...message }] });
          if (outcomes.some(({ state }) => state === 'retry')) pending++;
          else told++;
        });
      }
      deps.log.info({ ticket: announcement, revision, told, pending }, 'callers told');
      if (pending) throw ApplicationFailure.retryable(`${pending} deliveries are still pending`, 'DeliveryPending');
      return { told };
    },
  };
}

/** Pages of reports by their numbers. */
async function* batches(read: (after: string) => Promise<Attached[]>): AsyncGenerator<Attached[]> {
  for (let after = ''; ;) {
    const batch = await read(after);
    if (batch.length) yield batch;
    if (batch.length < BATCH) return;
    after = batch.at(-1)!.ticket;
  }
}

/** A few at a time; the first failure is thrown once those under way are done. */
async function eachOf(batch: Attached[], work: (report: Attached) => Promise<void>): Promise<void> {
  const left = [...batch];
  const one = async () => {
    for (let next = left.shift(); next; next = left.shift()) await work(next);
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, one));
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
}
