import { filesEnvironment } from '@duban/files';
import { allowedNetworks, serviceEnvironment } from '@duban/platform';
import { z } from 'zod';

/** What the API reads from its environment. */
export const apiEnvironment = serviceEnvironment.extend({
  DUBAN_API_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  DUBAN_API_HOST: z.string().default('127.0.0.1'),
  /** IANA zone of the centre's days, weeks and months in statistics. */
  DUBAN_TIME_ZONE: z.string().default('Asia/Shanghai'),
  /** Where browsers reach the API; https here makes cookies `Secure`. */
  DUBAN_PUBLIC_URL: z.url().optional(),
  /** Keys the digests under which failed logins are counted, so that the table names neither person nor address. */
  DUBAN_SECRET: z.string().min(16),
  /** The centre's own mailbox: mail for it, and answers to what it sent, come in by `/inbound/email`. */
  DUBAN_MAIL_ADDRESS: z.email().default('service@duban.example'),
  /** What the telephone system signs its events with (Standard Webhooks); several, by spaces, while it changes. */
  DUBAN_TELEPHONY_SECRET: z.string().default(''),
  /** What mail that comes in is signed with. */
  DUBAN_INBOUND_MAIL_SECRET: z.string().default(''),
  DUBAN_SESSION_IDLE_MINUTES: z.coerce.number().positive().default(30),
  DUBAN_SESSION_HOURS: z.coerce.number().positive().default(12),
  ...filesEnvironment,
  /** Private networks that webhooks may go to, as `10.1.0.0/16`. */
  DUBAN_WEBHOOK_ALLOW: allowedNetworks,
  /** Express's `trust proxy`: which proxies may say where a request came from. */
  DUBAN_TRUST_PROXY: z.string().default(''),
});
export type ApiEnvironment = z.output<typeof apiEnvironment>;
