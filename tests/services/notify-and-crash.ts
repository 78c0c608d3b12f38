import { createNotificationActivities } from '@duban/activities';
import type { NotifyInput } from '@duban/contracts';
import { openDatabase } from '@duban/database';
import { createInAppChannel, createSmsChannel } from '@duban/notification';
import { createLogger } from '@duban/platform';

/** Program of the crash tests: sends one message and dies at the point that DUBAN_CRASH_AT names. */
const { url, smsUrl, input } = JSON.parse(process.argv[2]!) as { url: string; smsUrl: string; input: NotifyInput };
void createNotificationActivities({
  database: openDatabase(url),
  channels: { 'in-app': createInAppChannel(), sms: createSmsChannel({ url: smsUrl }) },
  log: createLogger('test', 'silent'),
  publicUrl: 'https://duban.example',
})
  .notify(input)
  .then(() => process.exit(0));
