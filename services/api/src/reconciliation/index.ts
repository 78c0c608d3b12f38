import type { Client } from '@temporalio/client';
import { processes, workflowTypeOf } from '@duban/contracts';
import {
  type Database,
  advanceSerial,
  hurrySteps,
  missingTickets,
  releaseOldClaims,
  ticketsToCompare,
  unsettledSteps,
} from '@duban/database';
import type { Logger } from '@duban/platform';
import { createDelivery } from '../delivery';
import type { Finding } from './findings';
import { reconcileTicket } from './tickets';

export { type Finding, findingRemedies } from './findings';

/** Closed tickets are compared for so long; older ones are in the archive. */
const CLOSED_DAYS = 7;
const AT_ONCE = 10;
const ROUNDS = 20;

/**
 * Compares step log, projection and workflows, as after restoring either store to another minute (issue 3, section 6).
 * With `repair`: delivers what is pending (which starts what was never started and fetches answers of sent steps),
 * writes newer states and lost timelines again from the workflows, moves serials beyond numbers in use, and frees
 * claims. Whatever is left comes back with `repaired: false`. Needs a running orchestrator.
 */
export async function reconcile(options: {
  database: Database;
  client: Client;
  log: Logger;
  repair: boolean;
  /** Bookkeeping under way is given this long, ms. */
  settleMs?: number;
}): Promise<Finding[]> {
  const { database, client, repair, settleMs } = options;
  const findings = await reconcileSteps(options);
  findings.push(...(await reconcileNumbers(options)));
  const numbers = (await ticketsToCompare(database.db, CLOSED_DAYS)).values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const number of numbers)
        findings.push(...(await reconcileTicket({ database, client, settleMs }, number, repair)));
    }),
  );
  for (const { ticket, key } of await releaseOldClaims(database.db, repair))
    findings.push({ kind: 'claim-left', ticket, differs: key, repaired: repair });
  return findings;
}

async function reconcileSteps({ database, client, log, repair }: Parameters<typeof reconcile>[0]): Promise<Finding[]> {
  const before = await unsettledSteps(database.db);
  if (repair && before.length) {
    const delivery = createDelivery({ database, client, log });
    await hurrySteps(database.db);
    for (let round = 0; round < ROUNDS && (await unsettledSteps(database.db)).length; round++)
      await delivery.deliverDue();
    await delivery.stop();
  }
  const left = new Map((await unsettledSteps(database.db)).map((step) => [step.id, step]));
  return before.map(({ id, ticket, step, lastError }) => ({
    kind: 'undelivered-step',
    ticket,
    differs: `${step} ${id}: ${left.get(id)?.lastError ?? lastError ?? 'not sent'}`,
    repaired: repair && !left.has(id),
  }));
}

/** Workflows whose tickets the database does not know: it was restored, and would give their numbers again. */
async function reconcileNumbers({ database, client, repair }: Parameters<typeof reconcile>[0]): Promise<Finding[]> {
  const since = new Date(Date.now() - CLOSED_DAYS * 86_400_000).toISOString();
  const types = processes.map((process) => `'${workflowTypeOf(process)}'`).join(', ');
  const query = `WorkflowType IN (${types}) AND (ExecutionStatus = 'Running' OR StartTime > '${since}')`;
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  const findings: Finding[] = [];
  for (const ticket of await missingTickets(database.db, ids))
    findings.push({ kind: 'ticket-missing', ticket, differs: 'workflow without ticket', repaired: false });
  for (const ticket of ids.filter((id) => /^\d{14}$/.test(id)).sort()) {
    const behind = await advanceSerial(database.db, ticket, repair);
    if (behind !== null)
      findings.push({ kind: 'serial-behind', ticket, differs: `serial stands at ${behind}`, repaired: repair });
  }
  return findings;
}
