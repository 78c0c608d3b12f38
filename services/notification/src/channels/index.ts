import type { Channels } from '@duban/activities';
import { replyAddress } from '@duban/platform';
import type { NotificationEnvironment } from '../environment';
import { createEmailChannel } from './email';
import { createInAppChannel } from './in-app';
import { createSmsChannel } from './sms';

/** The channels that this environment provides; in-app always. */
export function createChannels(settings: NotificationEnvironment): Channels {
  const { DUBAN_SMS_URL: smsUrl, DUBAN_SMS_TOKEN: token, DUBAN_SMTP_URL: smtpUrl, DUBAN_MAIL_FROM: from } = settings;
  const replyTo = (ticket: string) => replyAddress(settings.DUBAN_SECRET, settings.DUBAN_MAIL_ADDRESS, ticket);
  return {
    'in-app': createInAppChannel(),
    ...(smsUrl ? { sms: createSmsChannel({ url: smsUrl, token }) } : {}),
    ...(smtpUrl ? { email: createEmailChannel({ url: smtpUrl, from, replyTo }) } : {}),
  };
}

export { createEmailChannel } from './email';
export { createInAppChannel } from './in-app';
export { createSmsChannel } from './sms';
