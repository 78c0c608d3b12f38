import { condition, continueAsNew, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import { webhooks } from './lib/activities';

/** Something new is queued for the endpoint. */
const call = defineSignal('call');

/**
 * Brings one endpoint what is queued for it, in order, and waits out its failures; ends when nothing is left (ADR
 * 0017). The queue is a table: called again, or ended by hand, nothing is lost.
 */
export async function webhookDelivery(input: { endpoint: string }): Promise<void> {
  let called = false;
  setHandler(call, () => void (called = true), { description: '有新事件 · something is queued' });
  for (;;) {
    called = false;
    const { nextAt } = await webhooks.deliverWebhooks(input);
    if (called) continue;
    if (nextAt === null) return;
    if (workflowInfo().continueAsNewSuggested) return continueAsNew<typeof webhookDelivery>(input);
    await condition(() => called, Math.max(1, nextAt - Date.now()), { summary: '稍后再试 · trying again' });
  }
}
