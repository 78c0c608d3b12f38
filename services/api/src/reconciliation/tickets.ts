import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { createDubanClient } from '@duban/client';
import type { Snapshot } from '@duban/contracts';
import {
  type Database,
  type TicketRow,
  applyAnswer,
  findTicket,
  projectionOf,
  timelineRevisions,
} from '@duban/database';
import type { Finding } from './findings';
import { rebuildFromHistory } from './history';

/** Bookkeeping under way is no difference: it is given this long, looked at in between. */
const SETTLE_MS = 3_000;
const LOOK_MS = 250;
const QUERY_MS = 10_000;
/** A busy worker or server may not answer once: that says nothing about the workflow. */
const QUERY_TRIES = 3;

export interface Deps {
  database: Database;
  client: Client;
  settleMs?: number | undefined;
}

/** Compares one started ticket's projection and timeline with what its workflow says, and repairs what is safe. */
export async function reconcileTicket(deps: Deps, number: string, repair: boolean): Promise<Finding[]> {
  const { database, client } = deps;
  const seen = await look(deps, number);
  if (seen.state === 'settled') return [];
  const finding = (kind: Finding['kind'], differs: string, repaired = false): Finding => ({
    ...{ kind, ticket: number, differs, repaired },
  });
  if (seen.state !== 'differs') return [finding(seen.state, seen.cause)];

  const { row, snapshot, revisions } = seen;
  const kinds = differences(row, snapshot, revisions);
  if (kinds.includes('workflow-older'))
    return [finding('workflow-older', `workflow ${snapshot.revision}, projection ${row.revision}`)];
  const lost: string[] = [];
  if (repair) {
    if (kinds.includes('timeline-gap') || kinds.includes('projection-older'))
      lost.push(...(await rebuildFromHistory(database, client, number)));
    await database.db.transaction((tx) =>
      applyAnswer(tx, { ticket: number, revision: snapshot.revision, snapshot, changes: [] }),
    );
  }
  const after = repair ? await look(deps, number) : seen;
  const left = after.state === 'differs' ? differences(after.row, after.snapshot, after.revisions) : [];
  return [
    ...kinds.map((kind) =>
      finding(
        kind,
        `workflow ${snapshot.revision}, projection ${row.revision}, timeline ${revisions}`,
        repair && !left.includes(kind),
      ),
    ),
    ...lost.map((step) => finding('material-lost', step)),
  ];
}

type Look =
  | { state: 'settled' }
  | { state: 'differs'; row: TicketRow; snapshot: Snapshot; revisions: number }
  | { state: 'workflow-missing' | 'workflow-ended' | 'workflow-unreadable'; cause: string };

async function look({ database, client, settleMs = SETTLE_MS }: Deps, number: string): Promise<Look> {
  const duban = createDubanClient(client);
  let unanswered = 0;
  for (const end = Date.now() + settleMs; ; await sleep(LOOK_MS)) {
    const row = (await findTicket(database.db, number))!;
    let snapshot: Snapshot;
    try {
      snapshot = await client.withDeadline(Date.now() + QUERY_MS, () => duban.state(number));
      const forced = !row.archived && !snapshot.archived && (await endedByForce(client, number));
      if (forced) return { state: 'workflow-ended', cause: forced };
    } catch (error) {
      // Past its retention the archive is the record (design 12).
      if (error instanceof WorkflowNotFoundError)
        return row.archived ? { state: 'settled' } : { state: 'workflow-missing', cause: `projection ${row.revision}` };
      if (++unanswered < QUERY_TRIES) continue;
      return { state: 'workflow-unreadable', cause: (error as Error).message };
    }
    const revisions = await timelineRevisions(database.db, number);
    if (differences(row, snapshot, revisions).length === 0) return { state: 'settled' };
    if (Date.now() >= end) return { state: 'differs', row, snapshot, revisions };
  }
}

async function endedByForce(client: Client, number: string): Promise<string | null> {
  const { status } = await client.workflow.getHandle(number).describe();
  return status.name === 'RUNNING' || status.name === 'COMPLETED' ? null : status.name;
}

/** Every revision has at least one change, so a timeline without gaps has as many revisions as the workflow. */
function differences(row: TicketRow, snapshot: Snapshot, revisions: number): Finding['kind'][] {
  if (snapshot.revision < row.revision) return ['workflow-older'];
  const found: Finding['kind'][] = [];
  if (snapshot.revision > row.revision) found.push('projection-older');
  else if (!sameProjection(row, snapshot)) found.push('projection-differs');
  if (revisions < snapshot.revision) found.push('timeline-gap');
  return found;
}

/** Each column and the whole snapshot; JSON has no undefined, so both go through it. */
function sameProjection(row: TicketRow, snapshot: Snapshot): boolean {
  const wanted = projectionOf(snapshot);
  const present = Object.fromEntries(Object.keys(wanted).map((name) => [name, row[name as keyof typeof wanted]]));
  return isDeepStrictEqual(JSON.parse(JSON.stringify(present)), JSON.parse(JSON.stringify(wanted)));
}
