import { type Client, WorkflowNotFoundError } from '@temporalio/client';

/** One run's history, as Temporal gives it. */
export type RunHistory = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

/**
 * Every run of a ticket's workflow, the first one first: one run, or one more for each process it was converted from
 * that Temporal still remembers.
 * @throws WorkflowNotFoundError when it remembers none
 */
export async function historiesOf(client: Client, ticket: string): Promise<RunHistory[]> {
  const runs: RunHistory[] = [];
  for (let run: string | undefined; ;) {
    const history = await client.workflow
      .getHandle(ticket, run)
      .fetchHistory()
      .catch((error: unknown) => {
        if (run !== undefined && error instanceof WorkflowNotFoundError) return null;
        throw error;
      });
    if (!history) return runs;
    runs.unshift(history);
    const before = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) return runs;
    run = before;
  }
}
