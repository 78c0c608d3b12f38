import { createFaultCallerActivities } from '@duban/activities';
import type { TellCallersInput } from '@duban/contracts';
import { openDatabase } from '@duban/database';
import { createSmsChannel } from '@duban/notification';
import { createLogger } from '@duban/platform';

/** Program of the test that kills it on the way: tells the callers of a fault. */
const { url, smsUrl, input } = JSON.parse(process.argv[2]!) as { url: string; smsUrl: string; input: TellCallersInput };
void createFaultCallerActivities({
  database: openDatabase(url),
  channels: { sms: createSmsChannel({ url: smsUrl }) },
  log: createLogger('test', 'silent'),
  publicUrl: 'https://duban.example',
})
  .tellCallers(input)
  .then(() => process.exit(0));
