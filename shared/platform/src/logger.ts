import { type DestinationStream, type Logger, pino } from 'pino';
import { withoutParameters } from './scrub';

/** JSON log lines with the service's name. Ids and codes only: callers never log names, numbers or texts (design 10). */
export function createLogger(service: string, level = 'info', to: DestinationStream = process.stdout): Logger {
  const err = (error: Error) => pino.stdSerializers.err(withoutParameters(error) as Error);
  const timestamp = pino.stdTimeFunctions.isoTime;
  return pino({ name: service, level, base: { service }, timestamp, serializers: { err } }, to);
}

export type { Logger };
