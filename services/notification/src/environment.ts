import { allowedNetworks, serviceEnvironment } from '@duban/platform';
import { z } from 'zod';

/** What the notification service reads from its environment. A channel without its URL is not used. */
export const notificationEnvironment = serviceEnvironment.extend({
  DUBAN_NOTIFICATION_PORT: z.coerce.number().int().min(0).max(65_535).default(8083),
  /** Where the health pages listen; `0.0.0.0` in a container. */
  DUBAN_NOTIFICATION_HOST: z.string().default('127.0.0.1'),
  /** `smtp://user:password@host:587`, or `smtps://`. */
  DUBAN_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  /** The centre's own mailbox: answers come back to addresses made from it. */
  DUBAN_MAIL_ADDRESS: z.email().default('service@duban.example'),
  /** Keys the tokens in those addresses; the same as the API's. */
  DUBAN_SECRET: z.string().min(16),
  /** Where mail for the centre is taken in by SMTP; not listened to when absent. */
  DUBAN_MAIL_IN_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  DUBAN_MAIL_IN_HOST: z.string().default('127.0.0.1'),
  /** The API that takes it (`/api/v1/inbound/email`), and what it is signed with. */
  DUBAN_API_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8080'),
  DUBAN_INBOUND_MAIL_SECRET: z.string().default(''),
  DUBAN_MAIL_FROM: z.string().default('督办 Duban <duban@localhost>'),
  /** The SMS gateway: `POST {to, text, key}`. */
  DUBAN_SMS_URL: z.url({ protocol: /^https?$/ }).optional(),
  DUBAN_SMS_TOKEN: z.string().optional(),
  /** Private networks that webhooks may go to, as `10.1.0.0/16`. */
  DUBAN_WEBHOOK_ALLOW: allowedNetworks,
  /** Where customers' links lead. */
  DUBAN_PUBLIC_URL: z.url().default('http://127.0.0.1:8080'),
  /** In which zone messages name times. */
  DUBAN_TIME_ZONE: z.string().default('Asia/Shanghai'),
});
export type NotificationEnvironment = z.output<typeof notificationEnvironment>;
