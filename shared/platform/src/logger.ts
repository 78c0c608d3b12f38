import { type Logger, pino } from 'pino';

/** JSON log lines with the service's name. Ids and codes only: callers never log names, numbers or texts (design 10). */
export function createLogger(service: string, level = 'info'): Logger {
  return pino({ name: service, level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime });
}

export type { Logger };
