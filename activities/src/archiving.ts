import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { ArchiveInput, ArchiveResult } from '@duban/contracts';
import {
  type Database,
  addArchivePart,
  applyAnswer,
  archiveDigest,
  archivesWithoutEnd,
  findArchivePart,
  isHeld,
  lockForArchive,
  proposeCase,
  purgeArchives,
  readRecord,
  retentionYears,
  timelineRevisions,
  waitingSteps,
} from '@duban/database';
import { type Logger, crashPoint, historiesOf } from '@duban/platform';

const FORMAT = 'duban-archive/1';
const BATCH = 100;
const YEAR_MS = 365.25 * 86_400_000;
/** Who proposes closed tickets as cases of the knowledge base (G14). */
const ARCHIVIST = 'archiving';
/** The deliverer writes an answer within milliseconds; one that was killed is replaced later than this. */
const SETTLED_WITHIN_MS = 5_000;
const LOOK_MS = 100;
/** Histories older than this have left Temporal by its own retention. */
const GIVEN_UP_MS = 120 * 86_400_000;

/** What Temporal's own JSON of a history is made of, as far as it matters here. */
interface JsonHistory {
  events: Array<{ eventId: string; eventType: string }>;
}
interface FirstPart {
  history: JsonHistory;
}

/** Archiving on close, and its daily upkeep (G14). Each may run twice. */
export function createArchivingActivities(deps: { database: Database; client: Client; log: Logger }) {
  const { database, client, log } = deps;
  const { db } = database;

  /** What the workflow did as its present process, and as those it was converted from. */
  async function historyOf(ticket: string) {
    const runs = (await historiesOf(client, ticket)).map(asJson);
    return { history: runs.at(-1)!, ...(runs.length > 1 ? { earlier: runs.slice(0, -1) } : {}) };
  }

  /**
   * The workflow goes on as soon as it has answered a step, perhaps before its deliverer has written that answer: the
   * bundle must not be without it. Throws, to be tried again, when a step stays unsettled.
   */
  async function stepsSettled(ticket: string): Promise<void> {
    for (const end = Date.now() + SETTLED_WITHIN_MS; (await waitingSteps(db, ticket)).length > 0; await sleep(LOOK_MS))
      if (Date.now() > end) throw incomplete('a step is still being delivered');
  }

  /** The rest of one history as part 2, which names the part it follows; false while the workflow still runs. */
  async function addEnd(ticket: string): Promise<boolean> {
    const { events } = (await historyOf(ticket)).history;
    if (!hasEnded(events)) return false;
    const first = await findArchivePart(db, ticket, 1);
    if (!first) return false;
    const known = (JSON.parse(first.body.toString('utf8')) as FirstPart).history.events.length;
    const { process, retainUntil, sha256: follows } = first;
    const content = { format: FORMAT, part: 2, ticket, follows, history: { events: events.slice(known) } };
    await db.transaction(async (tx) => {
      await lockForArchive(tx, ticket);
      const legalHold = await isHeld(tx, ticket);
      await addArchivePart(tx, { ticket, part: 2, process, retainUntil, legalHold, content });
      await proposeCase(tx, ticket, ARCHIVIST);
    });
    return true;
  }

  return {
    /**
     * Publishes a ticket's end and writes its immutable bundle in one transaction; asked again, gives the same digest.
     * `retainUntil` is UTC ms.
     */
    async archive({ publication, retainUntil: until }: ArchiveInput): Promise<ArchiveResult> {
      const { ticket } = publication;
      const written = await archiveDigest(db, ticket, 1);
      if (written) return { sha256: written };
      await stepsSettled(ticket);
      const histories = await historyOf(ticket);
      const sha256 = await db.transaction(async (tx) => {
        await applyAnswer(tx, publication);
        // Whatever kept an earlier answer from being written: without it this would be less than the whole ticket.
        const written = await timelineRevisions(tx, ticket);
        if (written !== publication.revision) throw incomplete(`${written} of ${publication.revision} revisions`);
        const record = await readRecord(tx, ticket);
        const { process, type } = record.ticket;
        // The administrator's rule stands before the policy that the ticket began with.
        const years = await retentionYears(tx, process, type);
        const closedAt = publication.snapshot.closedAt ?? Date.now();
        const retainUntil = new Date(years === undefined ? until : closedAt + Math.ceil(years * YEAR_MS));
        const content = { format: FORMAT, part: 1, ...record, ...histories, retainUntil };
        const legalHold = await isHeld(tx, ticket);
        return addArchivePart(tx, { ticket, part: 1, process, retainUntil, legalHold, content });
      });
      crashPoint('effect-done');
      log.info({ ticket, sha256 }, 'archived');
      return { sha256 };
    },

    /** Adds what happened after the bundle to the archives of workflows that have ended since. */
    async addHistoryEnds(): Promise<{ done: number }> {
      const since = new Date(Date.now() - GIVEN_UP_MS);
      let done = 0;
      for (let after = ''; ;) {
        const batch = await archivesWithoutEnd(db, after, since, BATCH);
        for (const ticket of batch) {
          try {
            if (await addEnd(ticket)) done++;
          } catch (error) {
            if (!(error instanceof WorkflowNotFoundError)) throw error;
            log.warn({ ticket }, 'its history is not in Temporal any more');
          }
        }
        if (batch.length < BATCH) return { done };
        after = batch.at(-1)!;
      }
    },

    /** Deletes archives past their date, only those, each with a certificate. */
    async purgeExpired(): Promise<{ purged: number }> {
      let purged = 0;
      for (let batch = BATCH; batch === BATCH; purged += batch) batch = await purgeArchives(db, BATCH);
      if (purged) log.info({ purged }, 'archives purged');
      return { purged };
    },
  };
}

/** Tried again: the deliverer, or `npm run reconcile -- --repair`, writes what is missing. */
const incomplete = (what: string) => ApplicationFailure.retryable(what, 'RecordIncomplete');

const asJson = (history: History) => JSON.parse(historyToJSON(history)) as JsonHistory;

const ends = /^EVENT_TYPE_WORKFLOW_EXECUTION_(COMPLETED|FAILED|TIMED_OUT|CANCELED|TERMINATED|CONTINUED_AS_NEW)$/;
const hasEnded = (events: JsonHistory['events']) => ends.test(events.at(-1)?.eventType ?? '');
