import { getHeapStatistics } from 'node:v8';
import type { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import {
  createBusinessActivities,
  createCareActivities,
  createExportActivities,
  createFaultActivities,
  createReportActivities,
  createReviewActivities,
  createTicketActivities,
} from '@duban/activities';
import { taskQueues } from '@duban/contracts';
import type { Database } from '@duban/database';
import { type Logger, workerInterceptors } from '@duban/platform';

/** A sleeping ticket takes about 0.1 MB of JavaScript heap (design "What Temporal costs"); half the heap is theirs. */
const WORKFLOW_MB = 0.15;

/** The worker of every process's workflows and of their bookkeeping; `overrides` are for tests. */
export async function createOrchestratorWorker(options: {
  connection: NativeConnection;
  /** Passes news on from one workflow to thousands. */
  client: Client;
  namespace: string;
  bundle: { code: string };
  database: Database;
  log: Logger;
  cachedWorkflows?: number;
  /** IANA zone whose weeks are reviewed. */
  timeZone?: string;
  overrides?: Partial<Parameters<typeof Worker.create>[0]>;
}): Promise<Worker> {
  const { connection, client, namespace, bundle, database, log } = options;
  return Worker.create({
    connection,
    namespace,
    taskQueue: taskQueues.orchestrator,
    workflowBundle: bundle,
    activities: {
      ...createTicketActivities({ database, log }),
      ...createBusinessActivities({ database, log }),
      ...createCareActivities({ database, log, timeZone: options.timeZone }),
      ...createReportActivities({ database, log, timeZone: options.timeZone }),
      ...createReviewActivities({ database, log, timeZone: options.timeZone }),
      ...createFaultActivities({ database, client, log, timeZone: options.timeZone }),
      ...createExportActivities({ database, log }),
    },
    maxCachedWorkflows: options.cachedWorkflows ?? roomForWorkflows(),
    interceptors: workerInterceptors,
    // One transaction each: more would only wait for a database connection.
    maxConcurrentActivityTaskExecutions: 20,
    // Longer than any bookkeeping transaction, shorter than the 30 s in which everything must have stopped.
    shutdownGraceTime: '10s',
    shutdownForceTime: '15s',
    ...options.overrides,
  });
}

function roomForWorkflows(): number {
  const heapMb = getHeapStatistics().heap_size_limit / 2 ** 20;
  return Math.max(100, Math.floor((heapMb - 300) / 2 / WORKFLOW_MB));
}
