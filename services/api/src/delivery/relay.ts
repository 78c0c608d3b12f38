import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type Database, type Wakeup, channels, dueTickets, takeWakeups, wakeupSent } from '@duban/database';
import type { Logger } from '@duban/platform';
import { reasonOf } from './attempt';
import type { Reachability } from './reachability';

const POLL_MS = 1_000;
/** Tickets, and wake-ups, in hand at once. */
const AT_ONCE = 20;
const BATCH = 200;
const WAKEUP_LEASE_MS = 10_000;
const SIGNAL_MS = 5_000;

/**
 * Finishes what a crash or an outage left (design 1, 2): unsettled steps whose lease is over, starts, and the signals
 * that freed capacity queued. Wakes by LISTEN and each second; any number of replicas may run one.
 */
export function createRelay(deps: {
  database: Database;
  client: Client;
  log: Logger;
  temporal: Reachability;
  deliver: (ticket: string) => Promise<unknown>;
}) {
  const { database, client, log, temporal, deliver } = deps;
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let listening: { unlisten(): Promise<void> } | undefined;

  async function deliverDue(): Promise<void> {
    await Promise.all([deliverSteps(), sendWakeups()]);
  }

  async function deliverSteps(): Promise<void> {
    if (!temporal.reachable()) return;
    await eachOf(await dueTickets(database.db, BATCH), async (ticket) => {
      if (!stopped) await deliver(ticket);
    });
  }

  async function sendWakeups(): Promise<void> {
    if (!temporal.reachable()) return;
    await eachOf(await takeWakeups(database.db, BATCH, WAKEUP_LEASE_MS), async (wakeup) => {
      if (!stopped && temporal.reachable()) await signal(wakeup);
    });
  }

  async function signal({ id, ticket, signal, payload }: Wakeup): Promise<void> {
    try {
      await client.withDeadline(Date.now() + SIGNAL_MS, () =>
        client.workflow.getHandle(ticket).signal(signal, payload),
      );
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) {
        log.warn({ ticket, signal, reason: reasonOf(error) }, 'wake-up not sent');
        return temporal.doubt();
      }
    }
    await wakeupSent(database.db, id);
  }

  /** One round at a time; a wake-up during a round makes another follow. */
  function wake(): void {
    if (stopped) return;
    if (running) return void (again = true);
    running = deliverDue()
      .catch((error: unknown) => log.warn({ reason: reasonOf(error) }, 'relay round failed'))
      .finally(() => {
        running = null;
        if (again) {
          again = false;
          wake();
        }
      });
  }

  return {
    deliverDue,
    wake,
    async start(): Promise<void> {
      listening = await database.sql.listen(channels.relay, wake, wake);
      timer = setInterval(wake, POLL_MS);
      wake();
    },
    async stop(): Promise<void> {
      stopped = true;
      clearInterval(timer);
      await listening?.unlisten().catch(() => undefined);
      await running;
    },
  };
}

/** Works through a list, `AT_ONCE` at a time; one failure does not keep the others. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of rest) await work(item).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  if (failures.length) throw failures[0];
}
