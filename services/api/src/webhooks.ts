import type { Client } from '@temporalio/client';
import { type Database, callableWebhookEndpoints } from '@duban/database';
import { type Logger, repeat } from '@duban/platform';
import { taskQueues } from '@duban/contracts';

/** How soon a queued event sets out; without endpoints the question costs next to nothing. */
const LOOK_MS = 1_000;
const CALL_MS = 5_000;

/**
 * Calls the workflow of each endpoint that has something due (issue 4, section 12); any number of API processes may.
 * While Temporal is away events wait in their table.
 */
export function callWebhooks({ db }: Database, client: Client, log: Logger): { stop(): Promise<void> } {
  const call = (endpoint: string) =>
    client.withDeadline(Date.now() + CALL_MS, () =>
      client.workflow.signalWithStart('webhookDelivery', {
        workflowId: `duban-webhook-${endpoint}`,
        taskQueue: taskQueues.orchestrator,
        args: [{ endpoint }],
        signal: 'call',
        staticSummary: '对外推送 · webhook',
      }),
    );
  return repeat(
    async () => {
      for (const endpoint of await callableWebhookEndpoints(db)) await call(endpoint);
    },
    LOOK_MS,
    (error) => log.warn({ err: (error as Error).name }, 'webhooks not called'),
  );
}
