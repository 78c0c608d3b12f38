import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

/** Whether Temporal answers. While it does not, nothing is sent: steps stay pending and can still be withdrawn. */
export interface Reachability {
  reachable(): boolean;
  /** An attempt failed without outcome: asks the server itself, and again until it answers. */
  doubt(): void;
  stop(): void;
}

const PROBE_MS = 1_000;
const AGAIN_MS = 250;

/** @param back called when the server answers again after it did not */
export function createReachability(client: Client, back: () => void): Reachability {
  let up = true;
  let asking = false;
  let stopped = false;

  async function ask(): Promise<void> {
    if (asking || stopped) return;
    asking = true;
    // The native connection retries beyond the deadline: whoever has not answered by then is not there.
    const answered = await Promise.race([
      client
        .withDeadline(Date.now() + PROBE_MS, () => client.workflowService.getSystemInfo({}))
        .then(
          () => true,
          () => false,
        ),
      sleep(PROBE_MS, false, { ref: false }),
    ]);
    asking = false;
    const wasUp = up;
    up = answered;
    if (!up) setTimeout(ask, AGAIN_MS).unref();
    else if (!wasUp) back();
  }

  return { reachable: () => up, doubt: () => void ask(), stop: () => void (stopped = true) };
}
