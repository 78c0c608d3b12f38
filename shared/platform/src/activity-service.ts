import type { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { serveHealth } from './health';
import type { Logger } from './logger';
import type { RunningService } from './service';
import { type TemporalSettings, connectTemporal } from './temporal';
import { workerInterceptors } from './heartbeat';

export interface ActivityServiceOptions {
  log: Logger;
  taskQueue: string;
  temporal: TemporalSettings;
  /** Lent by the process that runs several services. */
  connection?: NativeConnection | undefined;
  health: { port: number; host: string };
  /** The activities hosted; called once, when Temporal is connected. */
  activities: (client: Client) => object;
  /** What must be there before the first activity runs, e.g. a schedule. */
  prepare?: (client: Client) => Promise<void>;
  /** Parts besides Temporal that `/readyz` asks. */
  checks: Record<string, () => Promise<unknown>>;
  /** Releases what the activities use, after the last of them has ended. */
  close: () => Promise<void>;
}

/** How long running activities may still take when the service stops: a gateway answers or times out within it. */
const SHUTDOWN_GRACE = '11s';
/** When the worker gives up on one that does not end; a launcher kills the process soon after. */
const SHUTDOWN_FORCE = '13s';

/**
 * Hosts activities on a task queue of their own with health and metrics: starts in order, stops in reverse order.
 * `failed` rejects when the worker fails for good. Throws when a part does not come up, with the others closed again.
 */
export async function startActivityService(options: ActivityServiceOptions): Promise<RunningService> {
  const opened: Array<() => Promise<unknown>> = [options.close];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const temporal = await connectTemporal(options.temporal, options.connection);
    opened.push(temporal.close);
    await options.prepare?.(temporal.client);
    const worker = await Worker.create({
      connection: temporal.connection,
      namespace: options.temporal.TEMPORAL_NAMESPACE,
      taskQueue: options.taskQueue,
      activities: options.activities(temporal.client),
      interceptors: workerInterceptors,
      shutdownGraceTime: SHUTDOWN_GRACE,
      shutdownForceTime: SHUTDOWN_FORCE,
    });
    const running = worker.run();
    const failed = running.then(() => new Promise<never>(() => undefined));
    failed.catch(() => undefined); // whoever wants to know asks `failed`
    opened.push(async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
    });
    const health = await serveHealth({
      ...options.health,
      checks: { ...options.checks, temporal: () => temporal.client.workflowService.getSystemInfo({}) },
    });
    opened.push(health.close);
    options.log.info({ port: health.port, taskQueue: options.taskQueue }, 'hosting activities');
    return { port: health.port, stop, failed };
  } catch (error) {
    await stop();
    throw error;
  }
}
