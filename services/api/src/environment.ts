import { serviceEnvironment } from '@duban/platform';
import { z } from 'zod';

/** What the API reads from its environment. */
export const apiEnvironment = serviceEnvironment.extend({
  DUBAN_API_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  DUBAN_API_HOST: z.string().default('127.0.0.1'),
  /** Where browsers reach the API; https here makes cookies `Secure`. */
  DUBAN_PUBLIC_URL: z.url().optional(),
  /** Keys the digests under which failed logins are counted, so that the table names neither person nor address. */
  DUBAN_SECRET: z.string().min(16),
  DUBAN_SESSION_IDLE_MINUTES: z.coerce.number().positive().default(30),
  DUBAN_SESSION_HOURS: z.coerce.number().positive().default(12),
  /** Express's `trust proxy`: which proxies may say where a request came from. */
  DUBAN_TRUST_PROXY: z.string().default(''),
});
export type ApiEnvironment = z.output<typeof apiEnvironment>;
