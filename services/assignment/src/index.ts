import { createAssignmentActivities } from '@duban/activities';
import { taskQueues } from '@duban/contracts';
import { openDatabase } from '@duban/database';
import { type StartService, createLogger, readEnvironment, startActivityService } from '@duban/platform';
import { assignmentEnvironment } from './environment';

/** Hosts dispatch (G7) on its own task queue. */
export const start: StartService = async (env, options = {}) => {
  const settings = readEnvironment(assignmentEnvironment, env);
  const log = createLogger('assignment', settings.LOG_LEVEL);
  // Claims are made one at a time: more connections would only wait for each other.
  const database = openDatabase(settings.DATABASE_URL, { max: 5 });
  return startActivityService({
    log,
    taskQueue: taskQueues.assignment,
    temporal: {
      address: settings.TEMPORAL_ADDRESS,
      namespace: settings.TEMPORAL_NAMESPACE,
      connection: options.connection,
    },
    health: { port: settings.DUBAN_ASSIGNMENT_PORT, host: settings.DUBAN_ASSIGNMENT_HOST },
    activities: () => createAssignmentActivities({ database, log }),
    checks: { database: () => database.sql`select 1` },
    close: database.close,
  });
};
