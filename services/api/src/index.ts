import { openDatabase, sweepSessions } from '@duban/database';
import { openFileStore } from '@duban/files';
import { type StartService, connectTemporalClient, createLogger, readEnvironment, repeat } from '@duban/platform';
import type { AddressInfo } from 'node:net';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { createApp, listen } from './app';
import { createDelivery } from './delivery';
import { apiEnvironment } from './environment';
import { listenForEvents } from './events';
import { callWebhooks } from './webhooks';
import { sweepFiles } from './files/sweep';

const SWEEP_MS = 10 * 60_000;
const SWEEP_FILES_MS = 6 * 3_600_000;

/** Starts the API: HTTP, the deliverer of steps with its relay, live updates (issue 3, section 4). */
export const start: StartService = async (variables, options = {}) => {
  const env = readEnvironment(apiEnvironment, variables);
  const log = createLogger('api', env.LOG_LEVEL);
  const database = openDatabase(env.DATABASE_URL, { max: 20 });
  // Without Temporal, too, nobody is turned away (design 3): tickets are taken in, and steps wait.
  const temporal = await connectTemporalClient(env, options.connection);
  const eagerStart = options.connection !== undefined;
  const delivery = createDelivery({ database, client: temporal.client, log, eagerStart });
  const events = await listenForEvents(database, log);
  const files = await openFileStore(env);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const app = createApp(
    { db: database.db, database, client: temporal.client, delivery, events, files, env, log },
    {
      registry,
      // Temporal is not asked: while it is away tickets are still taken in, and steps wait.
      checks: { database: () => database.sql`select 1` },
    },
  );
  await delivery.start();
  const webhooks = callWebhooks(database, temporal.client, log);
  const server = await listen(app, env.DUBAN_API_PORT, env.DUBAN_API_HOST);
  const idleMs = env.DUBAN_SESSION_IDLE_MINUTES * 60_000;
  const sweep = setInterval(() => {
    sweepSessions(database.db, idleMs).catch((error: unknown) => log.warn({ err: (error as Error).name }, 'sweep'));
  }, SWEEP_MS);
  const sweepingFiles = repeat(
    () => sweepFiles(database.db, files),
    SWEEP_FILES_MS,
    (error) => log.warn({ err: (error as Error).name }, 'sweep of files'),
  );
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      clearInterval(sweep);
      await sweepingFiles.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await events.stop();
      await webhooks.stop();
      await delivery.stop();
      server.closeAllConnections();
      await closed;
      await temporal.close();
      await database.close();
    },
  };
};

export { type ApiEnvironment, apiEnvironment } from './environment';
export { createApp, listen } from './app';
export { listenForEvents } from './events';
export type { Route, Rule } from './http/route';
export { checkTable } from './http/route';
export { routeTable } from './routes';
