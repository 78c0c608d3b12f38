import type { Client } from '@temporalio/client';

/** One run's history, as Temporal gives it. */
export type RunHistory = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

/**
 * Every run of a ticket's workflow, the first one first: one run, or one more for each process it was converted from.
 * @throws WorkflowNotFoundError when Temporal has forgotten any of them
 */
export async function historiesOf(client: Client, ticket: string): Promise<RunHistory[]> {
  const runs: RunHistory[] = [];
  for (let run: string | undefined, more = true; more;) {
    const history = await client.workflow.getHandle(ticket, run).fetchHistory();
    runs.unshift(history);
    const before = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    more = Boolean(before);
    run = before ?? undefined;
  }
  return runs;
}
