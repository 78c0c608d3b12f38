import {
  createFaultCallerActivities,
  createMeasureReminder,
  createNotificationActivities,
  createResender,
  createWebhookActivities,
} from '@duban/activities';
import { taskQueues } from '@duban/contracts';
import { openDatabase } from '@duban/database';
import {
  type Logger,
  type StartService,
  createLogger,
  outgoingRules,
  readEnvironment,
  repeat,
  startActivityService,
} from '@duban/platform';
import { createChannels } from './channels';
import { createMailer } from './channels/mailer';
import { type NotificationEnvironment, notificationEnvironment } from './environment';
import { type MailListener, startMailListener } from './mail-listener';
import { createOutbox } from './outbox';

export * from './channels';
export { createMailer } from './channels/mailer';
export { startMailListener } from './mail-listener';
export { createOutbox } from './outbox';

/** How soon a delivery that a supervisor wants sent again goes out. */
const RESEND_EVERY_MS = 2_000;
/** How soon what an agent writes leaves the building. */
const OUTBOX_EVERY_MS = 1_000;
/** How soon a preventive measure that falls due is told of. */
const MEASURES_EVERY_MS = 5 * 60_000;

/** Hosts notification (G8, G9, G13) on its own task queue, and resends what supervisors asked for. */
export const start: StartService = async (env, options = {}) => {
  const settings = readEnvironment(notificationEnvironment, env);
  const log = createLogger('notification', settings.LOG_LEVEL);
  const database = openDatabase(settings.DATABASE_URL, { max: 10 });
  const deps = {
    database,
    channels: createChannels(settings),
    log,
    publicUrl: settings.DUBAN_PUBLIC_URL,
    timeZone: settings.DUBAN_TIME_ZONE,
  };
  const rules = outgoingRules(settings.DUBAN_WEBHOOK_ALLOW);
  const webhooks = { database, log, secret: settings.DUBAN_SECRET, rules };
  const resending = repeat(createResender(deps), RESEND_EVERY_MS, (error) =>
    log.warn({ err: error }, 'resending failed'),
  );
  const remind = createMeasureReminder(deps);
  const reminding = repeat(
    () => remind(),
    MEASURES_EVERY_MS,
    (error) => log.warn({ err: error }, 'reminding of measures failed'),
  );
  const outbox = createOutbox({
    ...{ database, log, sms: deps.channels.sms },
    ...{ secret: settings.DUBAN_SECRET, mailbox: settings.DUBAN_MAIL_ADDRESS },
    mailer: settings.DUBAN_SMTP_URL
      ? createMailer({ url: settings.DUBAN_SMTP_URL, from: settings.DUBAN_MAIL_FROM })
      : undefined,
  });
  const sending = repeat(outbox, OUTBOX_EVERY_MS, (error) => log.warn({ err: error }, 'sending messages failed'));
  const listener = await listenForMail(settings, log);
  return startActivityService({
    log,
    taskQueue: taskQueues.notification,
    temporal: settings,
    connection: options.connection,
    health: { port: settings.DUBAN_NOTIFICATION_PORT, host: settings.DUBAN_NOTIFICATION_HOST },
    activities: () => ({
      ...createNotificationActivities(deps),
      ...createFaultCallerActivities(deps),
      ...createWebhookActivities(webhooks),
    }),
    checks: { database: () => database.sql`select 1` },
    close: async () => {
      await listener?.stop();
      await sending.stop();
      await reminding.stop();
      await resending.stop();
      await database.close();
    },
  });
};

/** Mail comes in where the environment names a port and a secret to sign it with. */
async function listenForMail(settings: NotificationEnvironment, log: Logger): Promise<MailListener | undefined> {
  const { DUBAN_MAIL_IN_PORT: port, DUBAN_INBOUND_MAIL_SECRET: secrets } = settings;
  const [secret] = secrets.split(/\s+/).filter(Boolean);
  if (port === undefined || !secret) return undefined;
  const listener = await startMailListener({
    ...{ port, host: settings.DUBAN_MAIL_IN_HOST, mailbox: settings.DUBAN_MAIL_ADDRESS },
    ...{ apiUrl: settings.DUBAN_API_URL, secret, log },
  });
  log.info({ port: listener.port }, 'taking mail');
  return listener;
}
