import type { NativeConnection } from '@temporalio/worker';
import type { Environment } from './environment';
import { createLogger } from './logger';

export interface RunningService {
  port: number;
  /** Resolves once nothing of the service runs any more. */
  stop(): Promise<void>;
  /** Rejects when a part of the service fails for good. */
  failed?: Promise<never>;
}
export type StartService = (env: Environment, options?: { connection?: NativeConnection }) => Promise<RunningService>;

/** Runs one service as this process: stops on SIGINT/SIGTERM, exits 1 when it fails. */
export function runService(name: string, start: StartService): void {
  const log = createLogger(name);
  const fail = (error: unknown) => {
    log.fatal({ err: error }, 'service failed');
    process.exit(1);
  };
  start(process.env)
    .then((service) => {
      log.info({ port: service.port }, 'service ready');
      service.failed?.catch(fail);
      let stopping = false;
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.on(signal, () => {
          if (stopping) return;
          stopping = true;
          log.info({ signal }, 'stopping');
          service.stop().then(() => process.exit(0), fail);
        });
    })
    .catch(fail);
}
