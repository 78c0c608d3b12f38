import { createArchivingActivities } from '@duban/activities';
import { taskQueues } from '@duban/contracts';
import { openDatabase } from '@duban/database';
import { type StartService, createLogger, readEnvironment, startActivityService } from '@duban/platform';
import { archivingEnvironment } from './environment';
import { scheduleArchive } from './schedule';

/** Hosts archiving (G14) on its own task queue, and sees to its daily schedule. */
export const start: StartService = async (env, options = {}) => {
  const settings = readEnvironment(archivingEnvironment, env);
  const log = createLogger('archiving', settings.LOG_LEVEL);
  const database = openDatabase(settings.DATABASE_URL, { max: 5 });
  return startActivityService({
    log,
    taskQueue: taskQueues.archiving,
    temporal: settings,
    connection: options.connection,
    health: { port: settings.DUBAN_ARCHIVING_PORT, host: settings.DUBAN_ARCHIVING_HOST },
    prepare: (client) => scheduleArchive(client, settings.DUBAN_TIME_ZONE),
    activities: (client) => createArchivingActivities({ database, client, log }),
    checks: { database: () => database.sql`select 1` },
    close: database.close,
  });
};
