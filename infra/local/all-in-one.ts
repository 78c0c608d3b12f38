import { join } from 'node:path';
import {
  connectTemporal,
  createLogger,
  readEnvironment,
  temporalEnvironment,
  type RunningService,
  type StartService,
} from '@duban/platform';
import { Runtime } from '@temporalio/worker';
import { projectRoot } from './project';
import { serviceNames } from './services';

const log = createLogger('services', process.env['LOG_LEVEL']);

/** All services in this one process, on one connection to Temporal. Started by `startServices`. */
async function main(): Promise<void> {
  Runtime.install({ shutdownSignals: [] }); // the order of stopping is decided below
  const { connection } = await connectTemporal(readEnvironment(temporalEnvironment, process.env));
  const services = await Promise.all(
    serviceNames.map(async (name): Promise<RunningService> => {
      // By path: a launcher may run the services, but nothing may import one.
      const { start } = (await import(join(projectRoot, 'services', name, 'src', 'index.ts'))) as {
        start: StartService;
      };
      const service = await start(process.env, { connection });
      service.failed?.catch((error: unknown) => fail(error, `${name} failed`));
      log.info({ service: name, port: service.port }, 'service ready');
      return service;
    }),
  );
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    // The API first, while what answers it still runs.
    for (const service of services.reverse()) await service.stop();
    await connection.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void stop().catch((error: unknown) => fail(error, 'could not stop')));
}

function fail(error: unknown, message: string): never {
  log.fatal({ err: error }, message);
  process.exit(1);
}

main().catch((error: unknown) => fail(error, 'could not start'));
