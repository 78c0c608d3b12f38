import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { type Duration, msToTs, tsToMs } from '@temporalio/common/lib/time';

/** What the server needs to move time; also the local start's, so that `npm run demo` can. */
const SESSION = { disablePropagation: true, maxSessionSkipCount: 100_000 };

/** A workflow's own now, in UTC ms: the wall clock until its time was first moved. */
export async function virtualNow(client: Client, workflowId: string): Promise<number> {
  const { namespace } = client.options;
  const description = await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } });
  const moved = description.workflowExtendedInfo?.timeSkippingInfo?.currentTime;
  return moved ? tsToMs(moved) : Date.now();
}

/**
 * Moves one running workflow forward, firing its timers on the way. Send it nothing meanwhile: a due timer that has
 * not fired does not stop the next skip. Rejects when the workflow ends first.
 */
export async function advance(client: Client, workflowId: string, by: Duration, waitMs = 30_000): Promise<void> {
  const service = client.workflowService;
  const fastForwardId = randomUUID();
  const target = { namespace: client.options.namespace, workflowExecution: { workflowId } };
  const configure = (timeSkippingConfig: object) =>
    service.updateWorkflowExecutionOptions({
      ...target,
      workflowExecutionOptions: { timeSkippingConfig },
      updateMask: { paths: ['time_skipping_config'] },
    });
  const fastForwardConfig = { id: fastForwardId, duration: msToTs(by) };
  await configure({ ...SESSION, enabled: true, fastForwardConfig });
  try {
    for (const end = Date.now() + waitMs; ;) {
      const poll = () => service.pollWorkflowExecutionTimeSkipping({ ...target, fastForwardId });
      const { fastForwardPollingResult, failedReason } = await client.connection.withDeadline(end, poll);
      if (fastForwardPollingResult === 2) return; // completed; 1 asks to poll again
      if (fastForwardPollingResult === 3) throw new Error(failedReason ?? 'failed');
    }
  } catch (cause) {
    await configure({ ...SESSION, enabled: false }).catch(() => undefined); // never leave it armed
    throw new Error(`advance(${workflowId}): ${(cause as Error).message}`, { cause });
  }
}
