import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, createCustomerLink } from '@duban/database';
import type { Client } from '@temporalio/client';
import type { Bench } from '../bench-system';
import { sum } from '../cpu-and-memory';
import { referenceSteps } from './consultation';
import type { DubanSide } from './duban';

/** Everything that follows from a step has happened by then on an otherwise idle system. */
const QUIET_MS = 700;
const DAY_MS = 86_400_000;

/** What an ended consultation cost Temporal. */
export async function costOf(temporal: Client, number: string) {
  await sleep(QUIET_MS);
  const { raw, historyLength } = await temporal.workflow.getHandle(number).describe();
  return { stateTransitions: Number(raw.workflowExecutionInfo?.stateTransitionCount), historyEvents: historyLength };
}

/** Transactions of the product's database so far, readers too. */
export async function commitsSoFar({ sql }: Database): Promise<number> {
  const [row] = await sql<Array<{ commits: string }>>`
    select xact_commit as commits from pg_stat_database where datname = current_database()`;
  return Number(row!.commits);
}

/** Transactions of the whole server so far that wrote something. */
export async function writesSoFar({ sql }: Database): Promise<number> {
  const [row] = await sql<Array<{ next: string }>>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
  return Number(row!.next);
}

/**
 * State transitions that one step of a person causes by itself, as the mean of the five. So that no message and no
 * archive is counted with it, the services for these are stopped first; the ticket stays unfinished.
 */
export async function personStepTransitions(bench: Bench, side: DubanSide): Promise<number> {
  bench.log("one person's steps, with notification and archiving stopped");
  await Promise.all(['notification', 'archiving'].map((name) => bench.service(name).stop()));
  const number = await side.register(0);
  const handler = await side.assigned(number);
  const transitions = async () => (await costOf(bench.temporal, number)).stateTransitions;
  const counts: number[] = [];
  for (const [step, form] of referenceSteps) {
    const before = await transitions();
    if (step !== 'submit-survey') await side.take(number, handler, step, form);
    else {
      // The link that the customer's SMS would have had.
      const link = { ticket: number, purpose: 'survey', lastsMs: DAY_MS } as const;
      const token = await createCustomerLink(bench.database.db, link);
      await bench.centre.request(null, 'POST', `/public/survey/${token}`, form);
    }
    counts.push((await transitions()) - before);
  }
  bench.log(`state transitions of each: ${counts.join(' ')}`);
  return sum(counts) / counts.length;
}
