import { type DestinationStream, type Logger, pino } from 'pino';

/** JSON log lines with the service's name. Ids and codes only: callers never log names, numbers or texts (design 10). */
export function createLogger(service: string, level = 'info', to?: DestinationStream): Logger {
  const options = { name: service, level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime };
  return to ? pino(options, to) : pino(options);
}

export type { Logger };
