import type { Client } from '@temporalio/client';
import { type Database, likelyStuckTickets } from '@duban/database';

/** A failing workflow task or activity is tried again within seconds; several failures are no accident. */
const FAILING_ATTEMPTS = 3;
/** An activity that no worker has taken for so long has no service that runs. */
const UNTAKEN_MS = 30_000;
const PAGE = 200;
/** Workflows described at once, each a call of milliseconds; one that hangs is given up. */
const AT_ONCE = 20;
const DESCRIBE_MS = 5_000;
/** A page of the console waits for the list: what is left then is looked into by the next one. */
const BUDGET_MS = 15_000;
const SCHEDULED = 1;

export interface FailingWork {
  kind: 'failing-workflow-task' | 'failing-activity';
  ticket: string;
  ageMs: number;
  cause: string;
}

/**
 * Failing workflow tasks and activities. Every ticket whose row says that something due did not come is looked into,
 * page by page, and the open tickets that are due next besides; to describe all would cost a call for each.
 */
export async function failingWorkflows(database: Database, client: Client): Promise<FailingWork[]> {
  const found: FailingWork[] = [];
  const end = Date.now() + BUDGET_MS;
  for (let after: string | null = ''; after !== null && Date.now() < end;) {
    const tickets: string[] = await likelyStuckTickets(database, after, PAGE);
    const rest = tickets.values();
    const look = async () => {
      for (const ticket of rest) if (Date.now() < end) found.push(...(await failing(client, ticket).catch(() => [])));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
    after = tickets.length < PAGE ? null : tickets.at(-1)!;
  }
  return found;
}

async function failing(client: Client, ticket: string): Promise<FailingWork[]> {
  const until = Date.now() + DESCRIBE_MS;
  const { raw } = await client.withDeadline(until, () => client.workflow.getHandle(ticket).describe());
  const found: FailingWork[] = [];
  const task = raw.pendingWorkflowTask;
  if (task && Number(task.attempt ?? 0) >= FAILING_ATTEMPTS)
    found.push({
      kind: 'failing-workflow-task',
      ticket,
      ageMs: ageOf(task.originalScheduledTime),
      cause: `attempt ${task.attempt}`,
    });
  for (const activity of raw.pendingActivities ?? []) {
    const name = activity.activityType?.name;
    const waited = ageOf(activity.scheduledTime);
    const attempt = Number(activity.attempt ?? 0);
    if (attempt >= FAILING_ATTEMPTS) {
      const cause = `${name}, attempt ${attempt}: ${activity.lastFailure?.message ?? ''}`;
      found.push({ kind: 'failing-activity', ticket, ageMs: ageOf(activity.lastStartedTime), cause });
    } else if (attempt <= 1 && activity.state === SCHEDULED && waited > UNTAKEN_MS)
      found.push({ kind: 'failing-activity', ticket, ageMs: waited, cause: `${name}: taken by no worker` });
  }
  return found;
}

function ageOf(at: { seconds?: { toString(): string } | null } | null | undefined): number {
  return at?.seconds ? Math.max(0, Date.now() - Number(at.seconds.toString()) * 1000) : 0;
}
