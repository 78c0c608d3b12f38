import { openDatabase } from '@duban/database';
import { type StartService, connectTemporal, createLogger, readEnvironment, serveHealth } from '@duban/platform';
import { loadWorkflowBundle } from '@duban/workflows/bundle';
import { orchestratorEnvironment } from './environment';
import { createSchedules } from './schedules';
import { createOrchestratorWorker } from './worker';

export { createOrchestratorWorker } from './worker';

/** Hosts the workflows and the ticket bookkeeping. */
export const start: StartService = async (env, options = {}) => {
  const settings = readEnvironment(orchestratorEnvironment, env);
  const log = createLogger('orchestrator', settings.LOG_LEVEL);
  const bundle = await loadWorkflowBundle();
  const database = openDatabase(settings.DATABASE_URL, { max: 10 });
  const temporal = await connectTemporal(settings, options.connection).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const worker = await createOrchestratorWorker({
    connection: temporal.connection,
    client: temporal.client,
    namespace: settings.TEMPORAL_NAMESPACE,
    bundle,
    database,
    log,
    cachedWorkflows: settings.DUBAN_CACHED_WORKFLOWS,
    timeZone: settings.DUBAN_TIME_ZONE,
  });
  const running = worker.run();
  await createSchedules(temporal.client, settings.DUBAN_TIME_ZONE);
  const health = await serveHealth({
    port: settings.DUBAN_ORCHESTRATOR_PORT,
    host: settings.DUBAN_ORCHESTRATOR_HOST,
    checks: {
      worker: async () => {
        if (worker.getState() !== 'RUNNING') throw new Error(worker.getState());
      },
      database: () => database.sql`select 1`,
      temporal: () => temporal.client.workflowService.getSystemInfo({}),
    },
  });
  return {
    port: health.port,
    failed: running.then(() => new Promise<never>(() => undefined)),
    async stop() {
      await health.close();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
      await temporal.close();
      await database.close();
    },
  };
};
