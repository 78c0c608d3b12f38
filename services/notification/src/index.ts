import { createNotificationActivities, createResender } from '@duban/activities';
import { taskQueues } from '@duban/contracts';
import { openDatabase } from '@duban/database';
import { type StartService, createLogger, readEnvironment, repeat, startActivityService } from '@duban/platform';
import { createChannels } from './channels';
import { notificationEnvironment } from './environment';

export * from './channels';

/** How soon a delivery that a supervisor wants sent again goes out. */
const RESEND_EVERY_MS = 2_000;

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
  const resending = repeat(createResender(deps), RESEND_EVERY_MS, (error) =>
    log.warn({ err: error }, 'resending failed'),
  );
  return startActivityService({
    log,
    taskQueue: taskQueues.notification,
    temporal: {
      address: settings.TEMPORAL_ADDRESS,
      namespace: settings.TEMPORAL_NAMESPACE,
      connection: options.connection,
    },
    health: { port: settings.DUBAN_NOTIFICATION_PORT, host: settings.DUBAN_NOTIFICATION_HOST },
    activities: () => createNotificationActivities(deps),
    checks: { database: () => database.sql`select 1` },
    close: async () => {
      await resending.stop();
      await database.close();
    },
  });
};
